"""Trains g_a, g_s and the densities of an image base on random patches of photographs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lcpc.metrics.distortion import psnr_db
from lcpc.models.image_factorized import ImageBase
from lcpc.trainer import image_device
from lcpc.trainer.loop import (
    Report,
    Task,
    fit,
    parameter_groups,
    rising_rate,
    round_generator,
    set_learning_rate,
)
from lcpc.trainer.patches import patches
from lcpc.trainer.rounds import Rounds

PEAK = 255.0
REPORT_STEPS = 200


def train(base: ImageBase, photos: Sequence[NDArray[np.uint8]], settings: Mapping[str, Any],
          seed: int, identity: Mapping[str, Any], resume: Path, device: str = "cpu") -> float:
    """Train a base in place, on a device, where it stays; the seconds that it took.

    `resume` keeps the state in the middle and, for the stages to come, that of the end.
    """
    return run_rounds(base, rounds(base, photos, settings, seed, device), identity, resume)


def rounds(base: ImageBase, photos: Sequence[NDArray[np.uint8]], settings: Mapping[str, Any],
           seed: int, device: str) -> Rounds:
    """The rounds that train a base in place, on a device, where it stays."""
    if device == "cpu":
        return rounds_on_processor(base, photos, settings, seed)
    return image_device.rounds(base, photos, settings, seed, torch.device(device))


def run_rounds(base: ImageBase, rounds: Rounds, identity: Mapping[str, Any],
               resume: Path) -> float:
    """Run the rounds that train a base; the seconds that it took."""
    base.train()
    seconds = fit(Task(
        module=base, identity=identity, resume=resume, describe=_in_words, saves_end=True,
        **rounds.task("step", REPORT_STEPS)))
    base.eval()
    return seconds


def rounds_on_processor(base: ImageBase, photos: Sequence[NDArray[np.uint8]],
                        settings: Mapping[str, Any], seed: int) -> Rounds:
    """The rounds that train a base in place, a step each."""
    base.to(memory_format=torch.channels_last)
    tensors = [torch.from_numpy(np.require(rgb, requirements="W")) for rgb in photos]
    groups = parameter_groups(base, {"bottleneck": settings["density_rate"]})
    optimizer = torch.optim.Adam(groups, settings["learning_rate"], settings["betas"], fused=True)

    def run_step(step: int) -> Report:
        """One step on random patches; bits a pixel and MSE to report."""
        generator = round_generator(seed, step)
        x = patches(tensors, settings["batch"], settings["patch"], generator)
        set_learning_rate(optimizer, rising_rate(settings, step))
        optimizer.zero_grad()
        bpp, mse = rate_and_error(base, x, generator, settings["precision"])
        (bpp + settings["lambda"] * mse).backward()
        nn.utils.clip_grad_norm_(base.parameters(), settings["clip_norm"])
        optimizer.step()
        return {"bpp": bpp.detach(), "mse": mse.detach()}

    return Rounds(optimizer, run_step, settings["steps"])


def _in_words(report: Report) -> str:
    return f"{float(report['bpp']):.4f} bpp, {psnr_db(float(report['mse'])):.2f} dB"


def rate_and_error(base: ImageBase, x: Tensor, generator: torch.Generator,
                   precision: str) -> tuple[Tensor, Tensor]:
    """(bits a pixel, MSE in squared levels of 255) of images x [B, 3, H, W].

    Uniform noise takes the place of rounding.
    """
    is_short = precision == "bfloat16"
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_short):
        y = base.analyse(x)
    y = y.float()
    noisy = y + torch.rand(y.shape, generator=generator) - 0.5
    pixels = x.shape[0] * x.shape[2] * x.shape[3]
    bpp = -torch.log2(base.likelihood(noisy)).sum() / pixels
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_short):
        x_hat = base.synthesise(noisy.contiguous(memory_format=torch.channels_last))
    return bpp, PEAK**2 * (x_hat.float() - x).square().mean()
