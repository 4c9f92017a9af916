"""Balcilar2022: channels send a Gaussian mixture of their values where it saves more than it costs.

Each channel chooses 0 to 3 Gaussians by total bits; 0 keeps the base's static distribution. A
stream holds one flag a channel, the number of Gaussians of each flagged one (2 bits), and their
parameters, 8 bits each: (3 K - 1) bytes. Source: Balcilar et al., *Reducing the amortization gap
in variational autoencoders: a Bayesian random function approach*, as [ICIP24] compares it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.images import _gaussian_mixture as mixture
from lcpc.codecs.images._rates import BYTE_BITS, Counts, cross_entropy_bits
from lcpc.codecs.images.base import Checkpoint, OnBase, Picture, RateEstimate, as_picture, take
from lcpc.entropy import integer_tables, rans
from lcpc.entropy.pmf import TOTAL, FrequencyTables
from lcpc.errors import BitstreamError

NAME = "balcilar2022"
LABEL, COLOUR, MARKER = "Balcilar 2022", "#aa4499", "D"
WEIGHTS = ("image_base",)
COUNT_BITS = 2
GAUSSIANS = (1, 2, 3)
LEAST_COST_BITS = COUNT_BITS + 2 * BYTE_BITS
"""What a mixture of one Gaussian costs."""


@dataclass(frozen=True, eq=False)
class GaussianMixtures:
    """The mixtures that a stream sends: Gaussians of each channel, 0 to 3 [M], and parameters."""

    gaussians: NDArray[np.int64]
    parameters: tuple[NDArray[np.uint8], ...]
    """One array [3 K - 1] for each channel with K > 0, in the order of the channels."""

    @property
    def side_bits(self) -> int:
        """Flags, numbers of Gaussians and parameters."""
        levels = sum(map(len, self.parameters))
        return len(self.gaussians) + COUNT_BITS * len(self.parameters) + BYTE_BITS * levels


class BalcilarCodec(OnBase):
    """The base with Gaussian mixtures fitted to each picture."""

    name = NAME

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError unless `picture` is uint8 [H, W, 3]."""
        symbols = self.base.symbols(as_picture(picture))
        counts, _ = self.base.counts(symbols)
        mixtures = self.chosen(counts)
        return self.base.stream(picture, packed(mixtures), symbols, self.tables(mixtures))

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for a stream that `encode` can't write."""
        height, width, positions, rest = self.base.opened(stream)
        mixtures, rest = unpacked(rest, self.base.network.m)
        symbols = rans.decode(rest, self.tables(mixtures), positions)
        return self.base.picture(symbols, height, width)

    def estimate(self, picture: Picture) -> RateEstimate:
        """Cross-entropy with the chosen distributions; flags and parameters as side information."""
        counts, outside = self.base.counts(self.base.symbols(picture))
        mixtures = self.chosen(counts)
        weight = self.weights(mixtures)
        p = weight / weight.sum(axis=1, keepdims=True)
        return RateEstimate(cross_entropy_bits(counts, p, outside), mixtures.side_bits)

    def chosen(self, counts: Counts) -> GaussianMixtures:
        """The number of Gaussians that costs the fewest bits in each channel, side bits counted."""
        static = integer_tables.weights(self.base.logs)
        most_saved = _bits(counts, static) - _bits(counts, counts)
        tried = np.flatnonzero(most_saved > LEAST_COST_BITS)
        counts = counts[tried]
        fitted = [mixture.quantised(*mixture.fitted(counts, number)) for number in GAUSSIANS]
        adapted_bits = [self._cost(counts, levels) for levels in fitted]
        choice = np.argmin(np.stack([_bits(counts, static[tried]), *adapted_bits]), axis=0)
        gaussians = np.zeros(len(static), dtype=np.int64)
        gaussians[tried] = choice
        rows = np.flatnonzero(choice)
        return GaussianMixtures(gaussians, tuple(fitted[choice[row] - 1][row] for row in rows))

    def weights(self, mixtures: GaussianMixtures) -> NDArray[np.int64]:
        """Whole-number weights of all distributions [M, B]; static without a mixture."""
        weight = integer_tables.weights(self.base.logs)
        channels = np.flatnonzero(mixtures.gaussians)
        for number in GAUSSIANS:
            places = np.flatnonzero(mixtures.gaussians[channels] == number)
            if len(places):
                levels = np.stack([mixtures.parameters[place] for place in places])
                weight[channels[places]] = mixture.weights(levels, self.base.bins)
        return weight

    def tables(self, mixtures: GaussianMixtures) -> FrequencyTables:
        """Integer tables of all distributions."""
        return integer_tables.of_weights(self.weights(mixtures), self.base.first)

    def _cost(self, counts: Counts, levels: NDArray[np.uint8]) -> NDArray[np.float64]:
        weight = mixture.weights(levels, self.base.bins)
        return _bits(counts, weight) + BYTE_BITS * levels.shape[1] + COUNT_BITS


def _bits(counts: Counts, weight: NDArray[np.int64]) -> NDArray[np.float64]:
    """Bits of each channel's values [M] under weights [M, B], with the precision of the tables."""
    # A channel may have no value in the bins.
    total = weight.sum(axis=1, keepdims=True).clip(1)
    p = np.maximum(weight / total, 0.5 / TOTAL)
    return np.asarray(-(counts * np.log2(p)).sum(axis=1))


def packed(mixtures: GaussianMixtures) -> bytes:
    """Side information as bytes: flags, numbers of Gaussians in 2 bits, parameters."""
    flags = np.packbits(mixtures.gaussians > 0)
    numbers = mixtures.gaussians[mixtures.gaussians > 0]
    # [K] -> [K, 2]: high and low bit of each number
    bits = np.stack([numbers >> 1, numbers & 1], axis=1).astype(np.uint8)
    parameters = b"".join(levels.tobytes() for levels in mixtures.parameters)
    return flags.tobytes() + np.packbits(bits.ravel()).tobytes() + parameters


def unpacked(stream: bytes, channels: int) -> tuple[GaussianMixtures, bytes]:
    """(the mixtures that `packed` wrote, the rest). Raises BitstreamError for other bytes."""
    flags, rest = take(stream, -(-channels // BYTE_BITS), "the flags of the channels")
    flagged = np.unpackbits(np.frombuffer(flags, np.uint8), count=channels).astype(bool)
    count = COUNT_BITS * int(flagged.sum())
    numbers, rest = take(rest, -(-count // BYTE_BITS), "the numbers of Gaussians")
    # [2 K] -> [K, 2]
    bits = np.unpackbits(np.frombuffer(numbers, np.uint8), count=count).reshape(-1, COUNT_BITS)
    gaussians = np.zeros(channels, dtype=np.int64)
    gaussians[flagged] = 2 * bits[:, 0].astype(np.int64) + bits[:, 1]
    if (gaussians[flagged] == 0).any():
        raise BitstreamError(
            "the stream flags a channel for Gaussians but gives it none: it is damaged")
    parameters = []
    for number in gaussians[flagged].tolist():
        levels, rest = take(rest, 3 * number - 1, "the parameters of a channel")
        parameters.append(np.frombuffer(levels, np.uint8))
    return GaussianMixtures(gaussians, tuple(parameters)), rest


def codec(image_base: Checkpoint) -> BalcilarCodec:
    """The codec on a trained base."""
    from lcpc.codecs.image_base import TrainedBase

    return BalcilarCodec(TrainedBase.load(*image_base))
