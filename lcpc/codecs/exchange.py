"""Clouds handed to a codec that runs elsewhere, and checks of its outputs (docs/recorded.md)."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc import config
from lcpc.codecs import recorded
from lcpc.codecs.point_clouds.base import Cloud
from lcpc.codecs.recorded import Manifest, Output
from lcpc.config import InputCompression
from lcpc.data.base import PointClouds, spread
from lcpc.data.ply import write_points
from lcpc.errors import ConfigError, DataError, LcpcError, MissingData
from lcpc.jobs import JobContext
from lcpc.log import progress
from lcpc.results.store import write_json

SHOWN = 5
"""Examples of each kind of defect that are listed."""

MARGIN = 0.25
"""Decoded points may lie outside their input's box by this part of its longest side."""

MOST_SHRUNK = 0.7
FEW_POINTS = 27
"""Clouds of fewer distinct points may be as small as they like: coarse grids merge points."""


def write_inputs_of(root: Path, run: str, folder: Path) -> str:
    """Write a run's test clouds for a codec elsewhere; says what to do next."""
    clouds, inputs = _clouds_and_settings(root, run)
    count = write_inputs(clouds, inputs, folder)
    return (
        f"{count} clouds at P = {', '.join(map(str, inputs.points))} are in {folder}; code them, "
        f"then write manifest.csv ({','.join(recorded.COLUMNS)}) and fill in manifest.json: "
        "see docs/recorded.md"
    )


def check_outputs_of(root: Path, run: str, folder: Path, settings: Sequence[str] = ()) -> list[str]:
    """All that is wrong with a folder of outputs for a run, one line each."""
    clouds, inputs = _clouds_and_settings(root, run)
    return list(check(folder, clouds, inputs, settings))


def _clouds_and_settings(root: Path, run: str) -> tuple[PointClouds, InputCompression]:
    context = JobContext(root, config.load(root, run))
    inputs = context.config.input_compression
    if inputs is None:
        raise ConfigError(
            f"run {run} measures no input codec; see input_compression in config/README.md"
        )
    return context.clouds("test"), inputs


def write_inputs(clouds: PointClouds, inputs: InputCompression, folder: Path) -> int:
    """Write the first P points of each test cloud as PLY, and a JSON to fill in; their number.

    Raises DataError for a sample whose name is no file name.
    """
    chosen = spread(len(clouds), inputs.test_clouds)
    samples = [str(name) for name in clouds.samples[chosen]]
    for sample in samples:
        if Path(sample).name != sample:
            raise DataError(
                f"sample {sample[:80]!r} is no name of a file; rename it in the data set"
            )
    for points in inputs.points:
        place = folder / f"P{points}"
        place.mkdir(parents=True, exist_ok=True)
        for sample, cloud in zip(samples, clouds.first(points)[chosen], strict=True):
            write_points(place / f"{sample}.ply", cloud)
    facts = dict.fromkeys(recorded.FACTS, "")
    facts |= {"data_digest": clouds.digest, "columns": ",".join(recorded.COLUMNS)}
    write_json(folder / "manifest.json", facts)
    return len(samples)


def check(
    folder: Path, clouds: PointClouds, inputs: InputCompression, settings: Sequence[str] = ()
) -> Iterator[str]:
    """All that is wrong with the manifests of a folder, and all that they lack, one line each.

    settings: those that each codec must have; default: all that its manifests name.
    Raises MissingData for a folder without manifests.
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        columns = ",".join(recorded.COLUMNS)
        raise MissingData(
            f"{folder} holds no manifest, a file *.csv with columns {columns}. {recorded.WAY_OUT}."
        )
    manifests = []
    for path in paths:
        try:
            manifests.append(recorded.read(path))
        except LcpcError as error:
            yield str(error)
    for manifest in manifests:
        yield from _defects_of_data(manifest, clouds)
        yield from _first_ones(_defects_of_rates(manifest), f"{manifest.path.name}: ", "rates")
        yield from _first_ones(
            _defects_of_clouds(manifest, clouds), f"{manifest.path.name}: ", "decoded clouds"
        )
    yield from _gaps(manifests, clouds, inputs, settings)


def _defects_of_data(manifest: Manifest, clouds: PointClouds) -> Iterator[str]:
    """Outputs of other clouds than the run's."""
    try:
        recorded.check_data(manifest, clouds.digest)
    except LcpcError as error:
        yield str(error)
    known = set(clouds.samples.tolist())
    samples = dict.fromkeys(output.sample for output in manifest.outputs)
    unknown = [sample for sample in samples if sample not in known]
    if unknown:
        yield (f"{manifest.path}: {len(unknown)} samples are not in the run's test split "
               f"({', '.join(unknown[:SHOWN])})")


