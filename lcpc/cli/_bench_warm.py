"""`lcpc bench warm`: what starting all lambdas from one trained network saves, on clouds held out of the training split."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lcpc import config
from lcpc.config import Config

if TYPE_CHECKING:
    import numpy as np
    import pandas

    from lcpc.data.base import PointClouds

Curve: TypeAlias = "tuple[np.ndarray, np.ndarray]"
HELD_OUT = 10
"""One cloud of so many is not trained on, but measured; the test split is not looked at."""


def run(args: argparse.Namespace) -> int:
    """Train one curve in three ways and print a line of Markdown for each."""
    import numpy as np
    import torch

    from lcpc.data import point_clouds
    from lcpc.training.memory import keep_freed_memory

    root = Path(args.root)
    settings = config.load(root, args.run)
    settings.curve(args.size, args.points)
    torch.set_num_threads(max(1, args.threads))
    keep_freed_memory()
    clouds = point_clouds.load(settings, root, "train")
    every = np.arange(len(clouds))
    train, held = (_part(clouds, every[chosen]) for chosen in (every % HELD_OUT > 0, every % HELD_OUT == 0))
    print(f"{args.size}, P={args.points}, run {args.run}: {len(train)} clouds to train on, {len(held)} held out\n\n"
          "| epochs of one lambda, then of all | CPU s | highest accuracy, % | bits at the lowest lambda | its accuracy, % "
          "| BD-rate against the first, % |\n|---|--:|--:|--:|--:|--:|")
    for line in _compared(settings, args, train, held):
        print(line, flush=True)
    return 0


def _compared(settings: Config, args: argparse.Namespace, train: "PointClouds", held: "PointClouds") -> Iterator[str]:
    long, half = args.epochs, max(1, args.epochs // 2)
    first = None
    for warm, epochs in ((0, long), (0, half), (half, half)):
        rows, cpu_s = _trained(settings, args, warm, epochs, train, held)
        points = rows["rate_bits"].to_numpy(float), rows["top1_percent"].to_numpy(float)
        first = first or points
        yield (f"| {warm}, {epochs} | {cpu_s:.0f} | {points[1].max():.1f} | {points[0][0]:.1f} | {points[1][0]:.1f} "
               f"| {_bd_rate(first, points)} |")


def _bd_rate(anchor: Curve, curve: Curve) -> str:
    from lcpc.metrics.bjontegaard import bd_rate_percent

    try:
        return f"{bd_rate_percent(*anchor, *curve, extend=False):+.1f}"
    except ValueError as error:  # a curve of so few epochs that it is a point
        return str(error)


def _trained(settings: Config, args: argparse.Namespace, warm: int, epochs: int, train: "PointClouds",
             held: "PointClouds") -> "tuple[pandas.DataFrame, float]":
    """Rows of the curve on the held-out clouds, and the processor time that its training took."""
    from lcpc import checkpoints
    from lcpc.codecs.point_clouds.proposed import load
    from lcpc.experiments.proposed import evaluate, summarise
    from lcpc.training.curve import train_proposed

    curve = settings.curve(args.size, args.points)
    training = curve.training.model_copy(update={"epochs": epochs})
    own = curve.model_copy(update={"sizes": (args.size,), "points": (args.points,), "warm_epochs": warm,
                                   "start_points": 0, "prune_latents": False, "training": training})
    alone = settings.model_copy(update={"proposed": (own,)})
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "curve.pt"
        before = time.process_time()
        train_proposed(alone, args.size, args.points, train, target, Path(folder) / "resume.pt")
        cpu_s = time.process_time() - before
        trained = load(checkpoints.read(target), str(target))
    return summarise(evaluate(trained, held), "lambda"), cpu_s


def _part(clouds: "PointClouds", index: "np.ndarray") -> "PointClouds":
    from lcpc.data.base import clouds as checked

    return checked(f"{clouds.name} in part", clouds.classes, clouds.split, clouds.points[index], clouds.label[index],
                   clouds.samples[index], clouds.provenance)
