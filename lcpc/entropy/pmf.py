"""Integer frequency tables: a probability model as an arithmetic coder needs it."""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.errors import DataError

PRECISION_BITS = 16
TOTAL = 1 << PRECISION_BITS
VALUE_LIMIT = 1 << 15
"""Values that can be coded lie in -VALUE_LIMIT + 1 .. VALUE_LIMIT - 1."""

ARRAYS = ("offset", "length", "cumulative")


@dataclass(frozen=True, eq=False)
class FrequencyTables:
    """One integer distribution a channel; its last entry is the escape of all other values.

    offset: int64 [channel], smallest value of the support.
    length: int64 [channel], number of entries: values of the support, plus one for the escape.
    cumulative: int64 [sum(length + 1)], per channel 0 < ... < 2^16, one channel after another.
    Raises DataError for invalid arrays, so that a hostile checkpoint is refused before it is used.
    """

    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    cumulative: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in ARRAYS:
            object.__setattr__(self, name, _integers(getattr(self, name), name))
        _check_shapes(self)
        _check_frequencies(self)

    def __len__(self) -> int:
        """Number of channels."""
        return len(self.offset)

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """Position in `cumulative` at which each channel begins, int64 [channel]."""
        return np.cumsum(self.length + 1) - (self.length + 1)

    @cached_property
    def mode(self) -> NDArray[np.int64]:
        """Position in `cumulative` of each channel's most frequent value, int64 [channel].

        The escape is not a value.
        """
        frequency = np.diff(self.cumulative, append=0)
        spans = zip(self.start.tolist(), (self.length - 1).tolist(), strict=True)
        places = [start + int(frequency[start:start + count].argmax()) for start, count in spans]
        return np.array(places, dtype=np.int64)

    @cached_property
    def rows(self) -> list[tuple[int, list[int], int]]:
        """Per channel (offset, cumulative frequencies, entry of the mode) as Python integers."""
        ends = self.start[1:].tolist()
        cumulative = np.split(self.cumulative, ends)
        modes = (self.mode - self.start).tolist()
        lists = [part.tolist() for part in cumulative]
        return list(zip(self.offset.tolist(), lists, modes, strict=True))

    @cached_property
    def modes(self) -> list[tuple[int, int, int]]:
        """Per channel (most frequent value, its frequency, channel) as Python integers."""
        modes = []
        for channel, (offset, cumulative, entry) in enumerate(self.rows):
            frequency = cumulative[entry + 1] - cumulative[entry]
            modes.append((offset + entry, frequency, channel))
        return modes

    def bits(self, values: ArrayLike) -> float:
        """-log2 of the probability of `values` [channel]; of escaped values, of their escape."""
        place = self.start + self.entries(np.asarray(values))
        frequency = self.cumulative[place + 1] - self.cumulative[place]
        return float(np.sum(PRECISION_BITS - np.log2(frequency)))

    def entries(self, values: NDArray[np.integer]) -> NDArray[np.int64]:
        """Table entry of each value [channel]: its place in the support, or the escape."""
        entry = values.astype(np.int64) - self.offset
        escape = self.length - 1
        return np.where((entry < 0) | (entry > escape), escape, entry)

    def to_arrays(self) -> dict[str, NDArray[np.int64]]:
        """Plain integer arrays, for a checkpoint."""
        return {name: getattr(self, name).copy() for name in ARRAYS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> "FrequencyTables":
        """The tables that `to_arrays` gave. Raises DataError for missing or invalid arrays."""
        missing = [name for name in ARRAYS if name not in arrays]
        if missing:
            raise DataError(
                f"frequency tables lack {', '.join(missing)}: "
                "make them again from the entropy model")
        return cls(*(np.asarray(arrays[name]) for name in ARRAYS))


def frequency_tables(probabilities: Sequence[ArrayLike], offset: ArrayLike) -> FrequencyTables:
    """Tables from one probability vector a channel; what it lacks to 1 is the escape's probability.

    probabilities: per channel float [support], each >= 0 (a sum above 1 is scaled down to 1).
    offset: int [channel], the value of the first entry of each vector.
    """
    frequencies = [frequencies_of(p) for p in probabilities]
    length = np.array([len(row) for row in frequencies], dtype=np.int64)
    sums = [np.concatenate(([0], np.cumsum(row))) for row in frequencies]
    cumulative = np.concatenate(sums) if sums else np.zeros(0, dtype=np.int64)
    return FrequencyTables(np.asarray(offset), length, cumulative)


def frequencies_of(probabilities: ArrayLike) -> NDArray[np.int64]:
    """Integers >= 1 that sum to 2^16, nearest in code length to `probabilities` [support].

    The last one is the escape's.

    >>> frequencies_of([0.25, 0.5, 0.25]).tolist()
    [16384, 32767, 16384, 1]
    """
    p = np.asarray(probabilities, dtype=np.float64)
    _check_probabilities(p)
    escape = max(0.0, 1.0 - p.sum())
    p = np.append(p, escape)
    p /= p.sum()
    rounded = np.floor(p * TOTAL + 0.5)
    return _balance(np.maximum(1, rounded).astype(np.int64), p)


def _balance(frequencies: NDArray[np.int64], p: NDArray[np.float64]) -> NDArray[np.int64]:
    """Moves single counts, each where it costs least code length, until the sum is 2^16."""
    excess = int(frequencies.sum()) - TOTAL
    step = -1 if excess > 0 else 1
    counts, weights = frequencies.tolist(), p.tolist()
    pairs = zip(counts, weights, strict=True)
    heap = [(_price(count, weight, step), entry) for entry, (count, weight) in enumerate(pairs)]
    heapq.heapify(heap)
    for _ in range(abs(excess)):
        entry = heap[0][1]
        counts[entry] += step
        price = _price(counts[entry], weights[entry], step)
        heapq.heapreplace(heap, (price, entry))
    return np.array(counts, dtype=np.int64)


def _price(frequency: int, p: float, step: int) -> float:
    """Code length that one count less (or more) costs, to first order; the last count stays."""
    if step > 0:
        return -p / (frequency + 0.5)
    return p / (frequency - 0.5) if frequency > 1 else math.inf


def _check_probabilities(p: NDArray[np.float64]) -> None:
    if p.ndim != 1 or not 1 <= len(p) < TOTAL // 2:
        raise DataError(
            f"a channel needs 1 to {TOTAL // 2 - 1} probabilities, "
            f"not an array of shape {p.shape}")
    if not np.isfinite(p).all() or (p < 0).any() or p.sum() == 0:
        raise DataError(
            "probabilities must be finite, not negative and not all zero: "
            "is the entropy model trained?")


def _integers(array: ArrayLike, name: str) -> NDArray[np.int64]:
    values = np.asarray(array)
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise DataError(
            f"frequency tables: {name} must be a list of integers, "
            f"not {values.dtype} {values.shape}")
    values = values.astype(np.int64)
    values.setflags(write=False)
    return values


def _check_shapes(tables: FrequencyTables) -> None:
    offset, length, longest = tables.offset, tables.length, TOTAL // 2
    is_long_enough = (length >= 2) & (length <= longest)
    if not len(offset) or len(offset) != len(length) or not is_long_enough.all():
        raise DataError(
            f"frequency tables: {len(offset)} offsets, "
            f"{len(length)} lengths of 2 to {longest} wanted")
    numbers = int((length + 1).sum())
    if numbers != len(tables.cumulative):
        raise DataError(
            f"frequency tables: lengths ask for {numbers} numbers, "
            f"but there are {len(tables.cumulative)}")
    ends = np.concatenate([offset, offset + length - 2])
    if ends.max() >= VALUE_LIMIT or ends.min() <= -VALUE_LIMIT:
        raise DataError(f"frequency tables: a support reaches beyond +-{VALUE_LIMIT - 1}")


def _check_frequencies(tables: FrequencyTables) -> None:
    cumulative, start = tables.cumulative, tables.start
    is_inside = np.ones(len(cumulative), dtype=bool)
    is_inside[start] = False
    steps = np.diff(cumulative, prepend=0)[is_inside]
    is_in_range = cumulative.min() >= 0 and cumulative.max() <= TOTAL
    begins_at_0 = (cumulative[start] == 0).all()
    ends_at_total = (cumulative[start + tables.length] == TOTAL).all()
    if not (is_in_range and (steps >= 1).all() and begins_at_0 and ends_at_total):
        raise DataError(
            f"frequency tables: each channel must rise from 0 to {TOTAL} by at least 1 a step")
