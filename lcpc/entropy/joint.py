"""Streams of clouds whose latents an autoregressive model codes, of one cloud or of many at once.

The streams are those of `lcpc.entropy.sequential` with the distributions of the model. Many clouds
are coded together, latent by latent. A stream that something is wrong with, or that holds escaped
values, is decoded alone: that decides what it holds, or why it is refused.
"""

import math
from collections.abc import Generator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy import sequential
from lcpc.entropy._interval import checked, encoded
from lcpc.entropy._intervals import IntervalDecoders
from lcpc.entropy.autoregressive import (
    LARGEST_INPUT,
    AutoregressiveContext,
    ExactAutoregressiveModel,
)
from lcpc.entropy.integer_mixtures import (
    BINS,
    FIRST,
    Integers,
    LogisticMixtures,
    MixtureOfLogistics,
)
from lcpc.entropy.pmf import PRECISION_BITS, TOTAL
from lcpc.errors import DataError

FEW = 8
"""So few streams are decoded faster one after another."""
AT_ONCE = 1 << 12
"""Clouds that are coded together: what is in memory at a time does not grow with all of them."""


def encode(symbols: NDArray[np.integer], model: ExactAutoregressiveModel) -> list[bytes]:
    """The streams of symbols [n, M].

    Raises DataError for a wrong shape, for other types, and for values beyond +-32767.
    """
    streams = []
    for rows in _pieces(_checked(symbols, model.latents)):
        below, frequency, is_escaped = _spans(rows, model)
        spans = zip(below.tolist(), frequency.tolist(), strict=True)
        coded = [encoded(list(zip(*row, strict=True))) for row in spans]
        for place in np.flatnonzero(is_escaped.any(axis=1)).tolist():
            coded[place] = sequential.encode(rows[place], model.distributions(rows[place].tolist()))
        streams += coded
    return streams


def decode(streams: Sequence[bytes], model: ExactAutoregressiveModel) -> Integers:
    """Symbols [n, M] of streams.

    Raises BitstreamError for the first one that `encode` with this model can't have made.
    """
    if len(streams) <= FEW:
        rows = [_decoded_alone(stream, model) for stream in streams]
        return np.array(rows, dtype=np.int64).reshape(-1, model.latents)
    starts = range(0, len(streams), AT_ONCE)
    return np.concatenate([_decoded(streams[start:start + AT_ONCE], model) for start in starts])


def rate_bits(symbols: NDArray[np.integer], model: ExactAutoregressiveModel) -> NDArray[np.float64]:
    """-log2 of the probabilities of symbols [n, M], with the bits of escaped values: [n]."""
    rates = [np.zeros(0)]
    for rows in _pieces(_checked(symbols, model.latents)):
        _, frequency, is_escaped = _spans(rows, model)
        bits = np.zeros(len(rows))
        for column in _bits()[frequency].T:
            bits += column
        for place in np.flatnonzero(is_escaped.any(axis=1)).tolist():
            distributions = model.distributions(rows[place].tolist())
            bits[place] = sequential.code_length_bits(rows[place], distributions)
        rates.append(bits)
    return np.concatenate(rates)


def _checked(symbols: NDArray[np.integer], latents: int) -> Integers:
    if symbols.ndim != 2 or symbols.shape[1] != latents:
        raise DataError(f"clouds of {latents} latents need symbols [n, {latents}], not of shape "
                        f"{symbols.shape}")
    return checked(symbols.ravel(), symbols.size).reshape(symbols.shape)


def _pieces(symbols: Integers) -> list[Integers]:
    return [symbols[start:start + AT_ONCE] for start in range(0, len(symbols), AT_ONCE)]


def _spans(symbols: Integers, model: ExactAutoregressiveModel
           ) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """Where symbols lie, their frequencies, and whether they are escaped: [n, M] each."""
    mixtures = LogisticMixtures(model.parameters(symbols))
    entries = symbols - FIRST
    is_escaped = (entries < 0) | (entries >= BINS)
    return *_places(mixtures, np.where(is_escaped, 0, entries)), is_escaped


def _places(mixtures: LogisticMixtures, entries: Integers) -> tuple[Integers, Integers]:
    """Where in their intervals entries lie, and their frequencies."""
    below, above = mixtures.below(entries), mixtures.below(entries + 1)
    origin = mixtures.below(mixtures.likeliest)
    return (below - origin) % TOTAL, above - below


def _decoded(streams: Sequence[bytes], model: ExactAutoregressiveModel) -> Integers:
    """The same as `decode`, all streams together."""
    intervals = IntervalDecoders(streams, model.latents)
    context = AutoregressiveContext(model, len(streams))
    symbols = np.zeros((len(streams), model.latents), dtype=np.int64)
    is_aside = np.zeros(len(streams), dtype=bool)
    for latent in range(model.latents):
        mixtures = LogisticMixtures(context.parameters())
        origin = mixtures.below(mixtures.likeliest)
        targets = intervals.targets()
        entries = mixtures.entries_at((targets + origin) % TOTAL)
        is_aside |= (targets >= TOTAL) | (entries >= BINS)
        intervals.set_aside(is_aside)
        entries = np.where(is_aside, mixtures.likeliest, entries)
        below = mixtures.below(entries)
        intervals.narrow((below - origin) % TOTAL, mixtures.below(entries + 1) - below)
        symbols[:, latent] = FIRST + entries
        context.append(symbols[:, latent])
    is_aside |= ~np.array(intervals.end_well())
    for place in np.flatnonzero(is_aside).tolist():
        symbols[place] = _decoded_alone(streams[place], model)
    return symbols


def _decoded_alone(stream: bytes, model: ExactAutoregressiveModel) -> list[int]:
    return sequential.read(stream, model.latents, _reader(model))


def _reader(model: ExactAutoregressiveModel) -> Generator[MixtureOfLogistics, int, list[int]]:
    """Asks for one symbol after another."""
    context, symbols = AutoregressiveContext(model), []
    for _ in range(model.latents):
        symbol = yield MixtureOfLogistics(context.parameters().tolist())
        symbols.append(symbol)
        context.append(max(-LARGEST_INPUT, min(symbol, LARGEST_INPUT)))
    return symbols


@cache
def _bits() -> NDArray[np.float64]:
    """-log2 of frequencies 1 ... 2^16 of 2^16; 0 has none."""
    bits = [0.0, *(PRECISION_BITS - math.log2(count) for count in range(1, TOTAL + 1))]
    return np.array(bits)
