"""Balcilar2022 as a codec: channels send a Gaussian mixture of their values where it saves more bits than it costs.

Each channel chooses 0 to 3 Gaussians by total bits; 0 keeps the base's static distribution. A stream holds one flag a
channel, the number of Gaussians of each flagged one (2 bits), and their parameters, 8 bits each: (3 K - 1) bytes.
Source: Balcilar et al., *Reducing the amortization gap in variational autoencoders: a Bayesian random function approach*, as
[ICIP24] compares it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.image_base import Symbols, TrainedBase, cross_entropy_bits
from lcpc.codecs.images import _gaussian_mixture as mixture
from lcpc.codecs.images.base import Parts, Picture, as_picture, take
from lcpc.entropy import integer_tables, rans
from lcpc.entropy.pmf import TOTAL
from lcpc.errors import BitstreamError

NAME = "balcilar2022"
COUNT_BITS = 2
BYTE_BITS = 8


@dataclass(frozen=True, eq=False)
class Adapted:
    """What a stream says of the distributions: Gaussians of each channel, 0 to 3 [M], and their parameters in bytes."""

    gaussians: NDArray[np.int64]
    parameters: tuple[NDArray[np.uint8], ...]
    """One array [3 K - 1] for each channel with K > 0, in the order of the channels."""

    @property
    def side_bits(self) -> int:
        """Flags, numbers of Gaussians and parameters."""
        return len(self.gaussians) + COUNT_BITS * len(self.parameters) + BYTE_BITS * sum(map(len, self.parameters))


@dataclass(frozen=True, eq=False)
class BalcilarCodec:
    """The base with Gaussian mixtures fitted to each picture."""

    base: TrainedBase
    name: str = NAME

    @property
    def quality(self) -> int:
        """Quality of the base."""
        return self.base.quality

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError for what is no picture."""
        symbols = self.base.symbols(as_picture(picture))
        adapted = self.adapted(symbols)
        tables = integer_tables.of_weights(self.weights(adapted), -(self.base.bins // 2))
        return self.base.stream(picture, written(adapted), symbols, tables)

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for what this base can't have written."""
        height, width, positions, rest = self.base.opened(stream)
        adapted, rest = read(rest, self.base.network.m)
        tables = integer_tables.of_weights(self.weights(adapted), -(self.base.bins // 2))
        return self.base.picture(rans.decode(rest, tables, positions), height, width)

    def reconstruct(self, picture: Picture) -> Picture:
        """What decoding gives, without a stream."""
        return self.base.reconstruct(picture)

    def parts(self, picture: Picture) -> Parts:
        """Cross-entropy under the chosen distributions; flags and parameters beside it."""
        symbols = self.base.symbols(picture)
        counts, outside = self.base.counts(symbols)
        adapted = self.adapted(symbols)
        weight = self.weights(adapted)
        p = weight / weight.sum(axis=1, keepdims=True)
        return Parts(cross_entropy_bits(counts, p, outside), adapted.side_bits)

    def adapted(self, symbols: Symbols) -> Adapted:
        """The choice that costs the fewest bits in each channel, weighed with the integer tables that will be used."""
        counts, _ = self.base.counts(symbols)
        static = integer_tables.weights(self.base.logs)
        spare = _bits(counts, static) - _bits(counts, counts)
        worthy = np.flatnonzero(spare > COUNT_BITS + 2 * BYTE_BITS)  # one Gaussian costs as much
        fitted = [mixture.quantised(*mixture.fitted(counts[worthy], number)) for number in (1, 2, 3)]
        costs = [_bits(counts[worthy], static[worthy]), *(self._cost(counts[worthy], held) for held in fitted)]
        gaussians = np.zeros(len(counts), dtype=np.int64)
        gaussians[worthy] = choice = np.argmin(np.stack(costs), axis=0)
        return Adapted(gaussians, tuple(fitted[number - 1][row] for row, number in enumerate(choice) if number))

    def weights(self, adapted: Adapted) -> NDArray[np.int64]:
        """Whole-number weights of all distributions [M, B], static ones where the channel keeps them."""
        weight = integer_tables.weights(self.base.logs)
        channels = np.flatnonzero(adapted.gaussians)
        for number in (1, 2, 3):
            chosen = adapted.gaussians[channels] == number
            if chosen.any():
                held = np.stack([one for one, mine in zip(adapted.parameters, chosen, strict=True) if mine])
                weight[channels[chosen]] = mixture.weights(held, self.base.bins)
        return weight

    def _cost(self, counts: NDArray[np.int64], parameters: NDArray[np.uint8]) -> NDArray[np.float64]:
        weight = mixture.weights(parameters, self.base.bins)
        return _bits(counts, weight) + BYTE_BITS * parameters.shape[1] + COUNT_BITS


def _bits(counts: NDArray[np.int64], weight: NDArray[np.int64]) -> NDArray[np.float64]:
    """Bits of each channel's values under weights [M, B]: [M]; no value is cheaper than a count of 2^16 makes it."""
    p = np.maximum(weight / weight.sum(axis=1, keepdims=True).clip(1), 0.5 / TOTAL)  # a channel may have no value in the bins
    return np.asarray(-(counts * np.log2(p)).sum(axis=1))


def written(adapted: Adapted) -> bytes:
    """Side information as bytes: flags, numbers of Gaussians in 2 bits, parameters."""
    flags = np.packbits(adapted.gaussians > 0)
    used = adapted.gaussians[adapted.gaussians > 0]
    numbers = np.packbits(np.stack([used >> 1, used & 1], axis=1).astype(np.uint8).ravel())
    return flags.tobytes() + numbers.tobytes() + b"".join(one.tobytes() for one in adapted.parameters)


def read(stream: bytes, channels: int) -> tuple[Adapted, bytes]:
    """(what `written` wrote, the rest). Raises BitstreamError where it can't be that."""
    flags, rest = take(stream, -(-channels // BYTE_BITS), "the flags of the channels")
    flagged = np.unpackbits(np.frombuffer(flags, np.uint8), count=channels).astype(bool)
    packed, rest = take(rest, -(-COUNT_BITS * int(flagged.sum()) // BYTE_BITS), "the numbers of Gaussians")
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=COUNT_BITS * int(flagged.sum())).reshape(-1, COUNT_BITS)
    gaussians = np.zeros(channels, dtype=np.int64)
    gaussians[flagged] = 2 * bits[:, 0].astype(np.int64) + bits[:, 1]
    if (gaussians[flagged] == 0).any():
        raise BitstreamError("the stream flags a channel for Gaussians but gives it none: it is damaged")
    parameters = []
    for number in gaussians[flagged].tolist():
        held, rest = take(rest, 3 * number - 1, "the parameters of a channel")
        parameters.append(np.frombuffer(held, np.uint8))
    return Adapted(gaussians, tuple(parameters)), rest


def codec(base: TrainedBase) -> BalcilarCodec:
    """The codec on a trained base."""
    return BalcilarCodec(base)
