"""Integer frequency tables: what an arithmetic coder needs of a probability model, in integers only."""

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
    """One integer distribution a channel; the last entry of each is the escape, for values outside the support.

    offset: int64 [channel], smallest value of the support.
    length: int64 [channel], number of entries: values of the support, plus one for the escape.
    cumulative: int64 [sum(length + 1)], per channel 0 < ... < 2^16, one channel after another.
    Raises DataError where the arrays make no table, so that a hostile checkpoint is refused before it is used.
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
        """Position in `cumulative` of each channel's most frequent value (the escape is none), int64 [channel]."""
        steps = np.diff(self.cumulative, append=0)
        spans = zip(self.start.tolist(), (self.length - 1).tolist(), strict=True)
        return np.array([begin + int(steps[begin : begin + count].argmax()) for begin, count in spans], dtype=np.int64)

    @cached_property
    def rows(self) -> list[tuple[int, list[int], int]]:
        """Per channel (offset, cumulative frequencies, entry of the mode) as Python integers, for loops."""
        flat, begins, ends = self.cumulative.tolist(), self.start.tolist(), (self.start + self.length + 1).tolist()
        modes = (self.mode - self.start).tolist()
        return [(o, flat[b:e], m) for o, b, e, m in zip(self.offset.tolist(), begins, ends, modes, strict=True)]

    @cached_property
    def modes(self) -> list[tuple[int, int, int]]:
        """Per channel (most frequent value, its frequency, channel) as Python integers, for loops."""
        return [(offset + m, steps[m + 1] - steps[m], i) for i, (offset, steps, m) in enumerate(self.rows)]

    def bits(self, values: ArrayLike) -> float:
        """-log2 of what the tables give to `values` [channel]; a value outside the support counts its escape only."""
        entry = self.entries(np.asarray(values))
        frequency = self.cumulative[self.start + entry + 1] - self.cumulative[self.start + entry]
        return float(np.sum(PRECISION_BITS - np.log2(frequency)))

    def entries(self, values: NDArray[np.integer]) -> NDArray[np.int64]:
        """Number of the table entry that codes each value [channel]: its place in the support, or the escape."""
        entry = values.astype(np.int64) - self.offset
        escape = self.length - 1
        return np.where((entry < 0) | (entry > escape), escape, entry)

    def to_arrays(self) -> dict[str, NDArray[np.int64]]:
        """Plain integer arrays, for a checkpoint."""
        return {name: getattr(self, name).copy() for name in ARRAYS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> "FrequencyTables":
        """The tables that `to_arrays` gave. Raises DataError where one is missing or they make no table."""
        missing = [name for name in ARRAYS if name not in arrays]
        if missing:
            raise DataError(f"frequency tables lack {', '.join(missing)}: make them again from the entropy model")
        return cls(*(np.asarray(arrays[name]) for name in ARRAYS))


def frequency_tables(probabilities: Sequence[ArrayLike], offset: ArrayLike) -> FrequencyTables:
    """Tables from one probability vector a channel; what a vector lacks to 1 is the mass of the escape.

    probabilities: per channel float [support], each >= 0, sum at most 1 (a sum above 1 is scaled down to it).
    offset: int [channel], the value of the first entry of each vector.
    """
    frequencies = [frequencies_of(p) for p in probabilities]
    length = np.array([len(f) for f in frequencies], dtype=np.int64)
    steps = [np.concatenate(([0], np.cumsum(f))) for f in frequencies]
    cumulative = np.concatenate(steps) if steps else np.zeros(0, dtype=np.int64)
    return FrequencyTables(np.asarray(offset), length, cumulative)


def frequencies_of(probabilities: ArrayLike) -> NDArray[np.int64]:
    """Integers >= 1 that sum to 2^16, nearest in code length to `probabilities` [support]; the last is the escape.

    >>> frequencies_of([0.25, 0.5, 0.25]).tolist()
    [16384, 32767, 16384, 1]
    """
    p = np.asarray(probabilities, dtype=np.float64)
    _check_probabilities(p)
    p = np.append(p, max(0.0, 1.0 - p.sum()))
    p /= p.sum()
    frequencies = np.maximum(1, np.floor(p * TOTAL + 0.5)).astype(np.int64)
    return _balance(frequencies, p)


def _balance(frequencies: NDArray[np.int64], p: NDArray[np.float64]) -> NDArray[np.int64]:
    """Moves single counts, each where it costs least (or gains most) code length, until the sum is 2^16."""
    excess = int(frequencies.sum()) - TOTAL
    step = -1 if excess > 0 else 1
    counts, weights = frequencies.tolist(), p.tolist()
    heap = [(_price(f, w, step), i) for i, (f, w) in enumerate(zip(counts, weights, strict=True))]
    heapq.heapify(heap)
    for _ in range(abs(excess)):
        i = heap[0][1]
        counts[i] += step
        heapq.heapreplace(heap, (_price(counts[i], weights[i], step), i))
    return np.array(counts, dtype=np.int64)


def _price(frequency: int, p: float, step: int) -> float:
    """What one count less (or more) costs in code length, to first order; no entry may lose its last count."""
    if step > 0:
        return -p / (frequency + 0.5)
    return p / (frequency - 0.5) if frequency > 1 else math.inf


def _check_probabilities(p: NDArray[np.float64]) -> None:
    if p.ndim != 1 or not 1 <= len(p) < TOTAL // 2:
        raise DataError(f"a channel needs 1 to {TOTAL // 2 - 1} probabilities, not an array of shape {p.shape}")
    if not np.isfinite(p).all() or (p < 0).any() or p.sum() == 0:
        raise DataError("probabilities must be finite, not negative and not all zero: is the entropy model trained?")


def _integers(array: ArrayLike, name: str) -> NDArray[np.int64]:
    values = np.asarray(array)
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise DataError(f"frequency tables: {name} must be a list of integers, not {values.dtype} {values.shape}")
    values = values.astype(np.int64)
    values.setflags(write=False)
    return values


def _check_shapes(tables: FrequencyTables) -> None:
    offset, length = tables.offset, tables.length
    if not len(offset) or len(offset) != len(length) or ((length < 2) | (length > TOTAL // 2)).any():
        raise DataError(f"frequency tables: {len(offset)} offsets, {len(length)} lengths of 2 to {TOTAL // 2} wanted")
    if int((length + 1).sum()) != len(tables.cumulative):
        raise DataError(f"frequency tables: lengths ask for {int((length + 1).sum())} numbers, "
                        f"but there are {len(tables.cumulative)}")
    if ((abs(offset) >= VALUE_LIMIT) | (offset + length - 2 >= VALUE_LIMIT)).any() or offset.min() < -VALUE_LIMIT:
        raise DataError(f"frequency tables: a support reaches beyond +-{VALUE_LIMIT - 1}")


def _check_frequencies(tables: FrequencyTables) -> None:
    cumulative, start = tables.cumulative, tables.start
    inside = np.ones(len(cumulative), dtype=bool)
    inside[start] = False
    rises = (np.diff(cumulative, prepend=0)[inside] >= 1).all() and cumulative.min() >= 0 and cumulative.max() <= TOTAL
    if not rises or (cumulative[start] != 0).any() or (cumulative[start + tables.length] != TOTAL).any():
        raise DataError(f"frequency tables: each channel must rise from 0 to {TOTAL} by at least 1 a step")
