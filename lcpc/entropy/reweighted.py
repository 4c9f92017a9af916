"""Integer tables of p(v) r(v) / sum p r: distributions p that learn by a ratio r of two others.

All in whole numbers, so that encoder and decoder get the same tables on every machine.
"""

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.integer_tables import LOG_UNITS, WEIGHT_BITS, powers
from lcpc.entropy.pmf import TOTAL, FrequencyTables

Integers = NDArray[np.int64]

RATIO_BITS = 16
LARGEST_LOG = 8
"""Ratios lie between 2^-8 and 2^8."""


def ratios_of(logs: Integers) -> Integers:
    """2^logs in units of 2^-16, of logs in units of 2^-10."""
    limit = LARGEST_LOG * LOG_UNITS
    below = limit - logs.clip(-limit, limit)
    return powers(below) >> (WEIGHT_BITS - RATIO_BITS - LARGEST_LOG)


def reweighted(tables: FrequencyTables, ratio: Integers) -> FrequencyTables:
    """Tables of the same L values each, and the escape, times ratios of these values.

    ratio: [rows, L] as of `ratios_of`; table i takes row i modulo the rows. The escape's is 1.
    """
    entries = ratio.shape[1] + 1
    # [tables / rows, rows, entries]
    shape = (-1, len(ratio), entries)
    frequency = np.diff(tables.cumulative.reshape(-1, entries + 1)).reshape(shape)
    factor = np.pad(ratio, ((0, 0), (0, 1)), constant_values=1 << RATIO_BITS)
    weight = (frequency * factor).reshape(-1, entries)
    sums = np.cumsum(weight, axis=1)
    cumulative = np.zeros((len(weight), entries + 1), dtype=np.int64)
    spread = TOTAL - entries
    cumulative[:, 1:] = sums * spread // sums[:, -1:] + np.arange(1, entries + 1)
    return FrequencyTables(tables.offset, tables.length, cumulative.ravel())
