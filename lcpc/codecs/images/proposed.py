"""The proposed codec: a picture's own distributions, compressed, are sent before its latent.

A stream holds the picture's size, one byte that says whether distributions follow, q (its bytes
counted), and the latent. Where the distributions would cost more than they save, that byte is all
that is added to the base's stream. Source: [ICIP24].
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.images._rates import (
    BYTE_BITS,
    Counts,
    Distributions,
    cross_entropy_bits,
    probabilities,
    shares,
    table_bits,
)
from lcpc.codecs.images.base import Checkpoint, OnBase, Picture, RateEstimate, as_picture, take
from lcpc.entropy import integer_tables, rans
from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import BitstreamError

if TYPE_CHECKING:
    from lcpc.codecs.distribution_model import TrainedDistribution

NAME = "proposed"
LABEL, COLOUR, MARKER = "ours", "#d55e00", "o"
WEIGHTS = ("image_base", "distribution")
STATIC, ADAPTED = b"\x00", b"\x01"


@dataclass(frozen=True, eq=False)
class AdaptiveCodec(OnBase):
    """The base with a distribution model."""

    model: "TrainedDistribution"
    name = NAME

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError unless `picture` is uint8 [H, W, 3]."""
        symbols = self.base.symbols(as_picture(picture))
        counts, _ = self.base.counts(symbols)
        side, tables = self.shorter(counts)
        return self.base.stream(picture, side, symbols, tables)

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for a stream that `encode` can't write."""
        height, width, positions, rest = self.base.opened(stream)
        flag, rest = take(rest, 1, "the flag of the distributions")
        if flag not in (STATIC, ADAPTED):
            raise BitstreamError(
                f"the stream's flag is {flag[0]}, not 0 or 1: it is damaged or of another codec")
        tables = self.base.tables
        if flag == ADAPTED:
            size, rest = read_numeral(rest)
            coded, rest = take(rest, size, "the distributions")
            tables = self.tables(self.model.decode(coded))
        symbols = rans.decode(rest, tables, positions)
        return self.base.picture(symbols, height, width)

    def estimate(self, picture: Picture) -> RateEstimate:
        """Cross-entropy with p_hat, or with the static distributions where those are cheaper."""
        counts, outside = self.base.counts(self.base.symbols(as_picture(picture)))
        q_hat = self.model.q_of(shares(counts))
        p_hat = probabilities(self.model.logs_of(q_hat))
        adapted = cross_entropy_bits(counts, p_hat, outside)
        static = cross_entropy_bits(counts, probabilities(self.base.logs), outside)
        side = BYTE_BITS * len(self.side(q_hat))
        if adapted + side < static + BYTE_BITS:
            return RateEstimate(adapted, side)
        return RateEstimate(static, BYTE_BITS)

    def distributions(self, picture: Picture) -> dict[str, Distributions]:
        """The picture's own `p`, `p_hat_static` of the base, and `p_hat`: [M_y, B] each."""
        counts, _ = self.base.counts(self.base.symbols(as_picture(picture)))
        p = shares(counts)
        p_hat = probabilities(self.model.logs_of(self.model.q_of(p)))
        return {"p": p, "p_hat_static": probabilities(self.base.logs), "p_hat": p_hat}

    def shorter(self, counts: Counts) -> tuple[bytes, FrequencyTables]:
        """Side information and tables of the shorter way, weighed with the integer tables."""
        q_hat = self.model.q_of(shares(counts))
        side, tables = self.side(q_hat), self.tables(q_hat)
        static_bits = table_bits(counts, self.base.tables, self.base.first)
        saved_bits = static_bits - table_bits(counts, tables, self.base.first)
        if saved_bits > BYTE_BITS * (len(side) - len(STATIC)):
            return side, tables
        return STATIC, self.base.tables

    def side(self, q_hat: NDArray[np.int64]) -> bytes:
        """The flag, the size of the coded q_hat, and q_hat."""
        coded = self.model.encode(q_hat)
        return ADAPTED + numeral(len(coded)) + coded

    def tables(self, q_hat: NDArray[np.int64]) -> FrequencyTables:
        """Integer tables of the distributions that q_hat describes."""
        return integer_tables.of_logs(self.model.logs_of(q_hat), self.base.first)


def codec(image_base: Checkpoint, distribution: Checkpoint) -> AdaptiveCodec:
    """The codec of a trained base and its distribution model."""
    from lcpc.codecs.distribution_model import TrainedDistribution
    from lcpc.codecs.image_base import TrainedBase

    base = TrainedBase.load(*image_base)
    return AdaptiveCodec(base, TrainedDistribution.load(*distribution, base))