def _defects_of_rates(manifest: Manifest) -> Iterator[str]:
    """Findings where an estimated rate exceeds the size of its stream."""
    for output in manifest.outputs:
        if output.rate_bits > output.stream_bits:
            yield (f"{_row(output)}: rate_bits is {output.rate_bits:g}, above its stream_bits, "
                   f"{output.stream_bits}")


def _defects_of_clouds(manifest: Manifest, clouds: PointClouds) -> Iterator[str]:
    """Decoded clouds that are missing, broken, or in other coordinates than their inputs."""
    index_of = {name: index for index, name in enumerate(clouds.samples.tolist())}
    outputs = progress(manifest.outputs, f"clouds of {manifest.path.name}", len(manifest.outputs))
    for output in outputs:
        try:
            decoded = recorded.decoded_cloud(output)
        except LcpcError as error:
            yield f"{_row(output)}: {error}"
            continue
        index = index_of.get(output.sample)
        if index is None or output.points > clouds.points.shape[1]:
            continue
        if reason := misfit(decoded, clouds.points[index, : output.points]):
            yield f"{_row(output)}: {output.decoded.name}: {reason}"


def misfit(decoded: Cloud, cloud: Cloud) -> str:
    """Why a decoded cloud can't be one of `cloud`, by their bounding boxes, or ""."""
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    side = float((high - low).max())
    size = float((decoded.max(axis=0) - decoded.min(axis=0)).max())
    margin = MARGIN * side
    corner = low + side + margin
    is_outside = (decoded < low - margin).any() or (decoded > corner).any()
    is_shrunk = size < _least_ratio(decoded) * side
    if not (is_outside or is_shrunk):
        return ""
    ratio = f"; it is {size / side:.3g} times as large" if side else ""
    return (f"it spans {_span(decoded)}, its input {_span(cloud)}{ratio}. "
            "Is it on the codec's integer grid, or scaled or moved?")


def _least_ratio(decoded: Cloud) -> float:
    """Smallest plausible size of a decoded cloud, as a part of its input's.

    k distinct points need a grid of at least k^(1/3) values an axis, and quantisation moves a
    cloud's box by at most one step on either side.
    """
    count = len(np.unique(decoded, axis=0))
    if count < FEW_POINTS:
        return 0.0
    steps = count ** (1 / 3) - 1
    return min(MOST_SHRUNK, 1 / (1 + 2 / steps))


def _span(cloud: NDArray[np.float32]) -> str:
    return f"{cloud.min():.3g} to {cloud.max():.3g}"


def _row(output: Output) -> str:
    return (
        f"line {output.line} ({output.codec}, {output.sample}, P={output.points}, {output.setting})"
    )


def _first_ones(defects: Iterable[str], prefix: str, things: str) -> Iterator[str]:
    """The first defects in words, the others as a number."""
    count = 0
    for count, defect in enumerate(defects, 1):
        if count <= SHOWN:
            yield f"{prefix}{defect}"
    if count > SHOWN:
        yield f"{prefix}{count - SHOWN} more {things} are wrong"


def _gaps(manifests: Sequence[Manifest], clouds: PointClouds, inputs: InputCompression,
          settings: Sequence[str]) -> Iterator[str]:
    """What the manifests together lack of each codec's (sample, P, setting)."""
    chosen = spread(len(clouds), inputs.test_clouds)
    samples = [str(name) for name in clouds.samples[chosen]]
    codecs = dict.fromkeys(codec for manifest in manifests for codec in manifest.codecs)
    for codec in codecs:
        outputs: dict[recorded.OutputKey, Output] = {}
        for manifest in manifests:
            outputs |= manifest.of(codec)
        wanted = settings or recorded.settings_of(outputs)
        for line in recorded.gaps(outputs, samples, inputs.points, wanted):
            yield f"{codec}: {line}"
