"""The context model in training: channels in use, batches of latents, steps, whole numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lcpc.codecs.image_base import TrainedBase
from lcpc.data.photographs import Photographs
from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.entropy.logistic_mixtures import LARGEST_VALUE
from lcpc.log import logger
from lcpc.models.context_model import PARAMETERS, ContextModel, ContextShape, group_sizes
from lcpc.models.exact_context import whole_state
from lcpc.trainer.loop import Report, Task, cosine_rate, fit, round_generator, set_learning_rate
from lcpc.training._latent_grids import Grid, grids

LOG = logger("lcpc.training")
LEAST_SHARE = 2.0**-9
"""A channel is in use where so many of its values are not 0."""
ESCAPED_SHARE = 2.0**-17
"""About so many values lie outside the tables."""
GROUP_POWER = 1.6
"""Groups grow: the channels with the most bits come first, few at a time."""
LEAST_SPREAD = 0.15
FIRST_LOG_SCALES = (-1.5, -0.5, 0.5)
"""log2 s of the logistics at the start, against log2 of the channel's standard deviation."""
FIRST_WEIGHTS = 0.02
REPORT_STEPS = 100


def train(base: TrainedBase, photos: Photographs, settings: Mapping[str, Any], seed: int,
          resume: Path) -> tuple[dict[str, Any], float]:
    """(content of the checkpoint but its description, seconds of training)."""
    trained, held_out = split_latents(base, photos, settings, seed, resume.parent)
    channels = channels_in_use(trained)
    shape = shape_for(len(channels), settings)
    torch.manual_seed(seed)
    model = started(ContextModel(shape), spreads(trained, channels))
    identity = {"dataset_digest": photos.digest, "seed": seed, "settings": dict(settings)}
    used = [grid[channels] for grid in trained]
    seconds = fit_model(model, used, settings, seed, identity, resume)
    gain = held_out_gain_percent(model, base, held_out, channels)
    LOG.info("%.2f %% against the static distributions on %d held-out photographs", gain,
             len(held_out))
    largest = [_largest(trained, channels[begin:end]) for begin, end in shape.bounds]
    content = {
        "shape": shape.plain(), "state": whole_state(model), "largest": largest,
        "channels": torch.from_numpy(channels), "base_logs": torch.from_numpy(base.logs).int(),
        "held_out_gain_percent": gain}
    return content, seconds


def split_latents(base: TrainedBase, photos: Photographs, settings: Mapping[str, Any], seed: int,
                  folder: Path) -> tuple[list[Grid], list[Grid]]:
    """Latents of all versions to train on, and those of the photographs that are held out."""
    versions = [grids(base.network, photos, version, seed, folder)
                for version in range(settings["versions"])]
    period = settings["held_out"]
    trained = [grid for version in versions
               for index, grid in enumerate(version) if index % period]
    return trained, versions[0][::period]


def channels_in_use(latents: Sequence[Grid]) -> NDArray[np.int64]:
    """Channels whose values are not nearly always 0, those of the largest entropy first [C]."""
    values = np.concatenate([grid.reshape(len(grid), -1) for grid in latents], axis=1)
    share = (values != 0).mean(axis=1)
    used = np.flatnonzero(share >= LEAST_SHARE)
    entropies = np.array([_entropy(values[channel]) for channel in used])
    return used[np.argsort(-entropies, kind="stable")]


def _entropy(values: NDArray[np.int16]) -> float:
    _, counts = np.unique(values, return_counts=True)
    p = counts / counts.sum()
    return float(-(p * np.log2(p)).sum())


