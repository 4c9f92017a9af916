"""Steps a second of an image base's training, side by side with the plain loop of CompressAI."""

import argparse
import importlib.util
import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.bench import _options
from lcpc.bench._timing import machine_lines
from lcpc.config import Images
from lcpc.config.images import QUALITIES, Quality
from lcpc.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

    from lcpc.trainer.rounds import Rounds

PHOTOS, PHOTO_SIDES = 20, (320, 480)
SEED = 1
PLAIN_STEPS = 5
"""Steps of the plain loop between two looks at the clock."""
ROUNDS = 3
"""Times that the two are measured in turn."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--qualities", type=int, nargs="+", choices=QUALITIES, default=[1, 6],
                        help="they name the widths (default: 1 6)")
    parser.add_argument("--batch", type=int, default=8, help="patches in a step (default: 8)")
    parser.add_argument("--patch", type=int, default=256, help="their side, px (default: 256)")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16",
                        help="of lcpc's convolutions; the plain loop's are float32 (default: "
                        "bfloat16)")
    _options.add(parser, device="cpu", seconds=2.0, threads=os.cpu_count() or 1)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line a quality: medians of steps a second, measured in turn."""
    from lcpc.trainer.process import accelerator_name, prepare_process, usable_device

    if not (options.patch % 16 == 0 < options.patch <= min(PHOTO_SIDES) and options.batch > 0):
        raise ConfigError(f"--patch {options.patch} --batch {options.batch}: name a multiple of 16 "
                          f"up to {min(PHOTO_SIDES)}, and at least one patch")
    device = usable_device(options.device)
    prepare_process(options.threads)
    yield from machine_lines()
    where = accelerator_name(device) or f"{options.threads} cores"
    size = f"{options.batch} patches of {options.patch} x {options.patch}"
    yield f"A step: {size}, on {where}; lcpc {options.precision}, the plain loop float32."
    has_plain = importlib.util.find_spec("compressai") is not None
    if not has_plain:
        yield "CompressAI is not installed here: the plain loop is not measured."
    yield ""
    yield "| quality | N, M | plain loop, steps/s | lcpc, steps/s | lcpc, ms | times faster |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for quality in options.qualities:
        yield _line(quality, options, has_plain)


def _line(quality: Quality, options: argparse.Namespace, has_plain: bool) -> str:
    fast = lcpc_steps(quality, options)
    plain = plain_steps(quality, options) if has_plain else None
    rates: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        plain_rate = steps_a_second(plain, options.seconds) if plain else 0.0
        rates.append((plain_rate, steps_a_second(fast, options.seconds)))
    plain_rate, fast_rate = (statistics.median(column) for column in zip(*rates, strict=True))
    widths = Images(qualities=(quality,)).network(quality)
    times = (f"{plain_rate:.2f}", f"{fast_rate / plain_rate:.1f}") if plain_rate else ("–", "–")
    return (f"| {quality} | {widths.n}, {widths.m} | {times[0]} | {fast_rate:.2f} "
            f"| {1e3 / fast_rate:.2f} | {times[1]} |")


def steps_a_second(take_steps: Callable[[], int], seconds: float) -> float:
    """Take steps, which are done when the call returns, until `seconds` are over; their rate."""
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds or not count:
        count += take_steps()
    return count / passed


def lcpc_steps(quality: Quality, options: argparse.Namespace) -> Callable[[], int]:
    """A round of lcpc's training, begun and warm; it returns its number of steps."""
    rounds = _rounds(quality, options)
    numbers = iter(range(rounds.count))

    def take_steps() -> int:
        """One round; the number of its steps."""
        report = rounds.run(next(numbers))
        float(report["bpp"])  # waits for the device
        return rounds.steps

    take_steps()
    return take_steps


def _rounds(quality: Quality, options: argparse.Namespace) -> "Rounds":

    from lcpc.models.image_factorized import ImageBase
    from lcpc.trainer.image_transforms import rounds

    images = Images(qualities=(quality,))
    widths = images.network(quality)
    settings = {
        "lambda": images.lambda_of(quality), "steps": 10**6, "batch": options.batch,
        "patch": options.patch, "precision": options.precision, "learning_rate": 1e-3,
        "final_rate_fraction": 0.01, "betas": (0.9, 0.999), "density_rate": 10.0, "clip_norm": 1.0}
    base = ImageBase(widths.n, widths.m, SEED).train()
    return rounds(base, _photos(), settings, SEED, options.device)


def _photos() -> list[NDArray[np.uint8]]:
    """Noise; a step takes as long as on photographs."""
    rng = np.random.default_rng(SEED)
    return [rng.integers(0, 256, (*PHOTO_SIDES, 3), np.uint8) for _ in range(PHOTOS)]


def plain_steps(quality: Quality, options: argparse.Namespace) -> Callable[[], int]:
    """Steps of the loop that CompressAI's example shows, in float32, begun and warm: its network,
    its auxiliary loss for the quantiles, two optimisers."""
    import torch

    from lcpc.trainer.patches import patches

    training = PlainTraining(quality, options.device)
    photos = [torch.from_numpy(rgb) for rgb in _photos()]
    generator = torch.Generator().manual_seed(SEED)

    def take_steps() -> int:
        """`PLAIN_STEPS` steps of the plain loop; their number."""
        for _ in range(PLAIN_STEPS):
            x = patches(photos, options.batch, options.patch, generator).contiguous()
            training.step(x.to(options.device))
        float(training.quantiles[0].detach().sum())  # waits for the device
        return PLAIN_STEPS

    take_steps()
    return take_steps


class PlainTraining:
    """CompressAI's network of a quality and its two optimisers."""

    def __init__(self, quality: Quality, device: str) -> None:
        import torch
        from compressai.models.google import FactorizedPrior

        images = Images(qualities=(quality,))
        widths, self.lambda_ = images.network(quality), images.lambda_of(quality)
        self.network: Any = FactorizedPrior(widths.n, widths.m).to(device).train()
        named = dict(self.network.named_parameters())
        self.quantiles = [value for name, value in named.items() if name.endswith("quantiles")]
        others = [value for name, value in named.items() if not name.endswith("quantiles")]
        self.optimizer = torch.optim.Adam(others, 1e-4)
        self.auxiliary = torch.optim.Adam(self.quantiles, 1e-3)

    def step(self, x: "Tensor") -> None:
        """One step on patches x [B, 3, H, W]."""
        import torch

        self.optimizer.zero_grad()
        self.auxiliary.zero_grad()
        result: dict[str, Any] = self.network(x)
        pixels = x.shape[0] * x.shape[2] * x.shape[3]
        bpp = -torch.log2(result["likelihoods"]["y"]).sum() / pixels
        mse = 255**2 * (result["x_hat"] - x).square().mean()
        (bpp + self.lambda_ * mse).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.network.aux_loss().backward()
        self.auxiliary.step()
