"""Streams of symbols whose frequencies are computed one after another, from the symbols before.

The streams are as those of `lcpc.entropy.coder`, but for where an interval begins: at a symbol that
changes from place to place, so that no common sequence of symbols has a stream far shorter than its
cost. A decoder can then refuse a stream as soon as its symbols cost more than it holds.

>>> table = np.array([[1 << 15, 1 << 14, 1 << 14]] * 20)
>>> stream = encode(spans([0, 1, 2, 0] * 5, table, 0))
>>> decoder = StepwiseDecoder(stream)
>>> [decoder.symbol(row) for row in table[:4]], len(stream)
([0, 1, 2, 0], 4)
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy._interval import IntervalDecoder, SymbolSpan, encoded
from lcpc.entropy.pmf import TOTAL
from lcpc.errors import BitstreamError

Frequencies = NDArray[np.int64]
"""Of the symbols 0, 1, ... in the last axis, each at least 1; they sum to 2^16."""
STEP = 40503
"""About 2^16 / golden ratio: beginnings of intervals are spread over the symbols."""
SPARE_BITS = 64
"""A stream is so much shorter than the cost of its symbols once in 2^64 times."""
MOST_SYMBOLS = 1 << 40


def spans(symbols: Sequence[int] | NDArray[np.integer], frequencies: Frequencies,
          first: int) -> list[SymbolSpan]:
    """Where symbols [n] lie by frequencies [n, K], if there are `first` symbols before them."""
    rows = np.arange(len(frequencies))
    cumulative = np.zeros((len(frequencies), frequencies.shape[1] + 1), dtype=np.int64)
    np.cumsum(frequencies, axis=1, out=cumulative[:, 1:])
    origin = cumulative[rows, _first_symbol(rows + first, frequencies.shape[1])]
    below = (cumulative[rows, symbols] - origin) % TOTAL
    return list(zip(below.tolist(), frequencies[rows, symbols].tolist(), strict=True))


def encode(places: Sequence[SymbolSpan]) -> bytes:
    """The stream of all `spans` of some symbols."""
    return encoded(places)


def _first_symbol(place: NDArray[np.int64] | int, symbols: int) -> NDArray[np.int64] | int:
    """The symbol that comes first in the interval of a place."""
    return place * STEP % TOTAL * symbols // TOTAL


class StepwiseDecoder(IntervalDecoder):
    """Reads symbols by their frequencies. Raises BitstreamError as soon as they cost more bits than
    the stream has."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream, MOST_SYMBOLS)
        self._most_bits = 8 * len(stream) + SPARE_BITS
        self._place = 0

    def symbol(self, frequencies: Frequencies) -> int:
        """The next symbol by its frequencies [K]."""
        cumulative = frequencies.cumsum()
        first = int(_first_symbol(self._place, len(frequencies)))
        origin = int(cumulative[first] - frequencies[first])
        target = (self.target() + origin) % TOTAL
        symbol = int(cumulative.searchsorted(target, "right"))
        frequency = int(frequencies[symbol])
        self.narrow((int(cumulative[symbol]) - frequency - origin) % TOTAL, frequency)
        self._place += 1
        if self._bits - self._width.bit_length() > self._most_bits:
            raise BitstreamError(f"the {len(self._stream)} bytes of the coder can't hold what the "
                                 "stream promises: it is damaged or of another model")
        return symbol
