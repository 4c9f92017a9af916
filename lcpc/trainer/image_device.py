"""Trains an image base on an accelerator: photographs lie there, and all of a step is recorded.

With `base_precision: bfloat16`, convolutions and divisive normalisations keep and move 16 bits and
sum in float32. The layers about the latent (the last one of g_a, the first two of g_s), noise,
likelihoods, error, trained values, their gradients and Adam are float32.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lcpc.fast.graphs import Inputs, RecordedStep
from lcpc.fast.images import normalisations, transformed
from lcpc.models.image_factorized import ImageBase
from lcpc.trainer.loop import parameter_groups, rising_rate, round_generator
from lcpc.trainer.rounds import Rounds, adam, recorded_rounds, set_recorded_rate

PEAK = 255.0


@dataclass(frozen=True)
class Album:
    """All pixels [n, 3] of some photographs, one after the other, and where each begins."""

    pixels: Tensor
    begins: NDArray[np.int64]
    heights: NDArray[np.int64]
    widths: NDArray[np.int64]

    @classmethod
    def of(cls, photos: Sequence[NDArray[np.uint8]], device: torch.device) -> "Album":
        """Copy photographs uint8 [H, W, 3] to a device."""
        sides = np.array([rgb.shape[:2] for rgb in photos], dtype=np.int64)
        begins = list(accumulate(sides.prod(1).tolist(), initial=0))[:-1]
        pixels = torch.from_numpy(np.concatenate([rgb.reshape(-1, 3) for rgb in photos]))
        return cls(pixels.to(device), np.array(begins), sides[:, 0], sides[:, 1])

    def places(self, steps: int, batch: int, side: int, generator: torch.Generator) -> Tensor:
        """Random patches for some steps: int64 [steps, 3, B], first pixel, width, whether
        mirrored."""
        chosen = torch.randint(len(self.begins), (steps, batch), generator=generator).numpy()
        top, left, mirror = torch.rand(3, steps, batch, generator=generator).double().numpy()
        width = self.widths[chosen]
        y = (top * (self.heights[chosen] - side + 1)).astype(np.int64)
        x = (left * (width - side + 1)).astype(np.int64)
        first = self.begins[chosen] + y * width + x
        return torch.from_numpy(np.stack([first, width, mirror < 0.5], 1).astype(np.int64))

    def patches(self, places: Tensor, side: int) -> Tensor:
        """Patches [B, 3, side, side] at places [3, B], values 0 to 1, channels last in memory."""
        first, width, is_mirrored = places[..., None, None]
        steps = torch.arange(side, device=places.device)
        columns = torch.where(is_mirrored > 0, side - 1 - steps, steps)
        index = first + width * steps[:, None] + columns
        chosen = self.pixels[index.flatten()].view(*index.shape, 3)
        # [B, side, side, 3] -> [B, 3, side, side]
        return chosen.permute(0, 3, 1, 2).float() / 255


def rounds(base: ImageBase, photos: Sequence[NDArray[np.uint8]], settings: Mapping[str, Any],
           seed: int, device: torch.device) -> Rounds:
    """The rounds that train a base in place, on a device, where it stays."""
    base.to(device).to(memory_format=torch.channels_last)
    album = Album.of(photos, device)
    noise = torch.Generator(device)
    groups = parameter_groups(base, {"bottleneck": settings["density_rate"]})
    optimizer = adam(groups, settings["betas"], device)

    def step(inputs: Inputs) -> dict[str, Tensor]:
        """One step, as it is recorded; bits a pixel and MSE to report."""
        x = album.patches(inputs["places"], settings["patch"])
        set_recorded_rate(optimizer, inputs["rate"])
        optimizer.zero_grad(set_to_none=True)
        bpp, mse = rate_and_error(base, x, noise, settings["precision"])
        (bpp + settings["lambda"] * mse).backward()
        nn.utils.clip_grad_norm_(base.parameters(), settings["clip_norm"], foreach=True)
        optimizer.step()
        return {"bpp": bpp.detach(), "mse": mse.detach()}

    def inputs(first: int, last: int) -> Iterator[Inputs]:
        """Places of patches and learning rates of the steps `first` to before `last`."""
        generator = round_generator(seed, first)
        noise.manual_seed(int(torch.randint(2**62, (), generator=generator)))
        places = album.places(last - first, settings["batch"], settings["patch"], generator)
        for number, place in enumerate(places, first):
            yield {"places": place, "rate": torch.tensor(rising_rate(settings, number))}

    recorded = RecordedStep(step, device, [noise])
    return recorded_rounds(recorded, inputs, optimizer, settings["steps"])


def rate_and_error(base: ImageBase, x: Tensor, noise: torch.Generator,
                   precision: str) -> tuple[Tensor, Tensor]:
    """(bits a pixel, MSE in squared levels of 255) of images x [B, 3, H, W]; see
    `lcpc.trainer.image_transforms`."""
    values = normalisations(base.g_a, base.g_s)
    short = torch.autocast(x.device.type, torch.bfloat16, precision == "bfloat16",
                           cache_enabled=False)
    with short:
        features = transformed(base.g_a[:-1], x, values)
    y = base.g_a[-1](features.float())
    noisy = y + torch.rand(y.shape, generator=noise, device=y.device) - 0.5
    pixels = x.shape[0] * x.shape[2] * x.shape[3]
    bpp = -torch.log2(base.likelihood(noisy)).sum() / pixels
    features = base.g_s[0](noisy.contiguous(memory_format=torch.channels_last))
    with short:
        x_hat = transformed(base.g_s[1:], features, values)
    return bpp, PEAK**2 * (x_hat.float() - x).square().mean()
