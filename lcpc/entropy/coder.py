"""An arithmetic coder for tiny streams: a few integers in, the shortest byte string of them out.

It knows no model, only integer tables, so a stream decodes alike in every process and on every
machine.

>>> from lcpc.entropy.pmf import frequency_tables
>>> tables = frequency_tables([[0.1, 0.8, 0.1]] * 4, offset=[-1] * 4)
>>> stream = encode([0, 1, 0, 700], tables)
>>> len(stream), decode(stream, tables).tolist()
(5, [0, 1, 0, 700])

The interval of the symbols is kept in integers of any size: carries need no care. Its width is
kept between 48 and 80 bits, so rounding costs less than 2^-31 of a bit a symbol. The stream is the
shortest byte string which, read as a binary fraction and continued with zeros, lies in the
interval. It ends in no zero byte, may be empty, and its length must be known from outside. The
likeliest symbol comes first in its interval, so the likeliest cloud takes no byte.

So short a code has no room for a checksum: extra bytes after a stream are nearly always noticed,
but most cut or altered streams are the stream of some other cloud. They then give wrong symbols
within bounds; they never hang or crash.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.pmf import PRECISION_BITS, TOTAL, VALUE_LIMIT, FrequencyTables
from lcpc.errors import BitstreamError, DataError

START_BITS = 64
SHIFT_BITS = 32
LEAST_WIDTH = 1 << 48
HALF = 1 << (PRECISION_BITS - 1)
MAX_GAMMA_ZEROS = 15
"""Most leading zeros of an Elias-gamma code: no value is 2^16 or more away from a support."""

MAX_BITS_PER_SYMBOL = PRECISION_BITS + 1 + 2 * MAX_GAMMA_ZEROS + 1

Span = tuple[int, int]
"""(cumulative frequency below a symbol, its frequency), of 2^16."""

Row = tuple[int, list[int], int]
"""(smallest value, cumulative frequencies, entry of the mode) of one symbol, as in
`FrequencyTables.rows`."""


def encode(symbols: Sequence[int] | NDArray[np.integer], tables: FrequencyTables) -> bytes:
    """The stream of integer `symbols` [channel].

    Raises DataError for a wrong shape, for other types, and for values beyond +-32767.
    """
    low, width, bits = 0, 1 << START_BITS, START_BITS
    for below, frequency in _spans(_checked(symbols, tables), tables):
        unit = width >> PRECISION_BITS
        low += unit * below
        width = unit * frequency
        if width < LEAST_WIDTH:
            low <<= SHIFT_BITS
            width <<= SHIFT_BITS
            bits += SHIFT_BITS
    return _shortest(low, width, bits)


def decode(stream: bytes, tables: FrequencyTables) -> NDArray[np.int64]:
    """The symbols [channel] of `stream`.

    Raises BitstreamError where `encode` with these tables can't have made it.
    """
    decoder = _decoder(stream, len(tables))
    symbols = decoder.symbols(tables)
    _check_shortest(stream, decoder)
    return np.array(symbols, dtype=np.int64)


def decode_in_turn(
    stream: bytes, count: int, row_after: Callable[[Sequence[int]], Row]
) -> NDArray[np.int64]:
    """The `count` symbols of `stream` where the table of each follows from the symbols before it.

    `encode` takes the same tables all at once. Raises BitstreamError as `decode`.
    """
    decoder = _decoder(stream, count)
    symbols: list[int] = []
    for _ in range(count):
        symbols.append(decoder.symbol(*row_after(symbols)))
    _check_shortest(stream, decoder)
    return np.array(symbols, dtype=np.int64)


def code_length_bits(
    symbols: Sequence[int] | NDArray[np.integer], tables: FrequencyTables
) -> float:
    """-log2 of the probability of `symbols` [channel] under the tables, escaped values included:
    what `encode` spends but for the rounding to whole bytes."""
    spans = _spans(_checked(symbols, tables), tables)
    frequency = np.array([frequency for _, frequency in spans], dtype=np.float64)
    return float(np.sum(PRECISION_BITS - np.log2(frequency)))


def _decoder(stream: bytes, count: int) -> "_Decoder":
    most_bytes = _most_bytes(count)
    if len(stream) > most_bytes:
        raise BitstreamError(
            f"a stream of {len(stream)} bytes is too long for {count} symbols "
            f"(at most {most_bytes}): is it of another model?")
    return _Decoder(stream)


def _check_shortest(stream: bytes, decoder: "_Decoder") -> None:
    if _shortest(*decoder.interval()) != stream:
        raise BitstreamError(
            f"the stream of {len(stream)} bytes was extended, damaged, or written by another "
            "model: it is not the shortest one of its symbols")


class _Decoder:
    """The interval as the decoder sees it; `_ahead` is the value of the stream minus the low end.

    Of the stream, only as many words are read as the width of the interval asks for.
    """

    def __init__(self, stream: bytes) -> None:
        padded = stream + bytes(-len(stream) % 4)
        words = np.frombuffer(padded, dtype=">u4").tolist()
        self._value = int.from_bytes(padded, "big")
        self._value_bits = 8 * len(padded)
        self._words: Iterator[int] = chain(words, repeat(0))
        self._ahead = next(self._words) << SHIFT_BITS | next(self._words)
        self._width = 1 << START_BITS
        self._bits = START_BITS

    def symbols(self, tables: FrequencyTables) -> list[int]:
        """All symbols; most are their channel's mode, and one comparison is enough to see that."""
        symbols = []
        for value, frequency, channel in tables.modes:
            width = (self._width >> PRECISION_BITS) * frequency
            if self._ahead >= width:
                value = self.symbol(*tables.rows[channel])
            elif width >= LEAST_WIDTH:
                self._width = width
            else:
                self._narrow(0, frequency)
            symbols.append(value)
        return symbols

    def interval(self) -> tuple[int, int, int]:
        """(low, width, bits) of all symbols so far."""
        unread = max(0, self._value_bits - self._bits)
        missing = max(0, self._bits - self._value_bits)
        value = self._value << missing >> unread
        return value - self._ahead, self._width, self._bits

    def symbol(self, offset: int, cumulative: list[int], mode: int) -> int:
        """The next symbol, of a row of tables."""
        target = self._ahead // (self._width >> PRECISION_BITS)
        if target >= TOTAL:
            raise BitstreamError(
                "the stream points outside its interval: it is of another model or damaged")
        first = cumulative[mode]
        entry = bisect_right(cumulative, (target + first) % TOTAL) - 1
        below = cumulative[entry]
        self._narrow((below - first) % TOTAL, cumulative[entry + 1] - below)
        escape = len(cumulative) - 2
        return offset + entry if entry < escape else self._escaped(offset, offset + escape - 1)

    def _narrow(self, below: int, frequency: int) -> None:
        unit = self._width >> PRECISION_BITS
        self._ahead -= unit * below
        self._width = unit * frequency
        if self._width < LEAST_WIDTH:
            self._ahead = self._ahead << SHIFT_BITS | next(self._words)
            self._width <<= SHIFT_BITS
            self._bits += SHIFT_BITS

    def _bit(self) -> int:
        half = (self._width >> PRECISION_BITS) * HALF
        bit = int(self._ahead >= half)
        self._narrow(bit * HALF, HALF)
        return bit

    def _escaped(self, smallest: int, largest: int) -> int:
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


