"""Seconds, memory and arithmetic of a training step of a whole curve.

    python -m lcpc.bench._timing --size micro --points 64 --lambdas 12

prints one line of JSON: a measurement in a process of its own meets nothing that another left in
memory.
"""

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

from lcpc.config import Training
from lcpc.errors import LcpcError
from lcpc.metrics.architectures import POINT_ENCODERS, point_decoder, point_encoder
from lcpc.results import provenance

if TYPE_CHECKING:
    from torch import Tensor

WARM_UP = 2
STEPS = 5
LATE = 10_000
"""A step at which averaged weights have their full length."""
STORED = 1024
"""Points that a stored cloud has; a step draws P of them."""
MATRIX = 1024
TIMEOUT_S = 900


@dataclass(frozen=True)
class Case:
    """Size of the codec, P, lambdas trained in one network, clouds a step, processor cores."""

    size: str = "full"
    points: int = 1024
    lambdas: int = 1
    batch: int = 32
    threads: int = 1
    latents: int = 0
    """Channels of a pruned curve; 0 is all that the size has."""

    def __str__(self) -> str:
        curve = "1 lambda" if self.lambdas == 1 else f"{self.lambdas} lambdas"
        return f"{self.size}, P={self.points}, {curve}, batch {self.batch}"


@dataclass(frozen=True)
class Timing:
    """Seconds a step (least and median), and MiB that training took beyond the imports."""

    least_s: float
    median_s: float
    steps: int
    memory_mib: float


def measure(
    case: Case, steps: int = STEPS, seconds: float = 2.0, training: Training | None = None
) -> Timing:
    """Time whole steps (points, forward, backward, clipping, AdamW): at least `steps`, until
    `seconds` are over.

    `training` says how clouds are drawn and changed, and whether weights are averaged.
    """
    from lcpc.trainer.process import prepare_process

    prepare_process(case.threads)
    TrainingStep(
        replace(case, size="micro", points=1, lambdas=1)
    )()  # what an optimiser imports is not the training's
    idle_mib = peak_mib()
    step = TrainingStep(case, training or Training())
    times: list[float] = []
    start = time.perf_counter()
    while len(times) < steps + WARM_UP or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    counted = times[WARM_UP:]
    return Timing(min(counted), statistics.median(counted), len(counted), peak_mib() - idle_mib)


class TrainingStep:
    """A curve that trains on random clouds; each call is a step."""

    def __init__(self, case: Case, training: Training | None = None) -> None:
        import torch

        from lcpc import fast
        from lcpc.models.point_codec import PointCodec
        from lcpc.trainer.curve_training import curve_loss
        from lcpc.trainer.loop import WeightAverage

        self.case, self.training = case, training or Training()
        self.generator = torch.Generator().manual_seed(1)
        model = PointCodec(case.size, latents=case.latents)
        self.codec = fast.stack([model] * case.lambdas).train()
        self.clouds = torch.randn(case.batch, STORED, 3, generator=self.generator)
        self.label = torch.randint(model.classes, (case.batch,), generator=self.generator)
        self.loss = curve_loss(self.codec, [80.0] * case.lambdas)
        self.parameters: list[Tensor] = list(self.codec.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, 1e-3, fused=True)
        self.average = WeightAverage(self.codec, self.training.average_decay)

    def __call__(self) -> None:
        from lcpc.trainer.batches import augment
        from lcpc.trainer.cloud_training import clip_each

        x = augment(self.clouds, self.case.points, self.training, self.generator)
        self.optimizer.zero_grad()
        loss, _ = self.loss(x, self.label, self.generator)
        loss.sum().backward()
        clip_each(self.parameters, self.case.lambdas, 1.0)
        self.optimizer.step()
        if self.training.average_decay:
            self.average.update(self.codec, LATE)


def macs(case: Case) -> int:
    """Multiply-accumulates of the convolutions and linear layers of a step by a plain count,
    forward and back.

    Each weight meets each point once forward and twice back (its own gradient and its input's; the
    first layer has no input gradient). The entropy bottleneck, batch norm and the optimiser are
    not counted.
    """
    widths = POINT_ENCODERS[case.size]
    encoder = [layer.weights for layer in point_encoder(widths)]
    decoder = [layer.weights for layer in point_decoder(widths[-1][0])]
    a_point = 3 * sum(encoder) - encoder[0]
    a_cloud = case.points * a_point + 3 * sum(decoder)
    return case.lambdas * case.batch * a_cloud


def peak_mib() -> float:
    """Peak memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def matrix_rate(threads: int, repeats: int = 20) -> float:
    """Multiply-accumulates a second of a large float32 matrix product here, best of some."""
    import torch

    torch.set_num_threads(threads)
    a, b = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    best_s = math.inf
    for _ in range(repeats):
        before = time.perf_counter()
        torch.mm(a, b)
        best_s = min(best_s, time.perf_counter() - before)
    return float(MATRIX**3 / best_s)


def in_own_process(case: Case, seconds: float) -> Timing:
    """`measure` in a process of its own."""
    return child(words(case, seconds))


def words(case: Case, seconds: float) -> list[str]:
    """Arguments of the Python process that measures a case."""
    settings = [word for name, value in asdict(case).items() for word in (f"--{name}", str(value))]
    return ["-m", __name__, *settings, "--seconds", str(seconds)]


def child(words: Sequence[str], environment: Mapping[str, str] | None = None) -> Timing:
    """The timing that a Python process prints in its last line; without `environment`, it has that
    of this process. Raises LcpcError with its last words where it fails."""
    line = [sys.executable, "-W", "ignore", *words]
    done = subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
                          env=environment)
    if done.returncode:
        last = done.stderr.strip()[-400:] or "it said nothing"
        raise LcpcError(f"a benchmark's process ended with {done.returncode}: {last}")
    return Timing(**json.loads(done.stdout.splitlines()[-1]))


def machine_lines() -> Iterator[str]:
    """The machine as the first lines of a table's page."""
    here = provenance.machine()
    yield f"Machine: {here['cores']} cores, {here['processor']}, {here['system']}."
    yield ""


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for setting in fields(Case):
        kind = type(setting.default)
        parser.add_argument(f"--{setting.name}", type=kind, default=setting.default)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = vars(parser.parse_args())
    seconds = options.pop("seconds")
    print(json.dumps(asdict(measure(Case(**options), seconds=seconds))))


if __name__ == "__main__":
    _main()
