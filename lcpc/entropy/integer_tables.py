"""Integer frequency tables of many channels at once, made by integer arithmetic alone.

Encoder and decoder must get the same tables. So probabilities come in as whole numbers: log2 p in
units of 2^-10 bits, or weights. A network's real numbers never decide about a table directly, since
their last digits differ from machine to machine.
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
"""Values less likely than 2^-17 get no entry: a count of 1 of 2^16 would be too many for them."""

LONGEST_LOG = (WEIGHT_BITS + 1) * LOG_UNITS


def of_logs(logs: Integers, first: int) -> FrequencyTables:
    """Tables of log2 probabilities in units of 2^-10 bits [channel, bin].

    The bins are the values `first`, `first` + 1, ...
    """
    return of_weights(weights(logs), first)


def weights(logs: Integers) -> Integers:
    """2^(log - largest log) in units of 2^-32, rounded: [channel, bin] -> [channel, bin]."""
    largest = logs.max(axis=1, keepdims=True)
    return powers(largest - logs.astype(np.int64))


def powers(below: Integers) -> Integers:
    """2^-below in units of 2^-32, rounded down, of numbers >= 0 in units of 2^-10."""
    below = np.minimum(below, LONGEST_LOG)
    halvings = (below + LOG_UNITS - 1) // LOG_UNITS
    return np.asarray(_powers()[-below % LOG_UNITS] >> halvings)


def of_weights(weight: Integers, first: int) -> FrequencyTables:
    """Tables of weights [channel, bin], whole numbers from 0 to 2^33, not all 0 in any channel.

    The support of a channel reaches from its first to its last value that is likely enough; all
    others are escaped.
    """
    bins = weight.shape[1]
    total = weight.sum(axis=1, keepdims=True)
    likely = (weight << LEAST_SHARE_BITS) >= total
    begin = likely.argmax(axis=1)
    end = bins - likely[:, ::-1].argmax(axis=1)
    place = np.arange(bins)
    inside = (place >= begin[:, None]) & (place < end[:, None])
    return _packed(_frequencies(weight, total, inside), inside, begin + first, end - begin)


def _frequencies(weight: Integers, total: Integers, inside: NDArray[np.bool_]) -> Integers:
    """Counts >= 1 that sum to 2^16 with the escape's: rounded, the likeliest value corrected."""
    half = total // 2
    outside = np.where(inside, 0, weight).sum(axis=1, keepdims=True)
    escape = np.maximum(1, (outside * TOTAL + half) // total)
    rounded = np.maximum(1, (weight * TOTAL + half) // total)
    frequency = np.where(inside, rounded, 0)
    rows, mode = np.arange(len(weight)), weight.argmax(axis=1)
    excess = frequency.sum(axis=1) + escape[:, 0] - TOTAL
    if (2 * excess > frequency[rows, mode]).any():
        return _floored(weight, inside)
    frequency[rows, mode] -= excess
    return frequency


def _floored(weight: Integers, inside: NDArray[np.bool_]) -> Integers:
    """The same for flat distributions of many values.

    There, rounding up could use up the counts of the likeliest value.
    """
    kept = np.where(inside, weight, 0)
    counts_left = TOTAL - 1 - inside.sum(axis=1, keepdims=True)
    share = kept * counts_left // kept.sum(axis=1, keepdims=True)
    frequency = np.where(inside, 1 + share, 0)
    rows, mode = np.arange(len(weight)), kept.argmax(axis=1)
    frequency[rows, mode] += TOTAL - 1 - frequency.sum(axis=1)
    return frequency


def _packed(frequency: Integers, inside: NDArray[np.bool_], offset: Integers,
            count: Integers) -> FrequencyTables:
    """Row after row: 0, then the sums up to each value of the support, then up to the escape."""
    sizes = count + 2
    starts = np.cumsum(sizes) - sizes
    flat = np.zeros(int(sizes.sum()), dtype=np.int64)
    begin = inside.argmax(axis=1)
    place = np.arange(frequency.shape[1]) - (begin - 1 - starts)[:, None]
    flat[place[inside]] = np.cumsum(frequency, axis=1)[inside]
    flat[starts + count + 1] = TOTAL
    return FrequencyTables(offset, count + 1, flat)


@cache
def _powers() -> Integers:
    """2^(32 + i/1024) for i = 0 ... 1023, rounded; decimal arithmetic is the same everywhere."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 40
        exponents = (WEIGHT_BITS + Decimal(index) / LOG_UNITS for index in range(LOG_UNITS))
        powers = [int((Decimal(2) ** exponent).to_integral_value()) for exponent in exponents]
        return np.array(powers, dtype=np.int64)
