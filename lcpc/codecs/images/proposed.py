"""The proposed codec: the picture's own distributions, compressed by the distribution model, stand before its latent.

A stream holds the picture's size, one byte that says whether distributions follow, q (its bytes counted), and the latent.
Where the distributions would cost more than they save, the byte is all that is added to the base's own stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.codecs.image_base import Symbols, TrainedBase, cross_entropy_bits, probabilities
from lcpc.codecs.images.base import Parts, Picture, as_picture, take
from lcpc.entropy import coder, integer_tables, rans
from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.entropy.pmf import ARRAYS, PRECISION_BITS, FrequencyTables
from lcpc.errors import BitstreamError, DataError
from lcpc.models.distribution_codec import DistributionCodec, shape_of

NAME = "proposed"
STATIC, ADAPTED = b"\x00", b"\x01"
BYTE_BITS = 8


@dataclass(frozen=True, eq=False)
class TrainedDistribution:
    """The distribution model of a base, with the integer tables that code q, one an element of q."""

    network: DistributionCodec
    tables: FrequencyTables

    @staticmethod
    def of(content: Mapping[str, Any], base: TrainedBase, where: str) -> "TrainedDistribution":
        """From the content of a checkpoint. Raises DataError naming `where` for one of something else or another base."""
        if content.get("kind") != "distribution":
            raise DataError(f"{where} holds {content.get('kind')!r}, no distribution model; train again")
        logs = torch.from_numpy(base.logs)
        network = DistributionCodec(shape_of(content["shape"]), logs / LOG_UNITS, torch.Generator())
        try:
            network.load_state_dict(content["state"])
        except RuntimeError as error:
            raise DataError(f"{where} does not fit its own description; train again") from error
        if not torch.equal(network.logs, logs):
            raise DataError(f"{where} belongs to another base than quality {base.quality} of this run; train it again")
        tables = FrequencyTables.from_arrays({name: content["tables"][name].numpy() for name in ARRAYS})
        return TrainedDistribution(network.eval(), tables)

    @torch.no_grad()
    def q_of(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Integers of q [M_q * B/8] of a picture's counts [M_y, B]."""
        p = torch.from_numpy(counts / counts.sum(axis=1, keepdims=True).clip(1)).float()
        q = self.network.analyse(self.network.windowed(p).unsqueeze(0))
        return torch.round(q).long().flatten().numpy()

    def logs_of(self, q_hat: NDArray[np.int64]) -> NDArray[np.int64]:
        """log2 of p_hat in units of 2^-10 bits [M_y, B], alike on every machine."""
        shape = self.network.shape
        return self.exact(torch.from_numpy(q_hat).view(1, shape.m_q, shape.positions))[0].numpy()

    @cached_property
    def exact(self) -> torch.nn.Module:
        """h_s,q and the default distributions in whole numbers."""
        return self.network.exact()


@dataclass(frozen=True, eq=False)
class AdaptiveCodec:
    """The base with a distribution model."""

    base: TrainedBase
    model: TrainedDistribution
    name: str = NAME

    @property
    def quality(self) -> int:
        """Quality of the base."""
        return self.base.quality

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError for what is no picture."""
        symbols = self.base.symbols(as_picture(picture))
        side, tables = self._chosen(symbols)
        return self.base.stream(picture, side, symbols, tables)

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for what these weights can't have written."""
        height, width, positions, rest = self.base.opened(stream)
        flag, rest = take(rest, 1, "the flag of the distributions")
        if flag not in (STATIC, ADAPTED):
            raise BitstreamError(f"the stream's flag is {flag[0]}, not 0 or 1: it is damaged or of another codec")
        tables = self.base.tables
        if flag == ADAPTED:
            size, rest = read_numeral(rest)
            held, rest = take(rest, size, "the distributions")
            tables = self._tables(self.model.logs_of(coder.decode(held, self.model.tables)))
        return self.base.picture(rans.decode(rest, tables, positions), height, width)

    def reconstruct(self, picture: Picture) -> Picture:
        """What decoding gives, without a stream."""
        return self.base.reconstruct(picture)

    def parts(self, picture: Picture) -> Parts:
        """Cross-entropy under p_hat, or the static distributions where they are cheaper, and what stands before the latent."""
        counts, outside = self.base.counts(self.base.symbols(as_picture(picture)))
        q_hat = self.model.q_of(counts)
        adapted = cross_entropy_bits(counts, probabilities(self.model.logs_of(q_hat)), outside)
        static = cross_entropy_bits(counts, probabilities(self.base.logs), outside)
        side = BYTE_BITS * len(self._side(q_hat))
        return Parts(adapted, side) if adapted + side < static + BYTE_BITS else Parts(static, BYTE_BITS)

    def distributions(self, picture: Picture) -> dict[str, NDArray[np.float64]]:
        """For pictures of them, [M_y, B] each: the picture's own `p`, `p_hat_static` of the base, and `p_hat`."""
        counts, _ = self.base.counts(self.base.symbols(as_picture(picture)))
        return {"p": counts / counts.sum(axis=1, keepdims=True).clip(1), "p_hat_static": probabilities(self.base.logs),
                "p_hat": probabilities(self.model.logs_of(self.model.q_of(counts)))}

    def _chosen(self, symbols: Symbols) -> tuple[bytes, FrequencyTables]:
        """Side information and tables of whichever way is shorter, weighed with the integer tables themselves."""
        counts, _ = self.base.counts(symbols)
        q_hat = self.model.q_of(counts)
        side, tables = self._side(q_hat), self._tables(self.model.logs_of(q_hat))
        first = -(self.base.bins // 2)
        saved = table_bits(counts, self.base.tables, first) - table_bits(counts, tables, first)
        return (side, tables) if saved > BYTE_BITS * (len(side) - len(STATIC)) else (STATIC, self.base.tables)

    def _side(self, q_hat: NDArray[np.int64]) -> bytes:
        held = coder.encode(q_hat, self.model.tables)
        return ADAPTED + numeral(len(held)) + held

    def _tables(self, logs: NDArray[np.int64]) -> FrequencyTables:
        return integer_tables.of_logs(logs, -(self.base.bins // 2))


def table_bits(counts: NDArray[np.int64], tables: FrequencyTables, first: int) -> float:
    """Bits of values with these counts [M, B], bin 0 standing for the value `first`, coded with integer tables."""
    channel, bin_ = np.nonzero(counts)
    entry = np.minimum((bin_ + first - tables.offset[channel]) % (1 << 32), tables.length[channel] - 1)
    at = tables.start[channel] + entry
    frequency = tables.cumulative[at + 1] - tables.cumulative[at]
    return float((counts[channel, bin_] * (PRECISION_BITS - np.log2(frequency))).sum())


def codec(base: TrainedBase, model: TrainedDistribution) -> AdaptiveCodec:
    """The codec of a trained base and its distribution model."""
    return AdaptiveCodec(base, model)
