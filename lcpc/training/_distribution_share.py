"""Bits of photographs that a distribution model was not trained on, beside those that it was."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc.codecs.image_base import TrainedBase
from lcpc.data.photographs import Photographs
from lcpc.data.seeds import seed_of
from lcpc.entropy.histogram import counts
from lcpc.models.distribution_codec import DistributionCodec
from lcpc.training import _distribution_model, _latent_grids
from lcpc.training._latents import whole_steps

Bits: TypeAlias = dict[str, float]


def of_changes(base: TrainedBase, photos: Photographs, settings: Mapping[str, Any],
               changes: Sequence[Mapping[str, float]], period: int,
               device: str) -> Iterator[tuple[Bits, Bits]]:
    """`bits` of the held-out photographs, every so many, and of as many trained on, for a model of
    each change. Latents are computed once."""
    seed = seed_of(settings["seed"], "distribution", settings["quality"]) % 2**31
    rest = [rgb for index, rgb in enumerate(photos.rgb) if index % period]
    trained = Photographs(photos.name, tuple(rest), f"{photos.digest} but every {period}th")
    with tempfile.TemporaryDirectory() as folder:
        _latent_grids.grids(base.network, trained, 0, seed, Path(folder))
        for number, change in enumerate(changes):
            model, _ = _distribution_model.train(
                base, trained, {**settings, **change}, seed, {"change": number},
                Path(folder) / f"{number}.pt", device)
            held_out, seen = (bits(model, base, some, settings["target_positions"])
                              for some in (photos.rgb[::period], rest[::period]))
            yield held_out, seen


def bits(model: DistributionCodec, base: TrainedBase, photos: Sequence[NDArray[np.uint8]],
         target_positions: float) -> Bits:
    """Bits of all latents: static, ideal, adapted, side.

    Side information is paid once in `target_positions` positions.
    """
    sums = dict.fromkeys(("static", "ideal", "adapted", "side"), 0.0)
    with torch.no_grad():
        for rgb in photos:
            symbols = base.network.symbols(base.network.analyse(whole_steps(rgb)))
            positions = symbols[0, 0].numel()
            p = counts(symbols.flatten(2), model.shape.width).float() / positions
            q_hat = torch.round(model.analyse(p))
            side = -torch.log2(model.likelihood(q_hat)).sum()
            logs = {"static": model.default, "ideal": torch.log2(p.clamp(min=1e-30)),
                    "adapted": model.synthesise(q_hat)}
            for name, log in logs.items():
                sums[name] += _cost(p, log) * positions
            sums["side"] += float(side) * positions / target_positions
    return sums


def _cost(p: Tensor, logs: Tensor) -> float:
    return -float((p * logs).sum())
