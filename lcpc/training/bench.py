"""What a training step costs: seconds, memory and arithmetic of a whole curve in one network, for `lcpc bench`."""

import math
import resource
import statistics
import time
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lcpc.config import Training
from lcpc.models.point_codec import PointCodec, Shape
from lcpc.models.point_encoder import DECODER, ENCODERS
from lcpc.training.batches import augment
from lcpc.training.loop import Averaged, clip_members
from lcpc.training.losses import cross_entropy, rate_distortion

WARM_UP = 2
PLAIN = Training()
"""Points drawn and scaled, no average: what the plain loop does, too."""
MATRIX = 1024
LATE = 10_000
"""A step at which the average has its full length."""
STORED = 1024
"""Points that a stored cloud has; a step draws P of them."""


@dataclass(frozen=True)
class Case:
    """One thing to measure: size of the codec, P, lambdas trained in one network, clouds a step, processor cores."""

    size: str
    points: int
    lambdas: int = 1
    batch: int = 32
    threads: int = 1
    latents: int = 0
    """Of a curve that leaves out those at rest; 0 is all."""

    def __str__(self) -> str:
        curve = "1 lambda" if self.lambdas == 1 else f"{self.lambdas} lambdas"
        return f"{self.size}, P={self.points}, {curve}, batch {self.batch}"


@dataclass(frozen=True)
class Timing:
    """Seconds a step (least and median), and the memory that training took beyond what the imports hold, MiB."""

    least_s: float
    median_s: float
    steps: int
    memory_mib: float


def macs(case: Case) -> int:
    """Multiply-accumulates that the convolutions and linear layers of a step need by a plain count, forward and back.

    Each weight meets each point once forward and twice back (its own gradient and its input's; the first layer has no
    input gradient). The entropy bottleneck, batch norm and the optimiser are not counted.
    """
    widths = ENCODERS[case.size]
    inputs = (3, *widths.channels[:-1])
    layers = [a * b // g for a, b, g in zip(inputs, widths.channels, widths.groups, strict=True)]
    points = case.batch * case.points * (3 * sum(layers) - layers[0])
    head = sum(math.prod(pair) for pair in zip((widths.channels[-1], *DECODER[:-1]), DECODER, strict=True))
    return case.lambdas * (points + case.batch * 3 * head)


def measure(case: Case, steps: int, seconds: float, training: Training = PLAIN) -> Timing:
    """Time whole steps (drawing points, forward, backward, clipping, AdamW): at least `steps`, until `seconds` are over.

    `training` says how clouds are drawn and changed, and whether weights are averaged.
    """
    torch.set_num_threads(case.threads)
    _Step(replace(case, size="micro", points=1, lambdas=1))()  # what an optimiser's first step imports is not the training's
    idle = peak_mib()
    step = _Step(case, training)
    times: list[float] = []
    start = time.perf_counter()
    while len(times) < steps + WARM_UP or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    counted = times[WARM_UP:]
    return Timing(min(counted), statistics.median(counted), len(counted), peak_mib() - idle)


class _Step:
    """A curve that trains on random clouds."""

    def __init__(self, case: Case, training: Training = PLAIN) -> None:
        self.case, self.training = case, training
        self.generator = torch.Generator().manual_seed(1)
        self.clouds = torch.randn(case.batch, STORED, 3, generator=self.generator)
        self.label = torch.randint(DECODER[-1], (case.batch,), generator=self.generator)
        self.codec = PointCodec(Shape(case.size, case.lambdas), case.latents).train()
        self.parameters = list(self.codec.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, 1e-3, fused=True)
        self.lambdas = torch.full((case.lambdas,), 80.0)
        self.average = Averaged(self.codec, training.average_decay)

    def __call__(self) -> None:
        x = augment(self.clouds, self.case.points, self.training, self.generator)
        self.optimizer.zero_grad()
        self._loss(x).backward()
        clip_members(self.parameters, self.case.lambdas, 1.0)
        self.optimizer.step()
        if self.training.average_decay:
            self.average.update(self.codec, LATE)

    def _loss(self, x: Tensor) -> Tensor:
        logits, rate_bits = self.codec(x, self.generator)
        return rate_distortion(rate_bits, cross_entropy(logits, self.label), self.lambdas).sum()


def peak_mib() -> float:
    """Peak memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def matrix_rate(threads: int, repeats: int = 20) -> float:
    """Multiply-accumulates a second of a large float32 matrix product on this machine, best of some."""
    torch.set_num_threads(threads)
    a, b = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    best = math.inf
    for _ in range(repeats):
        before = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - before)
    return float(MATRIX**3 / best)
