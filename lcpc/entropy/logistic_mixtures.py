"""Integer tables of mixtures of logistic distributions, a mixture an element, by whole numbers.

    P(v) = sum_k w_k (sigma((v + 1/2 - mu_k) / s_k) - sigma((v - 1/2 - mu_k) / s_k))

Parameters are log2 w_k, mu_k and log2 s_k in units of 2^-10. Powers and sigma are read off integer
tables, so encoder and decoder get the same tables on every machine.
"""

from functools import cache
from math import log2

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.integer_tables import LOG_UNITS, WEIGHT_BITS, powers
from lcpc.entropy.pmf import TOTAL, FrequencyTables

Integers = NDArray[np.int64]

LEAST_LOG_SCALE, LARGEST_LOG_SCALE = -6, 8
"""Limits of log2 s."""
LARGEST_VALUE = 127
"""Values and means reach from -127 to 127 at most."""
SIGMA_BITS, SHARE_BITS = 24, 20
STEEP = 16
"""sigma(-16) is below 2^-23: farther out it counts as 0."""


def tables(logs: Integers, means: Integers, log_scales: Integers, largest: int) -> FrequencyTables:
    """One table an element for the values -largest ... largest; all others are escaped.

    logs, means, log_scales: [n, K], in units of 2^-10.
    """
    values = 2 * largest + 1
    # [n, values + 1]: sigma at the lower edge of each value, and at the upper one of the last
    edges = _cumulative(shares(logs), means, log_scales, largest)
    spread = TOTAL - values - 1
    inside = (edges - edges[:, :1]) * spread >> SIGMA_BITS
    cumulative = np.empty((len(logs), values + 2), dtype=np.int64)
    cumulative[:, :-1] = inside + np.arange(values + 1)
    cumulative[:, -1] = TOTAL
    offset = np.full(len(logs), -largest)
    return FrequencyTables(offset, np.full(len(logs), values + 1), cumulative.ravel())


def least_bits(largest: int) -> float:
    """What no element of such a table costs less than: all other entries have a count of 1."""
    values = 2 * largest + 1
    return -log2(1 - values / TOTAL)


def shares(logs: Integers) -> Integers:
    """Weights of the mixtures in units of 2^-20, their sum at most 1: [n, K] -> [n, K]."""
    below = logs.max(axis=1, keepdims=True) - logs
    weight = powers(below)
    return (weight << SHARE_BITS) // weight.sum(axis=1, keepdims=True)


def _cumulative(weight: Integers, means: Integers, log_scales: Integers, largest: int) -> Integers:
    """The mixture's distribution function at the edges of all values, in units of 2^-24."""
    half = LOG_UNITS // 2
    edges = np.arange(-largest, largest + 2) * LOG_UNITS - half
    limit = LARGEST_VALUE * LOG_UNITS
    means = means.clip(-limit, limit)
    # 1 / s in units of 2^-26
    steepness = powers((log_scales - LEAST_LOG_SCALE * LOG_UNITS).clip(
        0, (LARGEST_LOG_SCALE - LEAST_LOG_SCALE) * LOG_UNITS))
    bits = WEIGHT_BITS + LEAST_LOG_SCALE
    total = np.zeros((len(means), len(edges)), dtype=np.int64)
    for k in range(means.shape[1]):
        distance = (edges - means[:, k:k + 1]) * steepness[:, k:k + 1] >> bits
        total += weight[:, k:k + 1] * sigma(distance)
    return total >> SHARE_BITS


def sigma(t: Integers) -> Integers:
    """1 / (1 + exp(-t)) in units of 2^-24, of t in units of 2^-10."""
    farthest = STEEP * LOG_UNITS
    return _sigma_table()[t.clip(-farthest, farthest) + farthest]


@cache
def _sigma_table() -> Integers:
    """sigma of -16 ... 16 in steps of 2^-10, by integer arithmetic that is the same everywhere."""
    bits = 80
    # exp(-2^-10) by its series, in units of 2^-80
    term = step = 1 << bits
    for order in range(1, 12):
        term = -term // (order * LOG_UNITS)
        step += term
    power, upper = 1 << bits, []
    for _ in range(STEEP * LOG_UNITS + 1):
        upper.append((1 << SIGMA_BITS + bits) // ((1 << bits) + power))
        power = power * step >> bits
    half = np.array(upper, dtype=np.int64)
    lower = (1 << SIGMA_BITS) - half[:0:-1]
    return np.concatenate([lower, half])
