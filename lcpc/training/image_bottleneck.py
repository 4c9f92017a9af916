"""Fits the entropy bottleneck of a trained base to the latents of all training photographs, the transforms frozen.

A base whose static distributions are not converged inflates the gap to the ideal ones and flatters every method that
adapts them. Here the likelihood of the exact counts of all latents is maximised, so nothing but the family of densities
stands between the static distributions and the average image's own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc.entropy.integer_tables import LOG_UNITS, LONGEST_LOG
from lcpc.log import logger, progress
from lcpc.models.image_factorized import ImageBase
from lcpc.training import checkpoint
from lcpc.training.image_base import learning_rate
from lcpc.training.latents import latents

LOG = logger("lcpc.training")
LEARNING_RATE = 1e-2
FARTHEST = 2048
"""Symbols farther from the median count as this far: they are escaped anyway."""


def finish_base(base: ImageBase, identity: dict[str, Any], photos: Sequence[NDArray[np.uint8]], bins: int, steps: int,
                target: Path) -> None:
    """Fit medians and densities, and write the base with the static distributions that its codecs share.

    `identity` says what the base is and, as `origin` and `quality`, what its rows say of it.
    """
    y = latents(base, photos)
    base.median.copy_(medians(y))
    counts = [symbol_counts(one.float() - base.median.unsqueeze(1)) for one in y]
    fit(base, torch.stack(counts).sum(0), steps)
    gap = gap_percent(counts, base)
    LOG.info("static gap to the ideal distributions on %d training photographs: %.2f %%", len(photos), gap)
    write(base, identity | {"bottleneck_steps": steps, "training_gap_percent": gap}, bins, target)


def write(base: ImageBase, identity: dict[str, Any], bins: int, target: Path) -> None:
    """Write a base with its static distributions: int32 [M, B], log2 in units of 2^-10 bits, alike on every machine."""
    logs = torch.round(base.log2_pmf(bins).double() * LOG_UNITS).clamp(min=-LONGEST_LOG).int()
    checkpoint.save(target, {**identity, "kind": "image_base", "n": base.n, "m": base.m, "bins": bins,
                             "state": base.state_dict(), "logs": logs})


def medians(y: Sequence[Tensor]) -> Tensor:
    """Median of each channel over all positions of all photographs: [M, n] each -> [M]."""
    channels = range(len(y[0]))
    return torch.stack([torch.cat([one[channel] for one in y]).float().median() for channel in channels])


def symbol_counts(y: Tensor) -> Tensor:
    """How often each symbol -FARTHEST ... FARTHEST occurs: [M, n], medians taken off, -> [M, 2 FARTHEST + 1]."""
    width = 2 * FARTHEST + 1
    symbols = torch.round(y).long().clamp(-FARTHEST, FARTHEST) + FARTHEST
    place = symbols + width * torch.arange(len(y)).unsqueeze(1)
    return torch.bincount(place.flatten(), minlength=len(y) * width).view(len(y), width).int()


def fit(base: ImageBase, counts: Tensor, steps: int) -> None:
    """Maximise the likelihood of the symbols' counts [M, 2 FARTHEST + 1] over the densities of the bottleneck."""
    used = counts.sum(0).nonzero()[:, 0]
    first, last = int(used[0]), int(used[-1])
    shares = counts[:, first:last + 1].T.float() / counts.sum(1)
    symbols = torch.arange(first, last + 1).unsqueeze(1) - FARTHEST
    places = (base.median + symbols).unsqueeze(0)
    optimizer = torch.optim.Adam(base.bottleneck.parameters(), LEARNING_RATE)
    for step in progress(range(steps), "bottleneck", steps):
        optimizer.param_groups[0]["lr"] = learning_rate(LEARNING_RATE, step / steps)
        optimizer.zero_grad()
        loss = -(shares * torch.log2(base.bottleneck(places)[0])).sum()
        loss.backward()
        optimizer.step()
    spent, least = float(loss.detach()), float(_entropy(shares))
    LOG.info("bottleneck fitted in %d steps: %.4f bits a position (its channels' own entropies: %.4f)", steps, spent, least)


def gap_percent(counts: Sequence[Tensor], base: ImageBase) -> float:
    """100 (R_ideal - R_static) / R_static, all photographs together: counts [M, 2 FARTHEST + 1] each."""
    static = base.log2_pmf(2 * FARTHEST)
    ideal_bits, static_bits = 0.0, 0.0
    for one in counts:
        kept = one[:, :-1].float()
        ideal_bits += float(_entropy(kept.T / one.sum(1))) * int(one[0].sum())
        static_bits -= float((kept * static).sum())
    return 100 * (ideal_bits - static_bits) / static_bits


def _entropy(shares: Tensor) -> Tensor:
    return -(shares * torch.log2(shares.clamp(min=1e-30))).sum()