def _spans(values: NDArray[np.int64], tables: FrequencyTables) -> list[Span]:
    entry = tables.entries(values)
    place = tables.start + entry
    first = tables.cumulative[tables.mode]
    below = (tables.cumulative[place] - first) % TOTAL
    frequency = tables.cumulative[place + 1] - tables.cumulative[place]
    spans = list(zip(below.tolist(), frequency.tolist(), strict=True))
    escaped = np.flatnonzero(entry == tables.length - 1)
    # From the last to the first, so that an insertion does not move the places still to come.
    for channel in escaped[::-1].tolist():
        smallest = int(tables.offset[channel])
        largest = smallest + int(tables.length[channel]) - 2
        after = channel + 1
        spans[after:after] = _escape_spans(int(values[channel]), smallest, largest)
    return spans


def _escape_spans(value: int, smallest: int, largest: int) -> list[Span]:
    """One bit for the side, then the distance from the support in Elias-gamma code."""
    is_below = value < smallest
    excess = smallest - value if is_below else value - largest
    digits = f"{excess:b}"
    zeros = "0" * (len(digits) - 1)
    code = f"{is_below:d}{zeros}{digits}"
    return [(int(bit) * HALF, HALF) for bit in code]


def _checked(symbols: Sequence[int] | NDArray[np.integer],
             tables: FrequencyTables) -> NDArray[np.int64]:
    values = np.asarray(symbols)
    is_integer = not values.size or values.dtype.kind in "iu"
    if values.shape != (len(tables),) or not is_integer:
        raise DataError(
            f"{len(tables)} channels need as many integers, "
            f"not {values.dtype} of shape {values.shape}")
    smallest, largest = int(values.min(initial=0)), int(values.max(initial=0))
    if largest >= VALUE_LIMIT or smallest <= -VALUE_LIMIT:
        raise DataError(
            f"values from {values.min()} to {values.max()} can't be coded: they must stay within "
            f"+-{VALUE_LIMIT - 1}. Is the model's training stable?")
    return values.astype(np.int64)


def _shortest(low: int, width: int, bits: int) -> bytes:
    """The shortest byte string whose value / 2^(8 length) lies in [low, low + width) / 2^bits."""
    if low == 0:
        return b""
    last = low + width - 1
    zeros = ((low - 1) ^ last).bit_length() - 1
    count = (bits - zeros + 7) // 8
    value = last >> zeros << zeros
    return (value >> (bits - 8 * count)).to_bytes(count, "big")


def _most_bytes(symbols: int) -> int:
    return (symbols * MAX_BITS_PER_SYMBOL + START_BITS) // 8
