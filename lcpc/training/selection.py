"""What each epoch of a training at a constant learning rate measures on the test split, for looking at selection only.

The documents pick the epoch of each lambda by its loss on the test split. No row of lcpc is made that way; how much it is
worth can be measured here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.config import Config
from lcpc.data.base import PointClouds
from lcpc.errors import DataError
from lcpc.models.members import at_work, part_of
from lcpc.models.point_codec import PointCodec, shape_of
from lcpc.training import checkpoint
from lcpc.training.curve import clouds_to_look_at, curve_step, tensors
from lcpc.training.loop import fit
from lcpc.training.losses import cross_entropy, rate_distortion

BATCH = 64


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

        The mean curve is a straight line between neighbouring lambdas in (log rate, accuracy), carried on at its ends.
        """
        log_rate, top1 = np.log(self.rate_bits.mean(0)), self.top1_percent.mean(0)
        picked, lambdas = self.picked(), np.arange(len(top1))
        found = np.log(self.rate_bits[picked, lambdas])
        left = np.clip(np.searchsorted(log_rate, found) - 1, 0, len(top1) - 2)
        slope = (top1[left + 1] - top1[left]) / (log_rate[left + 1] - log_rate[left])
        return self.top1_percent[picked, lambdas] - (top1[left] + slope * (found - log_rate[left]))


def watch_epochs(config: Config, size: str, points: int, train: PointClouds, test: PointClouds, weights: Path, resume: Path,
                 epochs: int) -> Epochs:
    """Train a curve on from `weights` at its constant first learning rate and measure it on `test` behind each epoch.

    Latents that code one symbol only are left out, but for lite. `weights` stays as it is. Raises DataError for weights that
    are no such curve of the run.
    """
    curve = config.curve(size, points)
    content = checkpoint.read(weights)
    if tuple(content.get("lambdas", ())) != tuple(curve.lambdas):
        raise DataError(f"{weights} holds other lambdas than the curve of run {config.run}; delete it and train again")
    codec = PointCodec(shape_of(content["shape"]))
    checkpoint.restore(codec, content["state"], weights)
    if size != "lite":
        codec, _ = part_of(codec, at_work(codec, clouds_to_look_at(codec, curve, points, train)[0]))
    training = curve.training.model_copy(update={"epochs": epochs, "schedule": "constant"})
    seen: list[tuple[Any, Any, Any]] = []
    fit(codec, curve_step(codec, curve.lambdas), tensors(train), points, len(curve.lambdas), training, codec.shape.seed, resume,
        {"kind": "selection"}, after=lambda: seen.append(judged(codec, test.first(points), test.label, curve.lambdas)))
    return Epochs(*(np.array(column) for column in zip(*seen, strict=True)))


@torch.no_grad()
def judged(codec: PointCodec, points: NDArray[np.float32], label: NDArray[np.int64],
           lambdas: tuple[float, ...]) -> tuple[list[float], list[float], list[float]]:
    """(rate in bits, top-1 accuracy in %, loss) of each lambda on clouds [n, P, 3], quantised but without streams."""
    codec.eval()
    codec.settle()
    silent, total = torch.Generator(), torch.zeros(3, len(lambdas))
    for x, truth in zip(torch.from_numpy(points).split(BATCH), torch.from_numpy(label).split(BATCH), strict=True):
        y_hat = codec.dequantise(codec.symbols(codec.analyse(x.transpose(1, 2).contiguous())))
        logits, rate_bits = codec.classify(y_hat, silent), codec.rates(y_hat).sum(2)
        loss = rate_distortion(rate_bits, cross_entropy(logits, truth), torch.tensor(lambdas))
        hits = (logits.argmax(-1) == truth).double().mean(1) * 100
        total += torch.stack([rate_bits.mean(1), hits, loss]) * len(x)
    rate, top1, loss = (total / len(points)).tolist()
    return rate, top1, loss
