"""The intervals of many tiny streams at once, in numpy: those of `lcpc.entropy._interval`.

An interval's width stays below 2^80 and so does the distance of a stream from its low end. Each is
kept as high * 2^32 + low, with 0 <= low < 2^32: products with frequencies then stay below 2^63.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy._interval import LEAST_WIDTH, SHIFT_BITS, START_BITS, ends_shortest
from lcpc.entropy.pmf import PRECISION_BITS, TOTAL

Integers = NDArray[np.int64]

WORD = 1 << SHIFT_BITS
LOW = WORD - 1
LEAST_HIGH = LEAST_WIDTH >> SHIFT_BITS
WORD_BYTES = SHIFT_BITS // 8
FIRST_WORDS = START_BITS // SHIFT_BITS


class IntervalDecoders:
    """The intervals of n streams of at most `symbols` symbols, none of them escaped.

    Bytes beyond those that so many symbols can ask for are left out until `end_well`.
    """

    def __init__(self, streams: Sequence[bytes], symbols: int) -> None:
        self._streams = streams
        self._words = _words(streams, FIRST_WORDS + symbols)
        self._ahead = self._words[:, 0].copy(), self._words[:, 1].copy()
        full = np.full(len(streams), 1 << START_BITS - SHIFT_BITS, dtype=np.int64)
        self._width = full, np.zeros_like(full)
        self._read = np.full(len(streams), FIRST_WORDS)

    def targets(self) -> Integers:
        """Where in the intervals the streams point, in parts of 2^16: [n]; 2^16 is outside."""
        unit_high, unit_low = self._units()
        high, low = self._ahead
        # float64 gives the quotient but for one: at most 2^16 and each operation exact to 2^-52
        ratio = (high * float(WORD) + low) / (unit_high * float(WORD) + unit_low)
        quotient = ratio.astype(np.int64)
        rest_high, rest_low = _normal(high - quotient * unit_high, low - quotient * unit_low)
        is_above = (rest_high > unit_high) | ((rest_high == unit_high) & (rest_low >= unit_low))
        quotient += is_above
        quotient -= rest_high < 0
        return quotient

    def narrow(self, below: Integers, frequency: Integers) -> None:
        """Go on to the parts of the intervals that symbols have."""
        unit_high, unit_low = self._units()
        (high, low), (width_high, width_low) = self._ahead, self._width
        high, low = _normal(high - unit_high * below, low - unit_low * below)
        width_high, width_low = _normal(unit_high * frequency, unit_low * frequency)
        few = np.flatnonzero(width_high < LEAST_HIGH)
        high[few] = high[few] << SHIFT_BITS | low[few]
        low[few] = self._words[few, self._read[few]]
        width_high[few] = width_high[few] << SHIFT_BITS | width_low[few]
        width_low[few] = 0
        self._read[few] += 1
        self._ahead, self._width = (high, low), (width_high, width_low)

    def set_aside(self, is_aside: NDArray[np.bool_]) -> None:
        """Let streams [n] that can't be decoded here point to the low ends of their intervals."""
        for part in self._ahead:
            part[is_aside] = 0

    def end_well(self) -> list[bool]:
        """Whether each stream is the shortest of its symbols."""
        numbers = [_whole(*pair) for pair in (self._ahead, self._width)]
        bits = (SHIFT_BITS * self._read).tolist()
        ends = zip(self._streams, *numbers, bits, strict=True)
        return [ends_shortest(*end) for end in ends]

    def _units(self) -> tuple[Integers, Integers]:
        """The widths over 2^16."""
        high, low = self._width
        rest = (high & TOTAL - 1) << SHIFT_BITS - PRECISION_BITS
        return high >> PRECISION_BITS, rest | low >> PRECISION_BITS


def _normal(high: Integers, low: Integers) -> tuple[Integers, Integers]:
    """The same numbers with 0 <= low < 2^32."""
    return high + (low >> SHIFT_BITS), low & LOW


def _whole(high: Integers, low: Integers) -> list[int]:
    pairs = zip(high.tolist(), low.tolist(), strict=True)
    return [upper << SHIFT_BITS | lower for upper, lower in pairs]


def _words(streams: Sequence[bytes], count: int) -> Integers:
    """The first words of streams, of 32 bits: [n, count], 0 after their ends."""
    size = count * WORD_BYTES
    padded = b"".join(stream[:size].ljust(size, b"\0") for stream in streams)
    return np.frombuffer(padded, dtype=">u4").astype(np.int64).reshape(-1, count)
