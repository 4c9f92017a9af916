"""Integer frequency tables of many channels at once, by integer arithmetic alone, so that both ends of a stream agree.

Probabilities come in as whole numbers: log2 p in units of 2^-10 bits, or weights. A network's real numbers never decide
about a table directly, since they differ in their last digits from machine to machine.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.pmf import TOTAL, FrequencyTables

Integers = NDArray[np.int64]

LOG_UNITS = 1024
"""Units of a log2 probability in a bit."""

WEIGHT_BITS = 32
LEAST_SHARE_BITS = 17
"""Values less likely than 2^-17 get no entry of their own: one count of 2^16 would be too many for them."""

LONGEST_LOG = (WEIGHT_BITS + 1) * LOG_UNITS


def of_logs(logs: Integers, first: int) -> FrequencyTables:
    """Tables of log2 probabilities in units of 2^-10 bits [channel, bin]; the bins are the values `first`, `first` + 1, ..."""
    return of_weights(weights(logs), first)


def weights(logs: Integers) -> Integers:
    """2^(log - largest log) in units of 2^-32, rounded: [channel, bin] -> [channel, bin]; the likeliest has 2^32."""
    below = np.minimum(logs.max(axis=1, keepdims=True) - logs.astype(np.int64), LONGEST_LOG)
    halvings = (below + LOG_UNITS - 1) // LOG_UNITS
    return np.asarray(_powers()[-below % LOG_UNITS] >> halvings)


def of_weights(weight: Integers, first: int) -> FrequencyTables:
    """Tables of weights [channel, bin], whole numbers from 0 to 2^33, at least one of each channel above 0.

    The support of a channel reaches from its first to its last value that is likely enough; the rest is the escape's.
    """
    total = weight.sum(axis=1, keepdims=True)
    likely = (weight << LEAST_SHARE_BITS) >= total
    begin = likely.argmax(axis=1)
    count = weight.shape[1] - likely[:, ::-1].argmax(axis=1) - begin
    place = np.arange(weight.shape[1])
    inside = (place >= begin[:, None]) & (place < (begin + count)[:, None])
    return _packed(_frequencies(weight, total, inside), inside, begin + first, count)


def _frequencies(weight: Integers, total: Integers, inside: NDArray[np.bool_]) -> Integers:
    """Counts >= 1 that sum to 2^16 with those of the escape: rounded, and the likeliest value takes the difference."""
    outside = np.where(inside, 0, weight).sum(axis=1)
    escape = np.maximum(1, (outside * TOTAL + total[:, 0] // 2) // total[:, 0])
    frequency = np.where(inside, np.maximum(1, (weight * TOTAL + total // 2) // total), 0)
    rows, mode = np.arange(len(weight)), weight.argmax(axis=1)
    excess = frequency.sum(axis=1) + escape - TOTAL
    if (2 * excess > frequency[rows, mode]).any():
        return _floored(weight, inside)
    frequency[rows, mode] -= excess
    return frequency


def _floored(weight: Integers, inside: NDArray[np.bool_]) -> Integers:
    """The same for flat distributions of many values, where rounding up could use up the likeliest one's counts."""
    kept = np.where(inside, weight, 0)
    left = TOTAL - 1 - inside.sum(axis=1, keepdims=True)
    frequency = np.where(inside, 1 + kept * left // kept.sum(axis=1, keepdims=True), 0)
    rows = np.arange(len(weight))
    frequency[rows, kept.argmax(axis=1)] += TOTAL - 1 - frequency.sum(axis=1)
    return frequency


def _packed(frequency: Integers, inside: NDArray[np.bool_], offset: Integers, count: Integers) -> FrequencyTables:
    """One row after another: 0, then the sums up to each value of the support, then up to the escape."""
    starts = np.cumsum(count + 2) - (count + 2)
    flat = np.zeros(int((count + 2).sum()), dtype=np.int64)
    place = np.arange(frequency.shape[1]) - (inside.argmax(axis=1) - 1 - starts)[:, None]
    flat[place[inside]] = np.cumsum(frequency, axis=1)[inside]
    flat[starts + count + 1] = TOTAL
    return FrequencyTables(offset, count + 1, flat)


@cache
def _powers() -> Integers:
    """2^(32 + i/1024) for i = 0 ... 1023, rounded; by decimal arithmetic, which is the same everywhere."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 40
        roots = [Decimal(2) ** (WEIGHT_BITS + Decimal(index) / LOG_UNITS) for index in range(LOG_UNITS)]
        return np.array([int(root.to_integral_value()) for root in roots], dtype=np.int64)
