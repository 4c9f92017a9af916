"""The interval of an arithmetic coder for tiny streams, narrowed by frequencies that are given.

`lcpc.entropy.coder` takes them from tables, `lcpc.entropy.sequential` from functions.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.pmf import PRECISION_BITS, TOTAL, VALUE_LIMIT
from lcpc.errors import BitstreamError, DataError

START_BITS = 64
SHIFT_BITS = 32
LEAST_WIDTH = 1 << 48
HALF = 1 << (PRECISION_BITS - 1)
MAX_GAMMA_ZEROS = 15
"""Most leading zeros of an Elias-gamma code: no value is 2^16 or more away from a support."""

MAX_BITS_PER_SYMBOL = PRECISION_BITS + 1 + 2 * MAX_GAMMA_ZEROS + 1

SymbolSpan = tuple[int, int]
"""(cumulative frequency below a symbol, its frequency), of 2^16."""


def encoded(spans: Sequence[SymbolSpan]) -> bytes:
    """The shortest stream in the interval of some spans, one after another."""
    low, width, bits = 0, 1 << START_BITS, START_BITS
    for below, frequency in spans:
        unit = width >> PRECISION_BITS
        low += unit * below
        width = unit * frequency
        if width < LEAST_WIDTH:
            low <<= SHIFT_BITS
            width <<= SHIFT_BITS
            bits += SHIFT_BITS
    return shortest(low, width, bits)


class IntervalDecoder:
    """The interval as the decoder sees it; `_ahead` is the value of the stream minus the low end.

    Of the stream, only as many words are read as the width of the interval asks for. Raises
    BitstreamError for a stream that is too long for so many symbols.
    """

    def __init__(self, stream: bytes, symbols: int) -> None:
        most_bytes = (symbols * MAX_BITS_PER_SYMBOL + START_BITS) // 8
        if len(stream) > most_bytes:
            raise BitstreamError(
                f"a stream of {len(stream)} bytes is too long for {symbols} symbols "
                f"(at most {most_bytes}): is it of another model?")
        padded = stream + bytes(-len(stream) % 4)
        words = np.frombuffer(padded, dtype=">u4").tolist()
        self._stream = stream
        self._words: Iterator[int] = chain(words, repeat(0))
        self._ahead = next(self._words) << SHIFT_BITS | next(self._words)
        self._width = 1 << START_BITS
        self._bits = START_BITS

    def check_end(self) -> None:
        """Raises BitstreamError unless the stream is the shortest of its symbols."""
        if not ends_shortest(self._stream, self._ahead, self._width, self._bits):
            raise BitstreamError(
                f"the stream of {len(self._stream)} bytes was extended, damaged, or written by "
                "another model: it is not the shortest one of its symbols")

    def target(self) -> int:
        """Where in the interval the stream points, in parts of 2^16.

        Raises BitstreamError for a place outside.
        """
        target = self._ahead // (self._width >> PRECISION_BITS)
        if target >= TOTAL:
            raise BitstreamError(
                "the stream points outside its interval: it is of another model or damaged")
        return target

    def narrow(self, below: int, frequency: int) -> None:
        """Go on to the part of the interval that a symbol has."""
        unit = self._width >> PRECISION_BITS
        self._ahead -= unit * below
        self._width = unit * frequency
        if self._width < LEAST_WIDTH:
            self._ahead = self._ahead << SHIFT_BITS | next(self._words)
            self._width <<= SHIFT_BITS
            self._bits += SHIFT_BITS

    def escaped(self, smallest: int, largest: int) -> int:
        """The next value, one outside of `smallest` ... `largest`."""
        is_below = self._bit()
        zeros = 0
        while not self._bit():
            zeros += 1
            if zeros > MAX_GAMMA_ZEROS:
                raise BitstreamError(
                    "the stream holds an escaped value without end: "
                    "it is of another model or damaged")
        excess = 1
        for _ in range(zeros):
            excess = excess << 1 | self._bit()
        value = smallest - excess if is_below else largest + excess
        if abs(value) >= VALUE_LIMIT:
            raise BitstreamError(
                f"the stream holds the value {value}, beyond +-{VALUE_LIMIT - 1}: it is damaged")
        return value

    def _bit(self) -> int:
        half = (self._width >> PRECISION_BITS) * HALF
        bit = int(self._ahead >= half)
        self.narrow(bit * HALF, HALF)
        return bit


def ends_shortest(stream: bytes, ahead: int, width: int, bits: int) -> bool:
    """Whether `stream`, which lies `ahead` of the low end of its last interval, is the shortest in
    it: the width is in units of 2^-bits."""
    unsaid_bits = bits - 8 * len(stream)
    if unsaid_bits < 0:
        return False
    low = (int.from_bytes(stream, "big") << unsaid_bits) - ahead
    is_inside = 0 <= low <= (1 << bits) - width
    return is_inside and shortest(low, width, bits) == stream


def escape_spans(value: int, smallest: int, largest: int) -> list[SymbolSpan]:
    """One bit for the side, then the distance from the support in Elias-gamma code."""
    is_below = value < smallest
    excess = smallest - value if is_below else value - largest
    digits = f"{excess:b}"
    zeros = "0" * (len(digits) - 1)
    code = f"{is_below:d}{zeros}{digits}"
    return [(int(bit) * HALF, HALF) for bit in code]


def checked(symbols: Sequence[int] | NDArray[np.integer], channels: int) -> NDArray[np.int64]:
    """`symbols` as int64 [channel]. Raises DataError for other shapes, types and sizes."""
    values = np.asarray(symbols)
    is_integer = not values.size or values.dtype.kind in "iu"
    if values.shape != (channels,) or not is_integer:
        raise DataError(
            f"{channels} channels need as many integers, "
            f"not {values.dtype} of shape {values.shape}")
    smallest, largest = int(values.min(initial=0)), int(values.max(initial=0))
    if largest >= VALUE_LIMIT or smallest <= -VALUE_LIMIT:
        raise DataError(
            f"values from {values.min()} to {values.max()} can't be coded: they must stay within "
            f"+-{VALUE_LIMIT - 1}. Is the model's training stable?")
    return values.astype(np.int64)


def shortest(low: int, width: int, bits: int) -> bytes:
    """The shortest byte string whose value / 2^(8 length) lies in [low, low + width) / 2^bits."""
    if low == 0:
        return b""
    last = low + width - 1
    zeros = ((low - 1) ^ last).bit_length() - 1
    count = (bits - zeros + 7) // 8
    value = last >> zeros << zeros
    return (value >> (bits - 8 * count)).to_bytes(count, "big")
