"""Fits the densities of a trained base to the latents of all training photographs.

A base whose static distributions are not converged inflates the gap to the ideal ones and flatters
every method that adapts them. Here the likelihood of the exact counts of all latents is maximised,
the transforms frozen: only the family of densities separates the static distributions from the
average image's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc.entropy.integer_tables import LOG_UNITS, LONGEST_LOG
from lcpc.fast.graphs import Inputs, RecordedStep
from lcpc.log import logger
from lcpc.models.bottleneck import FactorizedDensity
from lcpc.models.image_factorized import ImageBase
from lcpc.trainer.loop import Clock, Report, Task, cosine_rate, fit, set_learning_rate
from lcpc.trainer.rounds import Rounds, adam, recorded_rounds, set_recorded_rate
from lcpc.training._latents import latents

LOG = logger("lcpc.training")
FARTHEST = 2048
"""Symbols farther from the median count as this far: they are escaped anyway."""
REPORT_STEPS = 500


def train(base: ImageBase, photos: Sequence[NDArray[np.uint8]], settings: Mapping[str, Any],
          identity: Mapping[str, Any], resume: Path, seconds: float = 0.0) -> tuple[float, float]:
    """Fit medians and densities in place, where the base lies: (gap to the ideal in %, seconds with
    those before)."""
    clock = Clock(seconds)
    y = latents(base, photos)
    base.median.copy_(medians(y))
    counts = [symbol_counts(latent.float() - base.median.unsqueeze(1)) for latent in y]
    total = torch.stack(counts).sum(0)
    stage = {**identity, "stage": "bottleneck"}
    fit_densities(base, total, settings, stage, resume_file(resume))
    gap = gap_percent(counts, base)
    LOG.info("static gap to the ideal distributions on %d training photographs: %.2f %%",
             len(photos), gap)
    return gap, clock.seconds()


def resume_file(resume: Path) -> Path:
    """The state in the middle of this stage, beside that of the stage before."""
    return resume.with_stem(f"{resume.stem}_bottleneck")


def base_content(base: ImageBase, description: Mapping[str, Any], bins: int) -> dict[str, Any]:
    """A base with its static distributions, for a checkpoint.

    logs: int32 [M, B], log2 in units of 2^-10 bits, whole numbers that are alike everywhere.
    """
    logs = torch.round(base.log2_pmf(bins).double() * LOG_UNITS).clamp(min=-LONGEST_LOG).int()
    return {**description, "kind": "image_base", "n": base.n, "m": base.m, "bins": bins,
            "state": base.state_dict(), "logs": logs}


def medians(y: Sequence[Tensor]) -> Tensor:
    """Median of each channel over all positions of all photographs: [M, n] each -> [M]."""
    values = (torch.cat(channel).float() for channel in zip(*y, strict=True))
    return torch.stack([channel.median() for channel in values])


def symbol_counts(y: Tensor) -> Tensor:
    """How often each symbol occurs: [M, n], medians taken off, -> [M, 2 FARTHEST + 1]."""
    width = 2 * FARTHEST + 1
    symbols = torch.round(y).long().clamp(-FARTHEST, FARTHEST) + FARTHEST
    place = symbols + width * torch.arange(len(y), device=y.device).unsqueeze(1)
    counts = torch.bincount(place.flatten(), minlength=len(y) * width)
    return counts.view(len(y), width).int()


def fit_densities(base: ImageBase, counts: Tensor, settings: Mapping[str, Any],
                  identity: Mapping[str, Any], resume: Path) -> None:
    """Maximise the likelihood of the symbols' counts [M, 2 FARTHEST + 1] over the densities."""
    used = counts.sum(0).nonzero()[:, 0]
    first, last = int(used[0]), int(used[-1])
    shares = counts[:, first:last + 1].T.float() / counts.sum(1)
    symbols = torch.arange(first, last + 1, device=counts.device).unsqueeze(1) - FARTHEST
    steps, rate = settings["bottleneck_steps"], settings["bottleneck_rate"]
    fit_to = _fit if counts.device.type == "cpu" else _fit_recorded
    fit_to(base.bottleneck, shares, base.median + symbols, steps, rate,
           {"identity": identity, "resume": resume})
    LOG.info("its channels' own entropies: %.4f bits a position", float(_entropy(shares)))


def _fit(density: FactorizedDensity, shares: Tensor, y_hat: Tensor, steps: int, rate: float,
         task: Mapping[str, Any]) -> None:
    optimizer = torch.optim.Adam(density.parameters(), rate)

    def run_step(step: int) -> Report:
        """One step on the counts of all latents; bits a position to report."""
        set_learning_rate(optimizer, cosine_rate(rate, step / steps))
        optimizer.zero_grad()
        loss = -(shares * torch.log2(density.likelihood(y_hat))).sum()
        loss.backward()
        optimizer.step()
        return {"bits a position": loss.detach()}

    rounds = Rounds(optimizer, run_step, steps)
    fit(Task(module=density, **rounds.task("bottleneck step", REPORT_STEPS), **task))


def _fit_recorded(density: FactorizedDensity, shares: Tensor, y_hat: Tensor, steps: int,
                  rate: float, task: Mapping[str, Any]) -> None:
    """The same on an accelerator, a step recorded."""
    optimizer = adam(list(density.parameters()), (0.9, 0.999), shares.device)

    def step(inputs: Inputs) -> dict[str, Tensor]:
        """The same, as it is recorded."""
        set_recorded_rate(optimizer, inputs["rate"])
        optimizer.zero_grad(set_to_none=True)
        loss = -(shares * torch.log2(density.likelihood(y_hat))).sum()
        loss.backward()
        optimizer.step()
        return {"bits a position": loss.detach()}

    def inputs(first: int, last: int) -> Iterator[Inputs]:
        """Learning rates of the steps `first` to before `last`."""
        for number in range(first, last):
            yield {"rate": torch.tensor(cosine_rate(rate, number / steps))}

    rounds = recorded_rounds(RecordedStep(step, shares.device), inputs, optimizer, steps)
    fit(Task(module=density, **rounds.task("bottleneck step", REPORT_STEPS), **task))


def gap_percent(counts: Sequence[Tensor], base: ImageBase) -> float:
    """100 (R_ideal - R_static) / R_static of all photographs: counts [M, 2 FARTHEST + 1] each."""
    static = base.log2_pmf(2 * FARTHEST)
    ideal_bits, static_bits = 0.0, 0.0
    for count in counts:
        inside = count[:, :-1].float()
        positions = int(count[0].sum())
        ideal_bits += float(_entropy(inside.T / count.sum(1))) * positions
        static_bits -= float((inside * static).sum())
    return 100 * (ideal_bits - static_bits) / static_bits


def _entropy(shares: Tensor) -> Tensor:
    return -(shares * torch.log2(shares.clamp(min=1e-30))).sum()
