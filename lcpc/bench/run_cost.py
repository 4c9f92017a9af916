"""What the point-cloud trainings of a run take on this machine, from the time of a step of each."""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from lcpc import config as configs
from lcpc.bench import _options, _timing
from lcpc.bench._timing import Case
from lcpc.config import Config, Curve, Training
from lcpc.data.base import PointClouds
from lcpc.errors import ConfigError, ResultError, refusing
from lcpc.jobs import JobContext
from lcpc.results.store import read_json
from lcpc.training.proposed import name_of, start_of

KINDS = ("rate_accuracy", "classifier")
"""Kinds of rows that are measured with what the trainings make."""


@dataclass(frozen=True)
class TimedTraining:
    """A training, or the warm start of one: what a step of it is, and how it trains."""

    name: str
    case: Case
    training: Training


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    _options.add(parser, run="workstation", threads=_options.CORES, seconds=2.0)
    _options.add_only(parser)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line a training, and the sums."""
    root, threads = Path(options.root), options.threads
    config = configs.load(root, options.run)
    if not config.proposed and config.input_compression is None:
        raise ConfigError(
            f"run {options.run} trains nothing on point clouds; name one that does with --run"
        )
    context = JobContext(root, config, threads)
    clouds = context.clouds("train")
    yield from _timing.machine_lines()
    yield "| training | cores | steps | ms a step | hours |"
    yield "|---|--:|--:|--:|--:|"
    alone = beside = 0.0
    for part in [*_curves(context, clouds), *_classifiers(config, threads)]:
        if options.only not in (None, part.case.size):
            continue
        steps = part.training.epochs * math.ceil(len(clouds) / part.case.batch)
        step_s = _timing.measure(
            part.case, seconds=options.seconds, training=part.training
        ).median_s
        hours = steps * step_s / 3600
        if part.case.threads > 1:
            alone += hours
        else:
            beside += hours
        yield f"| {part.name} | {part.case.threads} | {steps} | {step_s * 1e3:.1f} | {hours:.2f} |"
    yield ""
    rows_h, machines = _measured(root, options.run)
    yield (f"Trainings: {threads * alone + beside:.1f} core-hours; with {threads} cores always "
           f"at work {alone + beside / threads:.1f} hours. Measuring the rows that are there "
           f"took {rows_h:.1f} hours, by their provenance ({machines}).")


def _curves(context: JobContext, clouds: PointClouds) -> Iterator[TimedTraining]:
    """Trainings of the codecs as the workflow runs them: full with all cores, others with one."""
    for curve in context.config.proposed:
        for size, points in product(curve.sizes, curve.points):
            yield from _parts(context, clouds, curve, size, points)


def _parts(
    context: JobContext, clouds: PointClouds, curve: Curve, size: str, points: int
) -> Iterator[TimedTraining]:
    threads = context.threads if size == "full" else 1
    case = Case(size, points, len(curve.lambdas), curve.training.batch, threads)
    name = f"{size}, P={points}"
    if curve.warm_epochs:
        warm = curve.training.model_copy(update={"epochs": curve.warm_epochs})
        yield TimedTraining(f"{name}, warm start", replace(case, lambdas=1), warm)
    if curve.prune_latents:
        latents = _latents(context, clouds, curve, size, points)
        note = (f"{latents} latents"
                if latents
                else "all latents, since the weights that say which are used are not here")
        case, name = replace(case, latents=latents), f"{name}, {note}"
    yield TimedTraining(name, case, curve.training)


def _latents(context: JobContext, clouds: PointClouds, curve: Curve, size: str, points: int) -> int:
    """How many latents a pruned curve trains; 0 without the weights that it starts from."""
    from lcpc.trainer.curve_training import CurveTraining

    if not context.weights(name_of(size, curve.start_points)).is_file():
        return 0
    start = start_of(context, size, curve)
    _, in_use = CurveTraining(curve, size, points, clouds, 0, Path(), start=start).initial_models()
    return 0 if in_use is None else max(1, int(in_use.sum(1).max()))


def _classifiers(config: Config, threads: int) -> Iterator[TimedTraining]:
    """Trainings of the PointNets, timed as full with one lambda, whose bottleneck they lack."""
    settings = config.input_compression
    if settings is None:
        return
    for points in settings.points:
        case = Case("full", points, 1, settings.classifier.batch, threads)
        yield TimedTraining(f"PointNet, P={points}, at most", case, settings.classifier)


def _measured(root: Path, run: str) -> tuple[float, str]:
    """Hours that the run's rows took by their provenance, and the processors that measured them."""
    seconds, machines = 0.0, set()
    for kind in KINDS:
        for path in sorted((root / "results" / run / kind).glob("*.json")):
            record = read_json(path)
            with refusing(ResultError, path, "is no provenance", "evaluate again"):
                seconds += float(record.get("time", {}).get("seconds", 0.0))
                machines.add(str(record.get("machine", {}).get("processor", "")))
    return seconds / 3600, "; ".join(sorted(machines - {""})) or "none is there"
