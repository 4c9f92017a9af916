"""The distribution model in training: start, steps, and the integer tables that code q."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lcpc.codecs.image_base import TrainedBase
from lcpc.data.photographs import Photographs
from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.entropy.pmf import frequency_tables
from lcpc.fast.graphs import Inputs, RecordedStep
from lcpc.models.bottleneck import TAIL_MASS
from lcpc.models.distribution_codec import STRIDE, DistributionCodec, DistributionShape
from lcpc.trainer.loop import (
    Report,
    Task,
    fit,
    parameter_groups,
    rising_rate,
    round_generator,
    set_learning_rate,
)
from lcpc.trainer.rounds import Rounds, adam, recorded_rounds, set_recorded_rate
from lcpc.training._latent_grids import kept
from lcpc.training._latents import Histograms, histograms

LEAST_LOG_BITS, LEAST_WINDOW = -14, 32
LONGEST_SUPPORT = 512
REPORT_STEPS = 500


def train(base: TrainedBase, photos: Photographs, settings: Mapping[str, Any], seed: int,
          identity: Mapping[str, Any], resume: Path,
          device: str = "cpu") -> tuple[DistributionCodec, float]:
    """The trained model of a base, and the seconds that it took.

    Base and model lie on the device while it trains, and on the processor afterwards.
    """
    shape = DistributionShape(
        base.network.m, settings["n_q"], settings["m_q"], base.bins, window=window_of(base),
        slope=settings["slope"])
    known = kept(base.network, photos, 0, seed, resume.parent)
    symbols = [torch.from_numpy(grid).long() for grid in known]
    pieces = histograms(
        base.network.to(device), photos.rgb, settings["versions"], shape.width, seed, symbols)
    base.network.cpu()
    generator = torch.Generator().manual_seed(seed)
    model = DistributionCodec(shape, torch.from_numpy(base.logs) / LOG_UNITS, generator)
    model.start(pieces.shares(slice(0, settings["start_pieces"])).cpu(), generator)
    fit_to = _fit if device == "cpu" else _fit_recorded
    task: dict[str, Any] = {"identity": identity, "resume": resume, "describe": _in_words}
    seconds = fit_to(model.to(device), pieces, settings, seed, task)
    return model.cpu(), seconds


def _fit(model: DistributionCodec, pieces: Histograms, settings: Mapping[str, Any], seed: int,
         task: Mapping[str, Any]) -> float:
    groups = parameter_groups(model, {"bottleneck": settings["density_rate"]})
    optimizer = torch.optim.Adam(groups, settings["learning_rate"], settings["betas"], fused=True)

    def run_step(step: int) -> Report:
        """One step on random histograms; bits to report."""
        generator = round_generator(seed, step)
        chosen = torch.randint(len(pieces), (settings["batch"],), generator=generator)
        set_learning_rate(optimizer, rising_rate(settings, step))
        optimizer.zero_grad()
        report = _gradients(model, pieces, chosen, settings, generator)
        optimizer.step()
        return report

    rounds = Rounds(optimizer, run_step, settings["steps"])
    return fit(Task(module=model, **rounds.task("step", REPORT_STEPS), **task))


def _fit_recorded(model: DistributionCodec, pieces: Histograms, settings: Mapping[str, Any],
                  seed: int, task: Mapping[str, Any]) -> float:
    """The same on an accelerator, a step recorded."""
    device, steps = pieces.counts.device, settings["steps"]
    groups = parameter_groups(model, {"bottleneck": settings["density_rate"]})
    optimizer, noise = adam(groups, settings["betas"], device), torch.Generator(device)

    def step(inputs: Inputs) -> dict[str, Tensor]:
        """One step of the optimiser; what it reports."""
        set_recorded_rate(optimizer, inputs["rate"])
        optimizer.zero_grad(set_to_none=True)
        report = _gradients(model, pieces, inputs["chosen"], settings, noise)
        optimizer.step()
        return report

    def inputs(first: int, last: int) -> Iterator[Inputs]:
        """Chosen histograms and learning rates of the steps `first` to before `last`."""
        generator = round_generator(seed, first)
        noise.manual_seed(int(torch.randint(2**62, (), generator=generator)))
        size = (last - first, settings["batch"])
        all_chosen = torch.randint(len(pieces), size, generator=generator)
        for number, chosen in enumerate(all_chosen, first):
            yield {"chosen": chosen, "rate": torch.tensor(rising_rate(settings, number))}

    rounds = recorded_rounds(RecordedStep(step, device, [noise]), inputs, optimizer, steps)
    return fit(Task(module=model, **rounds.task("step", REPORT_STEPS), **task))


def _gradients(model: DistributionCodec, pieces: Histograms, chosen: Tensor,
               settings: Mapping[str, Any], generator: torch.Generator) -> dict[str, Tensor]:
    """Set the gradients of a batch of pieces, those of the transforms clipped; what to report."""
    p, positions = pieces.shares(chosen), pieces.positions[chosen]
    y_bits, q_bits = rates(model, p, generator)
    side_bits = q_bits * _side_weight(positions, settings) / positions
    (y_bits + side_bits).mean().backward()
    transforms = [*model.h_a_q.parameters(), *model.h_s_q.parameters()]
    nn.utils.clip_grad_norm_(transforms, settings["clip_norm"])
    static_bits = -(p * model.default).sum((1, 2))
    return {"static": static_bits.mean(), "adapted": y_bits.detach().mean(),
            "side": side_bits.detach().mean()}


def _side_weight(positions: Tensor, settings: Mapping[str, Any]) -> Tensor:
    """lambda_q of pieces of latents with so many positions."""
    area = positions / settings["target_positions"]
    return torch.full_like(area, settings["lambda_q"]) if settings["lambda_q"] else area


def _in_words(report: Report) -> str:
    static, adapted, side = (float(report[name]) for name in ("static", "adapted", "side"))
    total = adapted + side
    change, share = 100 * (total / static - 1), 100 * side / total
    return (f"{total:.3f} bits a position, {change:+.2f} % of static, {share:.2f} % of them side "
            "information")


def window_of(base: TrainedBase) -> int:
    """Middle bins such that no bin outside is likelier than 2^-14; a multiple of 8, at least 32."""
    is_likely = (base.logs > LEAST_LOG_BITS * LOG_UNITS).any(axis=0)
    values = np.flatnonzero(is_likely) + base.first
    farthest = int(abs(values).max(initial=0))
    width = -(-2 * (farthest + 1) // STRIDE) * STRIDE
    return min(base.bins, max(LEAST_WINDOW, width))


def rates(model: DistributionCodec, p: Tensor,
          generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """(bits a position of y with p_hat [S], bits of q [S]) of histograms p [S, M, window].

    For p_hat, q is rounded and its gradient passed straight through; for its rate, q gets noise.
    """
    q = model.analyse(p)
    noisy = q + torch.rand(q.shape, generator=generator, device=q.device) - 0.5
    rounded = q + (torch.round(q) - q).detach()
    y_bits = -(p * model.synthesise(rounded)).sum((1, 2))
    return y_bits, -torch.log2(model.likelihood(noisy)).sum(1)


@torch.no_grad()
def frequency_arrays(model: DistributionCodec) -> dict[str, Tensor]:
    """Integer tables of all elements of q, as plain tensors for a checkpoint."""
    density = model.bottleneck
    low, high = density.quantile(TAIL_MASS / 2), density.quantile(1 - TAIL_MASS / 2)
    first = torch.floor(low).clamp(-LONGEST_SUPPORT / 2, 0)
    last = torch.ceil(high).clamp(0, LONGEST_SUPPORT / 2)
    length = (last - first).long() + 1
    pmf = density.probabilities(torch.zeros_like(first), first, int(length.max()))
    rows = pmf.T.double().numpy()
    supports = [row[:count] for row, count in zip(rows, length.tolist(), strict=True)]
    tables = frequency_tables(supports, first.long().numpy())
    return {name: torch.from_numpy(array) for name, array in tables.to_arrays().items()}