def spreads(latents: Sequence[Grid], channels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Standard deviation of each channel [C]."""
    values = np.concatenate([grid[channels].reshape(len(channels), -1) for grid in latents], axis=1)
    return np.asarray(values.std(axis=1, dtype=np.float64))


def _largest(latents: Sequence[Grid], channels: NDArray[np.int64]) -> int:
    """The least L such that nearly all values of the channels lie in -L ... L."""
    sizes = np.concatenate([abs(grid[channels]).ravel() for grid in latents])
    return int(np.clip(np.quantile(sizes, 1 - ESCAPED_SHARE, method="higher"), 1, LARGEST_VALUE))


def shape_for(channels: int, widths: Mapping[str, Any]) -> ContextShape:
    """The model of a size for so many channels."""
    count = min(widths["groups"], channels)
    ends = [max(group, round(channels * (group / count) ** GROUP_POWER))
            for group in range(count + 1)]
    return ContextShape(
        group_sizes(ends), widths["embedded"], widths["hidden"], widths["logistics"])


def started(model: ContextModel, spreads: NDArray[np.float64]) -> ContextModel:
    """The model before its first step: each value from a mixture as wide as its channel."""
    logistics = model.shape.logistics
    log_spreads = torch.from_numpy(np.log2(np.maximum(spreads, LEAST_SPREAD))).float()
    first = torch.tensor(FIRST_LOG_SCALES)[-logistics:]
    with torch.no_grad():
        for network, (begin, end) in zip(model.networks, model.shape.bounds, strict=True):
            outer, count = network.outer, end - begin
            outer.weight.normal_(0, FIRST_WEIGHTS)
            bias = torch.zeros(count, PARAMETERS, logistics)
            bias[:, 2] = log_spreads[begin:end, None] + first
            outer.bias.copy_(bias.flatten())
            for taps in network.taps.parameters():
                taps.zero_()
    return model


def fit_model(model: ContextModel, latents: Sequence[Grid], settings: Mapping[str, Any],
              seed: int, identity: Mapping[str, Any], resume: Path) -> float:
    """Train a model on latents of the channels in use; seconds."""
    steps, rate = settings["steps"], settings["learning_rate"]
    optimizer = torch.optim.Adam(model.parameters(), rate, settings["betas"], fused=True)

    def run_step(step: int) -> Report:
        """One step on random latents; bits a position to report."""
        y = batch(latents, settings["batch"], round_generator(seed, step))
        rise = min(1, (step + 1) / settings["warm_up_steps"])
        set_learning_rate(
            optimizer, rise * cosine_rate(rate, step / steps, settings["final_rate_fraction"]))
        optimizer.zero_grad()
        bits = model.bits(y) / y[..., 0].numel()
        bits.backward()
        nn.utils.clip_grad_norm_(model.parameters(), settings["clip_norm"])
        optimizer.step()
        return {"bits a position": bits.detach()}

    return fit(Task(
        module=model, optimizer=optimizer, run_round=run_step, rounds=steps, identity=identity,
        resume=resume, unit="step", report_rounds=REPORT_STEPS))


def batch(latents: Sequence[Grid], count: int, generator: torch.Generator) -> Tensor:
    """Latents of one orientation, cut to the size of the smallest: [B, h, w, C]."""
    order = torch.randint(len(latents), (8 * count,), generator=generator).tolist()
    is_upright = [latents[index].shape[1] > latents[index].shape[2] for index in order]
    chosen = [latents[index] for index, upright in zip(order, is_upright, strict=True)
              if upright == is_upright[0]][:count]
    height, width = np.min([grid.shape[1:] for grid in chosen], axis=0)
    places = torch.rand(len(chosen), 2, generator=generator).tolist()
    cut = [_cut(grid, height, width, place) for grid, place in zip(chosen, places, strict=True)]
    return torch.from_numpy(np.stack(cut)).permute(0, 2, 3, 1).float()


def _cut(grid: Grid, height: int, width: int, place: Sequence[float]) -> Grid:
    top = int(place[0] * (grid.shape[1] - height + 1))
    left = int(place[1] * (grid.shape[2] - width + 1))
    return grid[:, top:top + height, left:left + width]


@torch.no_grad()
def held_out_gain_percent(model: ContextModel, base: TrainedBase, latents: Sequence[Grid],
                          channels: NDArray[np.int64]) -> float:
    """Change of the bits of latents [M, h, w] against the static distributions, %."""
    static_bits = coded_bits = 0.0
    for grid in latents:
        place = np.clip(grid.reshape(len(grid), -1) - base.first, 0, base.bins - 1)
        static_bits -= np.take_along_axis(base.logs, place, axis=1).sum() / LOG_UNITS
        y = torch.from_numpy(grid[channels]).permute(1, 2, 0).float()
        coded_bits += float(model.bits(y[None]))
    return 100 * (coded_bits / float(static_bits) - 1)
