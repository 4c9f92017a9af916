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
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy._interval import (
    LEAST_WIDTH,
    IntervalDecoder,
    SymbolSpan,
    checked,
    encoded,
    escape_spans,
)
from lcpc.entropy.pmf import PRECISION_BITS, TOTAL, FrequencyTables


def encode(symbols: Sequence[int] | NDArray[np.integer], tables: FrequencyTables) -> bytes:
    """The stream of integer `symbols` [channel].

    Raises DataError for a wrong shape, for other types, and for values beyond +-32767.
    """
    return encoded(_spans(checked(symbols, len(tables)), tables))


def decode(stream: bytes, tables: FrequencyTables) -> NDArray[np.int64]:
    """The symbols [channel] of `stream`.

    Raises BitstreamError where `encode` with these tables can't have made it.
    """
    decoder = _TableDecoder(stream, len(tables))
    symbols = decoder.symbols(tables)
    decoder.check_end()
    return np.array(symbols, dtype=np.int64)


class _TableDecoder(IntervalDecoder):
    """Reads symbols by tables."""

    def symbols(self, tables: FrequencyTables) -> list[int]:
        """All symbols; most are their channel's mode, and one comparison is enough to see that."""
        symbols = []
        for value, frequency, channel in tables.modes:
            width = (self._width >> PRECISION_BITS) * frequency
            if self._ahead >= width:
                value = self._uncommon(*tables.rows[channel])
            elif width >= LEAST_WIDTH:
                self._width = width
            else:
                self.narrow(0, frequency)
            symbols.append(value)
        return symbols

    def _uncommon(self, offset: int, cumulative: list[int], mode: int) -> int:
        first = cumulative[mode]
        entry = bisect_right(cumulative, (self.target() + first) % TOTAL) - 1
        below = cumulative[entry]
        self.narrow((below - first) % TOTAL, cumulative[entry + 1] - below)
        escape = len(cumulative) - 2
        return offset + entry if entry < escape else self.escaped(offset, offset + escape - 1)


def _spans(values: NDArray[np.int64], tables: FrequencyTables) -> list[SymbolSpan]:
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
        spans[after:after] = escape_spans(int(values[channel]), smallest, largest)
    return spans
