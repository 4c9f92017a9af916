"""Trains the base of the image codecs, bmshj2018-factorized: L = R + lambda 255^2 MSE; goes on where it was killed."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lcpc.config import Images
from lcpc.data.photographs import Photographs
from lcpc.log import logger, progress
from lcpc.metrics.distortion import psnr_db
from lcpc.models.image_factorized import ImageBase
from lcpc.training import checkpoint
from lcpc.training.patches import patches, step_generator

LOG = logger("lcpc.training")
CLIP_NORM = 1.0
FINAL_RATE_FRACTION = 0.01
DENSITY_RATE = 10.0
"""The densities learn this many times faster than the transforms: they start ten bins wide, and few end as wide."""
REPORT_STEPS = 200
SAVE_SECONDS = 120.0
KEYS = ("base_batch", "base_patch", "base_learning_rate", "base_precision")
PEAK = 255.0


@dataclass(frozen=True)
class Start:
    """Weights to start from: those of the base of another quality, and the digest of their file."""

    state: dict[str, Tensor]
    quality: int
    digest: str


def train_transforms(images: Images, quality: int, seed: int, photos: Photographs, start: Start | None,
                     resume: Path) -> tuple[ImageBase, dict[str, Any]]:
    """The trained base and its identity. `resume` holds the state in the middle, and at the end the state of the end.

    A file there that belongs to another training is left alone until the new one writes over it.
    """
    shape, steps = images.network(quality), images.warm_steps if start and images.warm_steps else images.base_steps
    identity = {"kind": "image_transforms", "quality": quality, "lambda": images.lambda_of(quality), "n": shape.n, "m": shape.m,
                "seed": seed, "steps": steps, **{key: getattr(images, key) for key in KEYS},
                "start_digest": start.digest if start else "", "dataset": photos.name, "dataset_digest": photos.digest}
    base = ImageBase(shape.n, shape.m, seed).to(memory_format=torch.channels_last)
    if start:
        base.load_state_dict(start.state)
    training = _Training(base, images, images.lambda_of(quality), seed, steps, resume, identity)
    training.run([torch.from_numpy(np.require(rgb, requirements="W")) for rgb in photos.rgb])
    return base.eval(), identity


class _Training:
    """One run of the loop: the base, its optimiser, and how far they are."""

    def __init__(self, base: ImageBase, images: Images, lambda_: float, seed: int, steps: int, resume: Path,
                 identity: dict[str, Any]) -> None:
        self.base, self.images, self.lambda_, self.seed, self.steps = base, images, lambda_, seed, steps
        self.resume, self.identity = resume, identity
        transforms = [*base.g_a.parameters(), *base.g_s.parameters()]
        groups = [{"params": transforms, "rate": 1.0}, {"params": list(base.bottleneck.parameters()), "rate": DENSITY_RATE}]
        self.optimizer = torch.optim.Adam(groups, images.base_learning_rate, fused=True)
        self.done = self._found()

    def run(self, photos: Sequence[Tensor]) -> None:
        """All steps that are left; the state is written every two minutes and at the end."""
        self.base.train()
        seen, saved = torch.zeros(2), time.monotonic()
        for step in progress(range(self.done, self.steps), "steps", self.steps - self.done):
            seen += self._step(photos, step)
            self.done = step + 1
            if self.done % REPORT_STEPS == 0:
                bpp, mse = (seen / REPORT_STEPS).tolist()
                LOG.info("step %d of %d: %.4f bpp, %.2f dB", self.done, self.steps, bpp, psnr_db(mse))
                seen.zero_()
            if self.done == self.steps or time.monotonic() - saved > SAVE_SECONDS:
                self._save()
                saved = time.monotonic()

    def _step(self, photos: Sequence[Tensor], step: int) -> Tensor:
        """One step of Adam; (bits a pixel, MSE in squared levels of 255)."""
        generator = step_generator(self.seed, step)
        x = patches(photos, self.images.base_batch, self.images.base_patch, generator)
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * learning_rate(self.images.base_learning_rate, step / self.steps)
        self.optimizer.zero_grad()
        bpp, mse = rate_and_error(self.base, x, generator, self.images.base_precision)
        (bpp + self.lambda_ * mse).backward()
        nn.utils.clip_grad_norm_(self.base.parameters(), CLIP_NORM)
        self.optimizer.step()
        return torch.stack([bpp.detach(), mse.detach()])

    def _found(self) -> int:
        if not self.resume.is_file():
            return 0
        content = checkpoint.read(self.resume)
        if content["identity"] != self.identity:
            LOG.info("%s belongs to another training; starting afresh", self.resume.name)
            return 0
        checkpoint.restore(self.base, content["module"], self.resume)
        self.optimizer.load_state_dict(content["optimizer"])
        LOG.info("going on at step %d of %d from %s", content["step"] + 1, self.steps, self.resume.name)
        return int(content["step"])

    def _save(self) -> None:
        checkpoint.save(self.resume, {"identity": self.identity, "step": self.done, "module": self.base.state_dict(),
                                      "optimizer": self.optimizer.state_dict()})


def learning_rate(start: float, done: float) -> float:
    """Cosine from `start` to a hundredth of it; `done` is the share of the training that is over."""
    return start * (FINAL_RATE_FRACTION + (1 - FINAL_RATE_FRACTION) * (1 + math.cos(math.pi * done)) / 2)


def rate_and_error(base: ImageBase, x: Tensor, generator: torch.Generator, precision: str) -> tuple[Tensor, Tensor]:
    """(bits a pixel, MSE in squared levels of 255) of images x [B, 3, H, W] under uniform noise instead of rounding."""
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
        y = base.analyse(x)
    y = y.float()
    noisy = y + torch.rand(y.shape, generator=generator) - 0.5
    pixels = x.shape[0] * x.shape[2] * x.shape[3]
    bpp = -torch.log2(base.likelihood(noisy)).sum() / pixels
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
        x_hat = base.synthesise(noisy.contiguous(memory_format=torch.channels_last))
    return bpp, PEAK**2 * (x_hat.float() - x).square().mean()
