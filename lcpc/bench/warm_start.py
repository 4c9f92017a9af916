"""What starting all lambdas from one trained network saves, on clouds held out of the training
split."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.bench import _options
from lcpc.bench._quality import quality
from lcpc.codecs.point_clouds.proposed import load
from lcpc.config import Curve
from lcpc.data.base import PointClouds
from lcpc.data.base import clouds as checked
from lcpc.metrics.bjontegaard import bd_rate_percent

RateAccuracy: TypeAlias = "tuple[NDArray[np.float64], NDArray[np.float64]]"
"""(rates in bits, top-1 accuracies in %) of a curve."""
HELD_OUT = 10
"""One cloud of so many is not trained on, but measured; the test split is not looked at."""

arguments = partial(_options.add, run="workstation", size="full", points=1024, epochs=40, threads=1)


def run(options: argparse.Namespace) -> Iterator[str]:
    """Train one curve in three ways: one line each."""
    context, size, points = _options.job_context(options), options.size, options.points
    curve, clouds = context.config.curve(size, points), context.clouds("train")
    is_held_out = np.arange(len(clouds)) % HELD_OUT == 0
    train, held_out = _part(clouds, ~is_held_out), _part(clouds, is_held_out)
    yield (f"{size}, P={points}, run {options.run}: {len(train)} clouds to train on, "
           f"{len(held_out)} held out")
    yield ""
    yield ("| epochs of one lambda, then of all | CPU s | highest accuracy, % "
           "| bits at the lowest lambda | its accuracy, % "
           "| BD-rate against the first, % |")
    yield "|---|--:|--:|--:|--:|--:|"
    long, half = options.epochs, max(1, options.epochs // 2)
    first: RateAccuracy | None = None
    for warm, epochs in ((0, long), (0, half), (half, half)):
        (rate, top1), cpu_s = _trained(curve, size, points, warm, epochs, train, held_out)
        first = first or (rate, top1)
        yield (
            f"| {warm}, {epochs} | {cpu_s:.0f} | {top1.max():.1f} | {rate[0]:.1f} | {top1[0]:.1f} "
            f"| {_bd_rate(first, (rate, top1))} |"
        )


def _trained(curve: Curve, size: str, points: int, warm: int, epochs: int, train: PointClouds,
             held_out: PointClouds) -> tuple[RateAccuracy, float]:
    """The curve on held-out clouds, and the processor time that its training took."""
    from lcpc import fast
    from lcpc.trainer.curve_training import CurveTraining

    training = curve.training.model_copy(update={"epochs": epochs})
    alone = {"warm_epochs": warm, "start_points": 0, "prune_latents": False, "training": training}
    settings = curve.model_copy(update=alone)
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        content = CurveTraining(settings, size, points, train, 1, Path(folder) / "resume.pt").run()
        cpu_s = time.process_time() - before
    codec = fast.stack(list(load(content, "the curve").models.values()))
    rate, top1, _ = quality(codec, held_out, points, tuple(curve.lambdas))
    order = np.argsort(curve.lambdas)
    return (rate.numpy().astype(float)[order], top1.numpy().astype(float)[order]), cpu_s


def _bd_rate(anchor: RateAccuracy, curve: RateAccuracy) -> str:
    try:
        return f"{bd_rate_percent(*anchor, *curve, extend=False):+.1f}"
    except ValueError as error:  # a curve of so few epochs that it is a point
        return str(error)


def _part(clouds: PointClouds, is_chosen: NDArray[np.bool_]) -> PointClouds:
    return checked(f"{clouds.name} in part", clouds.classes, clouds.split, clouds.points[is_chosen],
                   clouds.label[is_chosen], clouds.samples[is_chosen], clouds.provenance)
