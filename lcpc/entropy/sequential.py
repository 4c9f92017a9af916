"""Tiny streams of symbols whose distributions follow from the symbols before them.

The streams are as those of `lcpc.entropy.coder`. A distribution is a function in whole numbers: a
symbol is found by a few sums of frequencies, where a table would need all of them.
"""

import math
from collections.abc import Callable, Generator, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy._interval import IntervalDecoder, SymbolSpan, checked, encoded, escape_spans
from lcpc.entropy.pmf import PRECISION_BITS, TOTAL

Content = TypeVar("Content")


class Distribution(Protocol):
    """Frequencies of the values of a symbol; those of all values and of the escape sum to 2^16."""

    first: int
    """The smallest of the values that have an entry."""
    entries: int
    """How many values have one; the others are escaped."""
    likeliest: int
    """The entry that comes first in the interval: the likeliest, or one near it."""

    def below(self, entry: int) -> int:
        """Sum of the frequencies before an entry, 0 to `entries`; it rises by 1 or more."""


def encode(
    symbols: Sequence[int] | NDArray[np.integer], distributions: Sequence[Distribution]
) -> bytes:
    """The stream of integer `symbols`, each by its distribution.

    Raises DataError for a wrong shape, for other types, and for values beyond +-32767.
    """
    return encoded(_spans(symbols, distributions))


def decode(
    stream: bytes, count: int, distribution_after: Callable[[Sequence[int]], Distribution]
) -> NDArray[np.int64]:
    """The `count` symbols of `stream`; the distribution of each is that after those before it.

    Raises BitstreamError where `encode` with these distributions can't have made it.
    """
    decoder = _DistributionDecoder(stream, count)
    symbols: list[int] = []
    for _ in range(count):
        symbols.append(decoder.symbol(distribution_after(symbols)))
    decoder.check_end()
    return np.array(symbols, dtype=np.int64)


def read(stream: bytes, most: int, reader: Generator[Distribution, int, Content]) -> Content:
    """What `reader` returns, which asks for one symbol after another by its distribution.

    Raises BitstreamError as `decode` does, and where the stream is longer than `most` symbols can
    be.
    """
    decoder = _DistributionDecoder(stream, most)
    try:
        distribution = next(reader)
        while True:
            distribution = reader.send(decoder.symbol(distribution))
    except StopIteration as end:
        decoder.check_end()
        content: Content = end.value
        return content


def code_length_bits(
    symbols: Sequence[int] | NDArray[np.integer], distributions: Sequence[Distribution]
) -> float:
    """-log2 of the probability of `symbols`, with the bits of escaped values: what `encode` spends
    but for the rounding to whole bytes."""
    spans = _spans(symbols, distributions)
    return sum(PRECISION_BITS - math.log2(frequency) for _, frequency in spans)


def _spans(
    symbols: Sequence[int] | NDArray[np.integer], distributions: Sequence[Distribution]
) -> list[SymbolSpan]:
    values = checked(symbols, len(distributions)).tolist()
    spans = []
    for value, distribution in zip(values, distributions, strict=True):
        entry, entries = value - distribution.first, distribution.entries
        is_escaped = not 0 <= entry < entries
        below = distribution.below(entries if is_escaped else entry)
        above = TOTAL if is_escaped else distribution.below(entry + 1)
        origin = distribution.below(distribution.likeliest)
        spans.append(((below - origin) % TOTAL, above - below))
        if is_escaped:
            smallest = distribution.first
            spans += escape_spans(value, smallest, smallest + entries - 1)
    return spans


class _DistributionDecoder(IntervalDecoder):
    """Reads symbols by their distributions."""

    def symbol(self, distribution: Distribution) -> int:
        """The next symbol."""
        origin = distribution.below(distribution.likeliest)
        target = (self.target() + origin) % TOTAL
        entry, below, above = _entry_at(target, origin, distribution)
        self.narrow((below - origin) % TOTAL, above - below)
        smallest = distribution.first
        if entry < distribution.entries:
            return smallest + entry
        return self.escaped(smallest, smallest + entry - 1)


def _entry_at(target: int, origin: int, distribution: Distribution) -> tuple[int, int, int]:
    """The entry that `target` falls in, and the sums of frequencies before it and with it; the last
    is the escape.

    The search goes from the likeliest entry, whose sum is `origin`, in steps that double, and then
    by halves.
    """
    low, below = 0, 0
    high, above = distribution.entries + 1, TOTAL
    is_right = target >= origin
    if is_right:
        low, below = distribution.likeliest, origin
    else:
        high, above = distribution.likeliest, origin
    step = 1
    while high - low > 1:
        near = low + step if is_right else high - step
        middle = near if low < near < high and step else (low + high) // 2
        value = distribution.below(middle)
        is_lower = value <= target
        if is_lower:
            low, below = middle, value
        else:
            high, above = middle, value
        step = 2 * step if is_lower == is_right else 0
    return low, below, above
