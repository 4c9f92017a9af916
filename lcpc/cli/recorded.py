"""`lcpc recorded`: hand a run's clouds to a codec elsewhere, and check the outputs that come back."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config
from lcpc.errors import ConfigError, DataError, LcpcError, MissingData

if TYPE_CHECKING:
    from lcpc.codecs.point_clouds.recorded import Manifest
    from lcpc.data.base import PointClouds

HELP = "write a run's clouds for a codec elsewhere, or check the outputs that came back"
SHOWN = 5
"""Examples of each kind of defect that are printed."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("what", choices=("check", "inputs"), help="check a folder of outputs, or write the inputs to one")
    parser.add_argument("folder", type=Path, help="folder of the manifests, or of the inputs to write")
    parser.add_argument("--run", default="demo", help="the run whose test clouds are meant (default: demo)")
    parser.add_argument("--settings", default="", help="check: settings that each codec must have, with commas "
                                                       "(default: all that its manifests name)")


def run(args: argparse.Namespace) -> int:
    """Write the inputs, or check; 1 where the folder is not complete."""
    from lcpc.data import point_clouds

    root = Path(args.root)
    settings = config.load(root, args.run)
    if (inputs := settings.input_compression) is None:
        raise ConfigError(f"run {args.run} measures no input codec; see input_compression in config/README.md")
    clouds = point_clouds.load(settings, root, "test")
    if args.what == "inputs":
        return _write_inputs(clouds, inputs, args.folder)
    problems = list(check(args.folder, clouds, inputs, [word for word in args.settings.split(",") if word]))
    for problem in problems:
        print(problem)
    print(f"{args.folder}: {len(problems) or 'nothing'} to mend for run {args.run}")
    return int(bool(problems))


def check(folder: Path, clouds: "PointClouds", inputs: config.InputCompression, wanted: list[str]) -> Iterator[str]:
    """All that is wrong with the manifests of a folder, and all that they lack of the run's samples, P and settings."""
    from lcpc.codecs.point_clouds import recorded

    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise MissingData(f"{folder} holds no manifest, a file *.csv with columns {','.join(recorded.COLUMNS)}. "
                          "See docs/recorded.md.")
    manifests = []
    for path in paths:
        try:
            manifests.append(recorded.read(path))
        except LcpcError as error:
            yield str(error)
    for manifest in manifests:
        yield from _foreign(manifest, clouds)
        yield from _unreadable(manifest)
    yield from _gaps(manifests, clouds, inputs, wanted)


def _foreign(manifest: "Manifest", clouds: "PointClouds") -> Iterator[str]:
    """Outputs of other clouds than the run's."""
    from lcpc.cli._recorded import check_data

    try:
        check_data(manifest, clouds.digest)
    except LcpcError as error:
        yield str(error)
    known = set(clouds.samples.tolist())
    odd = list(dict.fromkeys(one.sample for one in manifest.outputs if one.sample not in known))
    if odd:
        yield f"{manifest.path}: {len(odd)} samples are not in the run's test split ({', '.join(odd[:SHOWN])})"


def _unreadable(manifest: "Manifest") -> Iterator[str]:
    """Decoded clouds that are not there or broken: the first ones in words, the rest as a number."""
    from lcpc.codecs.point_clouds.recorded import decoded_cloud
    from lcpc.log import progress

    bad = 0
    for one in progress(manifest.outputs, f"clouds of {manifest.path.name}", len(manifest.outputs)):
        try:
            decoded_cloud(one, manifest.path)
        except LcpcError as error:
            bad += 1
            if bad <= SHOWN:
                yield f"{manifest.path.name}, line {one.line}: {error}"
    if bad > SHOWN:
        yield f"{manifest.path.name}: {bad - SHOWN} more decoded clouds can't be read"


def _gaps(manifests: "list[Manifest]", clouds: "PointClouds", inputs: config.InputCompression,
          wanted: list[str]) -> Iterator[str]:
    """What the manifests together lack of each codec's (sample, P, setting)."""
    from lcpc.codecs.point_clouds import recorded
    from lcpc.experiments.input_compression import spread

    samples = [str(name) for name in clouds.samples[spread(len(clouds), inputs.test_clouds)]]
    for codec in dict.fromkeys(codec for manifest in manifests for codec in manifest.codecs):
        held = {key: one for manifest in manifests for key, one in manifest.of(codec).items()}
        for line in recorded.gaps(held, samples, inputs.points, wanted or recorded.settings_of(held)).lines():
            yield f"{codec}: {line}"


def _write_inputs(clouds: "PointClouds", inputs: config.InputCompression, folder: Path) -> int:
    """The first P points of each test cloud as PLY files, and a JSON to fill in for the manifest."""
    from lcpc.codecs.point_clouds.recorded import COLUMNS
    from lcpc.data.ply import write_points
    from lcpc.experiments.input_compression import spread
    from lcpc.results.store import write_json

    chosen = spread(len(clouds), inputs.test_clouds)
    for sample in clouds.samples[chosen]:
        if Path(sample).name != sample:
            raise DataError(f"sample {str(sample)[:80]!r} is no name of a file; rename it in the data set")
    for points in inputs.points:
        place = folder / f"P{points}"
        place.mkdir(parents=True, exist_ok=True)
        for sample, cloud in zip(clouds.samples[chosen], clouds.first(points)[chosen], strict=True):
            write_points(place / f"{sample}.ply", cloud)
    facts = {"tool": "", "version": "", "command": "", "data_digest": clouds.digest, "columns": ",".join(COLUMNS)}
    write_json(folder / "manifest.json", facts)
    print(f"{len(chosen)} clouds at P = {', '.join(map(str, inputs.points))} are in {folder}; code them, then write "
          f"manifest.csv ({json.dumps(facts['columns'])}) and fill in manifest.json: see docs/recorded.md")
    return 0
