"""`lcpc bench selection`: what picking each lambda's epoch on the test split, as the documents do, is worth."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config
from lcpc.cli import _paths
from lcpc.errors import ConfigError, MissingData

if TYPE_CHECKING:
    from lcpc.training.selection import Epochs

LEAST = 2


def run(args: argparse.Namespace) -> int:
    """Train a curve of the run on and print a line of Markdown for each lambda."""
    root = Path(args.root)
    settings = config.load(root, args.run)
    curve = settings.curve(args.size, args.points)
    if args.epochs < LEAST or len(curve.lambdas) < LEAST:
        raise ConfigError(f"{args.epochs} epochs of {len(curve.lambdas)} lambdas: an epoch is picked from {LEAST} or more, and "
                          "equal rate needs two lambdas; ask for more with --epochs, or for another curve")
    weights = _paths.weights(root, args.run, f"proposed_{args.size}_P{args.points}")
    if not weights.is_file():
        raise MissingData(f"{weights} is not there; train it first: lcpc train proposed --run {args.run} --size {args.size} "
                          f"--points {args.points}")

    import torch

    from lcpc.data import point_clouds
    from lcpc.training.memory import keep_freed_memory
    from lcpc.training.selection import watch_epochs

    torch.set_num_threads(max(1, args.threads))
    keep_freed_memory()
    train, test = (point_clouds.load(settings, root, split) for split in ("train", "test"))
    with tempfile.TemporaryDirectory() as folder:
        epochs = watch_epochs(settings, args.size, args.points, train, test, weights, Path(folder) / "resume.pt", args.epochs)
    print(f"{args.size}, P={args.points}, run {args.run}: {args.epochs} epochs at a constant learning rate, each measured on "
          f"the {len(test)} test clouds\n")
    print("\n".join(_lines(curve.lambdas, epochs)))
    return 0


def _lines(lambdas: tuple[float, ...], epochs: "Epochs") -> Iterator[str]:
    yield ("| lambda | bits: mean epoch | picked | top-1, %: mean epoch | standard deviation | picked "
           "| picked less mean at equal rate, points |")
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    picked, gain = epochs.picked(), epochs.gain_points()
    for number, lambda_ in enumerate(lambdas):
        rate, top1 = epochs.rate_bits[:, number], epochs.top1_percent[:, number]
        yield (f"| {lambda_:g} | {rate.mean():.1f} | {rate[picked[number]]:.1f} | {top1.mean():.1f} | {top1.std(ddof=1):.1f} "
               f"| {top1[picked[number]]:.1f} | {gain[number]:+.1f} |")
