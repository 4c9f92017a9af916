"""Bits of a latent whose values are counted by channel and bin, under distributions or tables."""

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy import integer_tables
from lcpc.entropy.pmf import PRECISION_BITS, FrequencyTables

Counts = NDArray[np.int64]
"""How often each bin of each channel occurs: [M, B]."""
Distributions = NDArray[np.float64]
"""Probabilities of the bins of each channel: [M, B]."""

OUTSIDE_BITS = 30.0
"""Estimate for a value outside the bins: an escape (16 bits or more) and the value in bytes."""
BYTE_BITS = 8


def shares(counts: Counts) -> Distributions:
    """A picture's own distributions: counts divided by their sums; rows without values stay 0."""
    return counts / counts.sum(axis=1, keepdims=True).clip(1)


def probabilities(logs: NDArray[np.int64]) -> Distributions:
    """Distributions of log2 p in units of 2^-10 bits [M, B]; rows sum to one."""
    weight = integer_tables.weights(logs).astype(np.float64)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def cross_entropy_bits(counts: Counts, p: Distributions, outside: int = 0) -> float:
    """Bits of values with these counts under distributions p, and of `outside` more values."""
    seen = counts > 0
    lengths = -np.log2(np.maximum(p[seen], 2.0**-OUTSIDE_BITS))
    return float(np.sum(counts[seen] * lengths)) + OUTSIDE_BITS * outside


def table_bits(counts: Counts, tables: FrequencyTables, first: int) -> float:
    """Bits of values with these counts coded with integer tables; bin 0 is the value `first`."""
    channel, bin_ = np.nonzero(counts)
    above = (bin_ + first - tables.offset[channel]) % (1 << 32)
    entry = np.minimum(above, tables.length[channel] - 1)
    place = tables.start[channel] + entry
    frequency = tables.cumulative[place + 1] - tables.cumulative[place]
    lengths = PRECISION_BITS - np.log2(frequency)
    return float((counts[channel, bin_] * lengths).sum())
