"""How `lcpc evaluate` judges outputs that were made elsewhere: rates from the manifests, accuracy measured here."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lcpc.codecs.point_clouds import recorded
from lcpc.codecs.point_clouds.base import Cloud
from lcpc.config import InputCompression
from lcpc.errors import DataError
from lcpc.experiments._classification import classifier_of
from lcpc.experiments.input_compression import Coded, Coder, evaluate, spread
from lcpc.experiments.proposed import summarise
from lcpc.results.provenance import file_digest, relative

if TYPE_CHECKING:
    import pandas

    from lcpc.cli._point_rows import Job

Frames: TypeAlias = "tuple[tuple[pandas.DataFrame, pandas.DataFrame | None], dict[str, Any]]"
Held: TypeAlias = dict[recorded.Key, tuple[recorded.Output, recorded.Manifest]]
WAY_OUT = ("no outputs of it are here: make them elsewhere, see docs/recorded.md, and name their manifest in "
           "input_compression.recorded; its rows are marked 'skipped' until then.")


def outputs(job: "Job", settings: InputCompression, codec: str) -> Held:
    """All outputs of a codec at the job's P in the run's manifests; none where no manifest has any.

    Raises DataError where a manifest was made of other clouds, or where two of them hold the same output.
    """
    held: Held = {}
    for name in settings.recorded:
        manifest = recorded.read(job.root / name)
        for key, one in manifest.of(codec).items():
            if one.points != job.points:
                continue
            check_data(manifest, job.clouds.digest)
            if key in held:
                raise DataError(f"{manifest.path}, line {one.line}: {held[key][1].path} holds the same output. "
                                "Name one of them.")
            held[key] = one, manifest
    return held


def check_data(manifest: recorded.Manifest, digest: str) -> None:
    """DataError where a manifest's outputs were made of other clouds than those with this digest."""
    if (theirs := manifest.facts["data_digest"]) != digest:
        raise DataError(f"{manifest.path} was made of clouds {theirs[:12]}, not of the run's test split {digest[:12]}: "
                        "its outputs do not belong to these clouds. Code the run's own (`lcpc recorded inputs`).")


def judged(job: "Job", settings: InputCompression, codec: str, held: Held) -> Frames:
    """Rows, per-sample rows and what the provenance adds. Raises DataError where outputs are missing."""
    found = {key: one for key, (one, _) in held.items()}
    words = recorded.settings_of(found)
    chosen = spread(len(job.clouds), settings.test_clouds)
    gaps = recorded.gaps(found, [str(name) for name in job.clouds.samples[chosen]], [job.points], words)
    for line in gaps.lines():
        raise DataError(f"recorded outputs of {codec} are not complete: {line}. See all: `lcpc recorded check FOLDER`.")
    network = classifier_of(job.content(), str(job.weights))
    # `evaluate` walks over numbers; here they stand for the settings in the manifest's own words.
    samples = evaluate(_coder(held, words, job.points), network, job.clouds, job.points, tuple(range(len(words))),
                       settings.test_clouds, job.threads)
    samples = samples.assign(setting=[words[number] for number in samples["scale"]]).drop(columns="scale")
    shared = job.row(codec=codec, size="", scale=None, evidence="recorded", note="streams recorded; accuracy measured")
    rows = summarise(samples, "setting").assign(**shared, **{"lambda": None})
    return (rows, samples), {"recorded": _origin(job.root, held)}


def _coder(held: Held, words: tuple[str, ...], points: int) -> Coder:
    def code(sample: str, cloud: Cloud, number: int) -> Coded:
        one, manifest = held[sample, points, words[number]]
        # Means of rates are floats anyway; a learned codec's rate need not be whole bits.
        return one.rate_bits, one.stream_bits, recorded.decoded_cloud(one, manifest.path)  # type: ignore[return-value]
    return code


def _origin(root: Path, held: Held) -> dict[str, Any]:
    """For each manifest: its digest, and what it says of the making of its outputs."""
    paths = {manifest.path: manifest.facts for _, manifest in held.values()}
    return {relative(path, root): {"sha256": file_digest(path), **facts} for path, facts in paths.items()}
