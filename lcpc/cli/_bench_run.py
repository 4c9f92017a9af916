"""`lcpc bench run`: what the point-cloud trainings of a run take on this machine, from the time of a step of each."""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config
from lcpc.cli import _bench_child, _paths
from lcpc.config import Config, Training
from lcpc.errors import ConfigError

if TYPE_CHECKING:
    from lcpc.data.base import PointClouds
    from lcpc.training.bench import Case

STEPS = 5
ROWS = ("rate_accuracy", "classifier")
"""Kinds of rows that are measured with what the trainings make."""


@dataclass(frozen=True)
class Part:
    """A training, or the warm start of one: what a step of it is, and how it trains."""

    name: str
    case: "Case"
    training: Training
    note: str = ""


def run(args: argparse.Namespace) -> int:
    """Print a line of Markdown for each training as soon as it is timed, and the sums."""
    root = Path(args.root)
    settings = config.load(root, args.run)
    if not settings.proposed and settings.input_compression is None:
        raise ConfigError(f"run {args.run} trains nothing on point clouds; name one that does with --run")
    from lcpc.data import point_clouds
    from lcpc.training.memory import keep_freed_memory

    keep_freed_memory()
    clouds = point_clouds.load(settings, root, "train")
    for line in _lines(args, settings, root, clouds):
        print(line, flush=True)
    return 0


def _lines(args: argparse.Namespace, settings: Config, root: Path, clouds: "PointClouds") -> Iterator[str]:
    from lcpc.training.bench import measure

    yield from _bench_child.machine()
    yield "| training | cores | steps | ms a step | hours |"
    yield "|---|--:|--:|--:|--:|"
    alone = beside = 0.0
    for part in [*_curves(args.threads, settings, root, clouds), *_judges(args.threads, settings)]:
        if args.only not in (None, part.case.size):
            continue
        steps = part.training.epochs * math.ceil(len(clouds) / part.case.batch)
        step_s = measure(part.case, STEPS, args.seconds, part.training).median_s
        hours = steps * step_s / 3600
        alone, beside = (alone + hours, beside) if part.case.threads > 1 else (alone, beside + hours)
        yield f"| {part.name}{part.note} | {part.case.threads} | {steps} | {step_s * 1e3:.1f} | {hours:.2f} |"
    rows = _rows_hours(root, args.run)
    yield ""
    yield (f"Trainings: {args.threads * alone + beside:.1f} core-hours; with {args.threads} cores always at work "
           f"{alone + beside / args.threads:.1f} hours. Measuring the rows that are there took {rows:.1f} hours, by their "
           f"provenance ({_machines(root, args.run)}).")


def _curves(threads: int, settings: Config, root: Path, clouds: "PointClouds") -> Iterator[Part]:
    """Trainings of the codecs: full with all cores, the others with one each, as the workflow runs them."""
    from lcpc.training.bench import Case
    from lcpc.training.curve import latents_of

    for curve in settings.proposed:
        for size, points in ((size, points) for size in curve.sizes for points in curve.points):
            case = Case(size, points, len(curve.lambdas), curve.training.batch, threads if size == "full" else 1)
            note = ""
            if curve.prune_latents:
                start = _paths.weights(root, settings.run, f"proposed_{size}_P{curve.start_points}")
                if start.is_file():
                    case = replace(case, latents=latents_of(curve, size, points, clouds, start))
                    note = f", {case.latents} latents"
                else:
                    note = ", all latents, since the weights that say which are at work are not here"
            if curve.warm_epochs:
                first = curve.training.model_copy(update={"epochs": curve.warm_epochs})
                yield Part(f"{size}, P={points}, warm start", replace(case, lambdas=1), first)
            yield Part(f"{size}, P={points}", case, curve.training, note)


def _judges(threads: int, settings: Config) -> Iterator[Part]:
    """Trainings of the PointNets, timed as full with one lambda: the same blocks, and a bottleneck that they don't have."""
    from lcpc.training.bench import Case

    judged = settings.input_compression
    if judged is None:
        return
    for points in judged.points:
        case = Case("full", points, 1, judged.classifier.batch, threads)
        yield Part(f"PointNet, P={points}, at most", case, judged.classifier)


def _provenances(root: Path, run: str) -> Iterator[dict[str, object]]:
    from lcpc.audit.files import read_json

    for kind in ROWS:
        for path in sorted((root / "results" / run / kind).glob("*.json")):
            yield read_json(path, root)


def _rows_hours(root: Path, run: str) -> float:
    times = (told.get("time") for told in _provenances(root, run))
    return sum(float(time["seconds"]) for time in times if isinstance(time, dict)) / 3600


def _machines(root: Path, run: str) -> str:
    machines = (told.get("machine") for told in _provenances(root, run))
    names = {str(machine["processor"]) for machine in machines if isinstance(machine, dict)}
    return "; ".join(sorted(names)) or "none is there"
