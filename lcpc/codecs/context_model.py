"""A trained context model on a base: the latent's values to tables and back, pass by pass."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc.checkpoints import require
from lcpc.codecs.image_base import Symbols, TrainedBase
from lcpc.entropy import rans, sparse
from lcpc.entropy.logistic_mixtures import LARGEST_VALUE, least_bits
from lcpc.entropy.pmf import FrequencyTables
from lcpc.entropy.rans import TabledSymbols
from lcpc.entropy.reweighted import ratios_of, reweighted
from lcpc.errors import DataError, refusing
from lcpc.models.context_model import (
    Pass,
    lattice,
    macs_per_position,
    positions_of,
    shape_of,
)
from lcpc.models.exact_context import ExactContext

BYTE_BITS = 8

Ratios: TypeAlias = Sequence[NDArray[np.int64]]
"""What tables of each group are multiplied by [channels, values]; none where they stay as they
are."""


class Stage(NamedTuple):
    """One pass of one group: values of the group [1, h, w, channels], and a table for each value of
    the pass."""

    values: Tensor
    pass_: Pass
    tables: FrequencyTables


@dataclass(frozen=True, eq=False)
class TrainedContext:
    """The network in whole numbers.

    channels: those in use [C], in the order of coding; all others are nearly always 0.
    largest: of each group, the largest value that has a probability of its own.
    """

    network: ExactContext
    m: int
    channels: NDArray[np.int64]
    largest: tuple[int, ...]

    @staticmethod
    def load(content: Mapping[str, Any], where: str, base: TrainedBase) -> "TrainedContext":
        """The model in a checkpoint. Raises DataError naming `where` unless it fits `base`."""
        require(content, where, "context", "shape", "state")
        with refusing(DataError, where, "does not fit its own description", "train again"):
            return TrainedContext._loaded(content, where, base)

    @staticmethod
    def _loaded(content: Mapping[str, Any], where: str, base: TrainedBase) -> "TrainedContext":
        if not np.array_equal(content["base_logs"].numpy(), base.logs):
            raise DataError(
                f"{where} belongs to another base than quality {base.quality} of this run; "
                "train it again")
        shape = shape_of(content["shape"])
        network = ExactContext.of(shape, content["state"], where)
        channels = content["channels"].numpy().astype(np.int64)
        largest = tuple(map(int, content["largest"]))
        is_usable = len(channels) == sum(shape.groups) and len(largest) == len(shape.groups)
        is_known = np.isin(channels, np.arange(base.network.m)).all()
        has_twins = len(np.unique(channels)) < len(channels)
        has_tables = all(1 <= value <= LARGEST_VALUE for value in largest)
        if not is_usable or not is_known or has_twins or not has_tables:
            raise DataError(f"{where} does not fit its own description; train again")
        return TrainedContext(network, base.network.m, channels, largest)

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum(value.numel() for value in self.network.parameters())

    def macs(self, positions: int) -> float:
        """Multiply-accumulates of the layers for a latent of so many positions."""
        return positions * macs_per_position(self.network.shape)

    def encode(self, symbols: Symbols, height: int, width: int) -> bytes:
        """Integers of a latent [M, h * w] as bytes."""
        return self.stream(symbols, self.parts(symbols, height, width))

    def stream(self, symbols: Symbols, parts: Sequence[TabledSymbols]) -> bytes:
        """The same, of `parts` of the latent."""
        return self._others(symbols) + rans.encode_parts(parts)

    def decode(self, stream: bytes, height: int, width: int, ratios: Ratios = ()) -> Symbols:
        """The integers [M, h * w] of a stream. Raises BitstreamError if `encode` can't write it."""
        positions = height * width
        is_other = self._is_other()
        others, rest = sparse.decode(stream, int(is_other.sum()) * positions)
        decoder = rans.RansDecoder(rest, len(self.channels) * positions)
        decoder.promise(self._least_bits(height, width, ratios))
        y = torch.zeros(1, height, width, len(self.channels), dtype=torch.float64)
        for stage in self._stages(y, ratios):
            fill(stage.values, stage.pass_, decoder.take(stage.tables, 1))
        decoder.check()
        symbols = np.zeros((self.m, positions), dtype=np.int64)
        symbols[is_other] = others.reshape(-1, positions)
        # [1, h, w, C] -> [C, h * w]
        symbols[self.channels] = y[0].permute(2, 0, 1).flatten(1).long().numpy()
        return symbols

    def _least_bits(self, height: int, width: int, ratios: Ratios) -> float:
        """What a latent costs at least: no memory is taken for one that a stream can't hold.

        The tables of the first pass are equal at all positions; of others, the limits are known.
        """
        y = torch.zeros(1, 1, 1, len(self.channels), dtype=torch.float64)
        first = next(self._stages(y, ratios))
        step = first.pass_.step
        places = -(-height // step) * -(-width // step)
        groups = zip(self.network.shape.groups, self.largest, strict=True)
        limit = sum(channels * least_bits(largest) for channels, largest in groups)
        return places * rans.least_bits(first.tables) + (height * width - places) * limit

    def bits(self, symbols: Symbols, height: int, width: int) -> float:
        """-log2 of the probability of a latent, and the bytes of what the tables do not hold."""
        return self.bits_of(symbols, self.parts(symbols, height, width))

    def bits_of(self, symbols: Symbols, parts: Sequence[TabledSymbols]) -> float:
        """The same, of `parts` of the latent."""
        coded = sum(tables.bits(values[:, 0]) for values, tables in parts)
        return coded + BYTE_BITS * (len(self._others(symbols)) + len(rans.escapes(parts)))

    def parts(self, symbols: Symbols, height: int, width: int) -> list[TabledSymbols]:
        """Values and tables, pass by pass."""
        used = torch.from_numpy(symbols[self.channels])
        # [C, h * w] -> [1, h, w, C]
        y = used.view(1, -1, height, width).permute(0, 2, 3, 1).double()
        parts = []
        for stage in self._stages(y):
            values = positions_of(stage.values, stage.pass_)
            parts.append((values.reshape(-1, 1).long().numpy(), stage.tables))
        return parts

    def ratios(self, logs: Symbols, first: int) -> Ratios:
        """Factors on the probabilities of each group's values, from their logs [M, B] in units of
        2^-10 bits; bin 0 is the value `first`, and values beyond the bins have factor 1."""
        logs = np.pad(logs, ((0, 0), (1, 1)))
        ratios = []
        for (begin, end), largest in zip(self.network.shape.bounds, self.largest, strict=True):
            place = np.arange(-largest, largest + 1) - first + 1
            bins = place.clip(0, logs.shape[1] - 1)
            ratios.append(ratios_of(logs[np.ix_(self.channels[begin:end], bins)]))
        return ratios

    def adapted(self, parts: Sequence[TabledSymbols], ratios: Ratios) -> list[TabledSymbols]:
        """`parts` of a latent, their tables multiplied by these ratios."""
        passes = len(parts) // len(self.largest)
        return [(values, reweighted(tables, ratios[index // passes]))
                for index, (values, tables) in enumerate(parts)]

    def _stages(self, y: Tensor, ratios: Ratios = ()) -> Iterator[Stage]:
        """All passes of all groups. The values of one must be in `y` before the next is asked for.
        """
        for group, (begin, end) in enumerate(self.network.shape.bounds):
            c, values = self.network.context(group, y), y[..., begin:end]
            for number, pass_ in enumerate(self.network.passes):
                if len(positions_of(values, pass_)):
                    near = self.network.group_inputs(values)
                    tables = self.network.tables(group, number, c, near, self.largest[group])
                    if ratios:
                        tables = reweighted(tables, ratios[group])
                    yield Stage(values, pass_, tables)

    def _others(self, symbols: Symbols) -> bytes:
        """Channels that are not in use."""
        return sparse.encode(symbols[self._is_other()].ravel())

    def _is_other(self) -> NDArray[np.bool_]:
        return ~np.isin(np.arange(self.m), self.channels)


def fill(values: Tensor, pass_: Pass, coded: NDArray[np.int64]) -> None:
    """Put the values of a pass, in the order of `positions_of`, into [1, h, w, channels]."""
    rows = torch.from_numpy(coded).view(-1, values.shape[-1]).to(values.dtype)
    places = [lattice(values, start, pass_.step) for start in pass_.starts]
    sizes = [place[..., 0].numel() for place in places]
    for place, part in zip(places, rows.split(sizes), strict=True):
        place.copy_(part.view(place.shape))
