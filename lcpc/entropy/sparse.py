"""Integers of which nearly all are 0, as bytes: how many are not, then the gap before each and its
value.

>>> import numpy as np
>>> stream = encode(np.array([0, 0, 0, -1, 0, 2]))
>>> len(stream), decode(stream + b"rest", 6)
(5, (array([ 0,  0,  0, -1,  0,  2]), b'rest'))
"""

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.entropy.pmf import VALUE_LIMIT
from lcpc.errors import BitstreamError, DataError

Integers = NDArray[np.int64]


def encode(values: Integers) -> bytes:
    """The bytes of integers [n]. Raises DataError for values beyond +-32767."""
    if abs(values).max(initial=0) >= VALUE_LIMIT:
        raise DataError(f"values beyond +-{VALUE_LIMIT - 1} can't be coded")
    places = np.flatnonzero(values)
    gaps = np.diff(places, prepend=-1) - 1
    kept = values[places]
    folded = np.where(kept < 0, -2 * kept - 1, 2 * kept)
    pairs = np.stack([gaps, folded], axis=1)
    return numeral(len(places)) + b"".join(map(numeral, pairs.ravel().tolist()))


def decode(stream: bytes, count: int) -> tuple[Integers, bytes]:
    """(integers [count], the rest of the stream).

    Raises BitstreamError for bytes that `encode` can't write.
    """
    number, rest = read_numeral(stream)
    values = np.zeros(count, dtype=np.int64)
    place = -1
    for _ in range(number):
        gap, rest = read_numeral(rest)
        folded, rest = read_numeral(rest)
        place += gap + 1
        value = -(folded + 1) // 2 if folded % 2 else folded // 2
        if place >= count or not 0 < abs(value) < VALUE_LIMIT:
            raise BitstreamError(
                f"the stream holds the value {value} at place {place} of {count}: it is damaged or "
                "of another model")
        values[place] = value
    return values, rest
