"""What picking each lambda's epoch by its loss on the test split, as the documents do, is worth.

No row of lcpc is made that way. A curve of a run trains on at its constant first learning rate,
and each epoch is measured on the test split.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.bench import _options
from lcpc.bench._quality import quality
from lcpc.codecs.point_clouds.proposed import load
from lcpc.config import Curve
from lcpc.data.base import PointClouds
from lcpc.errors import ConfigError, DataError

if TYPE_CHECKING:
    from lcpc.fast.networks import StackedPointCodec

LEAST = 2

arguments = partial(_options.add, run="workstation", size="full", points=1024, epochs=40, threads=1)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line a lambda."""
    context, count = _options.job_context(options), options.epochs
    size, points = options.size, options.points
    curve = context.config.curve(size, points)
    if count < LEAST or len(curve.lambdas) < LEAST:
        raise ConfigError(
            f"{count} epochs of {len(curve.lambdas)} lambdas: an epoch is picked from "
            f"{LEAST} or more, and equal rate needs two lambdas; ask for more with "
            "--epochs, or for another curve"
        )
    content = context.checkpoint(f"proposed_{size}_P{points}")
    train, test = (context.clouds(split) for split in ("train", "test"))
    epochs = measured_epochs(curve, content, size, points, train, test, count)
    yield (f"{size}, P={points}, run {options.run}: {count} epochs at a constant learning rate, "
           f"each measured on the {len(test)} test clouds")
    yield ""
    yield (
        "| lambda | bits: mean epoch | picked | top-1, %: mean epoch | standard deviation | picked "
        "| picked less mean at equal rate, points |"
    )
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for number, lambda_ in enumerate(curve.lambdas):
        yield _line(epochs, number, lambda_)


@dataclass(frozen=True)
class Epochs:
    """Rate in bits, top-1 accuracy in % and loss of each epoch and lambda: [E, L] each."""

    rate_bits: NDArray[np.float64]
    top1_percent: NDArray[np.float64]
    loss: NDArray[np.float64]

    def picked(self) -> NDArray[np.int64]:
        """Number of the epoch of least loss of each lambda: [L]."""
        return self.loss.argmin(axis=0)

    def gain_points(self) -> NDArray[np.float64]:
        """Accuracy of the picked epochs less that of the mean epoch at equal rate: [L].

        The mean curve is a straight line between neighbouring lambdas in (log rate, accuracy),
        carried on at its ends.
        """
        log_rate, top1 = np.log(self.rate_bits.mean(0)), self.top1_percent.mean(0)
        picked, lambdas = self.picked(), np.arange(len(top1))
        picked_log_rate = np.log(self.rate_bits[picked, lambdas])
        left = np.clip(np.searchsorted(log_rate, picked_log_rate) - 1, 0, len(top1) - 2)
        slope = (top1[left + 1] - top1[left]) / (log_rate[left + 1] - log_rate[left])
        mean_top1 = top1[left] + slope * (picked_log_rate - log_rate[left])
        return self.top1_percent[picked, lambdas] - mean_top1


def measured_epochs(curve: Curve, content: dict[str, Any], size: str, points: int,
                    train: PointClouds, test: PointClouds, count: int) -> Epochs:
    """Train a curve on from its weights, and measure it on `test` after each epoch.

    Latents that code one symbol only are left out, but for lite. Raises DataError for weights of
    other lambdas.
    """
    import torch

    from lcpc.trainer.cloud_training import CloudTraining
    from lcpc.trainer.curve_training import curve_loss

    lambdas, measures = tuple(curve.lambdas), []
    network = _network_in_use(curve, content, size, points, train)
    training = curve.training.model_copy(update={"epochs": count, "schedule": "constant"})
    with tempfile.TemporaryDirectory() as folder:
        CloudTraining(
            network=network, loss=curve_loss(network, lambdas), clouds=train, points=points,
            networks=len(lambdas), training=training, seed=int(content["seed"]),
            resume=Path(folder) / "resume.pt", identity={"kind": "selection"},
            after_epoch=lambda: measures.append(quality(network, test, points, lambdas)),
        ).fit()
    columns = (torch.stack(column).numpy().astype(float) for column in zip(*measures, strict=True))
    return Epochs(*columns)


def _network_in_use(curve: Curve, content: dict[str, Any], size: str, points: int,
                    train: PointClouds) -> "StackedPointCodec":
    """The trained networks, stacked, without the latents that code one symbol only."""
    from lcpc import fast
    from lcpc.fast.channels import channels_in_use, freeze_unused, prune
    from lcpc.trainer.curve_training import CurveTraining

    codec = load(content, "the curve")
    if codec.settings != tuple(curve.lambdas):
        raise DataError(
            "the weights hold other lambdas than the curve of the run; delete them and train again"
        )
    models = list(codec.models.values())
    if size != "lite":
        shown = CurveTraining(curve, size, points, train, int(content["seed"]), Path())
        x, _ = shown.example_clouds()
        models, _ = prune(models, channels_in_use(fast.stack(models), x))
    network = fast.stack(models)
    freeze_unused(network)
    return network


def _line(epochs: Epochs, number: int, lambda_: float) -> str:
    rate, top1 = epochs.rate_bits[:, number], epochs.top1_percent[:, number]
    picked, gain = epochs.picked()[number], epochs.gain_points()[number]
    return (f"| {lambda_:g} | {rate.mean():.1f} | {rate[picked]:.1f} | {top1.mean():.1f} "
            f"| {top1.std(ddof=1):.1f} | {top1[picked]:.1f} | {gain:+.1f} |")
