"""Mixtures of logistic distributions in whole numbers: equal frequencies on every machine.

    P(v) = sum_j w_j (sigma((v + 1/2 - mu_j) / s_j) - sigma((v - 1/2 - mu_j) / s_j))

Parameters are the natural logarithms of w_j, then mu_j, then the natural logarithms of s_j, in
units of 2^-8. The exponential and the logistic function are tables, made by decimal arithmetic.
`LogisticMixtures` are many at once, with the numbers of `MixtureOfLogistics`.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.pmf import TOTAL

Integers = NDArray[np.int64]

ACTIVATION_BITS = 8
PARAMETERS = 3
"""Weight, mean and logarithm of the scale of a logistic, in units of 2^-8."""

FIRST, BINS = -64, 128
"""Symbols that have a probability: -64 to 63; all others are escaped."""
SHARED = TOTAL - BINS - 1
"""Counts that follow the mixture: each value and the escape have one besides."""
LARGEST_LOG_SCALE = 4 << ACTIVATION_BITS
LARGEST_LOG_WEIGHT = 12 << ACTIVATION_BITS
RATE_BITS, WEIGHT_UNITS, LOGISTIC_UNITS = 16, 1 << 16, 1 << 20
LOGISTIC_BITS, LOGISTIC_REACH = 10, 16
"""The logistic function is kept at multiples of 2^-10 from -16 to 16."""
MIDDLE = LOGISTIC_REACH << LOGISTIC_BITS
LAST = 2 * MIDDLE
SHIFT_BITS = ACTIVATION_BITS + RATE_BITS - LOGISTIC_BITS
FIRST_EDGE = (FIRST << ACTIVATION_BITS) - (1 << ACTIVATION_BITS - 1)
"""Lower edge of the first symbol, in units of 2^-8."""


class MixtureOfLogistics:
    """The distribution of a symbol by the whole numbers that a network gives: weights, then means,
    then logarithms of scales, of J logistics each, in units of 2^-8.

    Each value from -64 to 63 has a frequency of 1 or more, and so has the escape, of 2^16 in all.
    """

    first, entries = FIRST, BINS

    def __init__(self, parameters: Sequence[int]) -> None:
        count = len(parameters) // PARAMETERS
        weights, means = parameters[:count], parameters[count:2 * count]
        largest = max(weights)
        falling, rates, logistic = _falling(), _rates(), _logistic()
        self._logistics = []
        shares = least = 0
        for weight, mean, log_scale in zip(weights, means, parameters[2 * count:], strict=True):
            share = falling[min(largest - weight, LARGEST_LOG_WEIGHT)]
            bounded = min(max(log_scale, -LARGEST_LOG_SCALE), LARGEST_LOG_SCALE)
            rate = rates[bounded + LARGEST_LOG_SCALE]
            start = (MIDDLE << SHIFT_BITS) + (FIRST_EDGE - mean) * rate
            self._logistics.append((rate << ACTIVATION_BITS, start, share))
            shares += share
            if start > 0:
                least += share * logistic[min(start >> SHIFT_BITS, LAST)]
        self._total = LOGISTIC_UNITS * shares
        self._least = least
        likeliest = means[weights.index(largest)] - FIRST_EDGE >> ACTIVATION_BITS
        self.likeliest = min(max(likeliest, 0), BINS - 1)

    def below(self, entry: int) -> int:
        """Sum of the frequencies before an entry, 0 to 128."""
        return (self._mass(entry) - self._least) * SHARED // self._total + entry

    def _mass(self, entry: int) -> int:
        """Cumulative of the mixture at the lower edge of an entry."""
        logistic, mass = _logistic(), 0
        for rate, start, share in self._logistics:
            place = (rate * entry + start) >> SHIFT_BITS
            if place > 0:
                mass += share * logistic[place if place < LAST else LAST]
        return mass


class LogisticMixtures:
    """Mixtures [...] of J logistics by their parameters [..., 3 J], at most 2^31 in size.

    With J <= 16, all numbers on the way stay below 2^58.
    """

    def __init__(self, parameters: Integers) -> None:
        # [..., 3 J] -> [3, J, ...]: the loops over mixtures are the inner ones
        columns = np.ascontiguousarray(np.moveaxis(parameters, -1, 0))
        weights, means, log_scales = columns.reshape(PARAMETERS, -1, *columns.shape[1:])
        falling, rates, _ = _tables()
        rate = rates.take(log_scales + LARGEST_LOG_SCALE, mode="clip")
        self._shares = falling.take(weights.max(axis=0) - weights, mode="clip")
        self._starts = (MIDDLE << SHIFT_BITS) + (FIRST_EDGE - means) * rate
        self._rates = rate << ACTIVATION_BITS
        self._totals = LOGISTIC_UNITS * self._shares.sum(axis=0)
        self._least = self._mass(0)
        mean = np.choose(weights.argmax(axis=0), means)
        self.likeliest = ((mean - FIRST_EDGE) >> ACTIVATION_BITS).clip(0, BINS - 1)

    def below(self, entries: Integers | int) -> Integers:
        """Sums of the frequencies before entries [...], each 0 to 128."""
        sums: Integers = self._above_least(entries) * SHARED // self._totals + entries
        return sums

    def entries_at(self, targets: Integers) -> Integers:
        """The largest entries with `below` <= `targets` [...]; 128 or more is the escape."""
        entries = np.zeros_like(targets)
        scaled = (targets + 1) * self._totals
        for bit in reversed(range(BINS.bit_length())):
            step = 1 << bit
            higher = entries + step
            # the same as below(higher) <= targets, without a division
            is_below = self._above_least(higher) * SHARED + higher * self._totals < scaled
            entries += step * is_below
        return entries

    def _above_least(self, entries: Integers | int) -> Integers:
        return self._mass(entries) - self._least

    def _mass(self, entries: Integers | int) -> Integers:
        """Cumulatives of the mixtures at the lower edges of entries [...]."""
        places = self._rates * entries
        places += self._starts
        places >>= SHIFT_BITS
        values = _tables()[-1].take(places, mode="clip")
        values *= self._shares
        mass: Integers = values.sum(axis=0)
        return mass


@cache
def _tables() -> tuple[Integers, ...]:
    """The tables as arrays."""
    return tuple(np.array(table, dtype=np.int64) for table in (_falling(), _rates(), _logistic()))


@cache
def _falling() -> list[int]:
    """2^16 exp(-i / 2^8), at least 0."""
    return _table(lambda x: WEIGHT_UNITS * (-x).exp(), 0, LARGEST_LOG_WEIGHT, ACTIVATION_BITS)


@cache
def _rates() -> list[int]:
    """2^16 exp(-t) for logarithms t of scales from -4 to 4."""
    def rate(x: Any) -> Any:
        """The rate of a logistic function, 2^RATE_BITS exp(-x), x: log scale."""
        return (1 << RATE_BITS) * (-x).exp()

    return _table(rate, -LARGEST_LOG_SCALE, LARGEST_LOG_SCALE, ACTIVATION_BITS)


@cache
def _logistic() -> list[int]:
    """2^20 / (1 + exp(-x)) for x from -16 to 16."""
    return _table(lambda x: LOGISTIC_UNITS / (1 + (-x).exp()), -MIDDLE, MIDDLE,
                  LOGISTIC_BITS)


def _table(function: Callable[[Any], Any], first: int, last: int, bits: int) -> list[int]:
    """A function at multiples of 2^-bits, rounded; decimal arithmetic is the same everywhere."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 30
        unit = Decimal(1 << bits)
        values = [function(Decimal(place) / unit) for place in range(first, last + 1)]
        return [int(value.to_integral_value()) for value in values]
