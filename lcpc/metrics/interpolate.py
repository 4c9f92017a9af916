"""Reads one value off a rate-accuracy curve between its points."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.metrics.pareto import as_curve, pareto_front


def rate_at_accuracy(rate: ArrayLike, accuracy: ArrayLike, target: float) -> float:
    """Rate at which the curve reaches the accuracy `target`, in the unit of `rate`.

    Rule: the Pareto front of the points, joined by straight lines in (rate, accuracy), as the
    figures draw it. Raises ValueError where the front does not reach `target`: nothing is
    extrapolated. Source: the talk's "80 % at" numbers, which this gives to the ten bits that they
    are printed to.
    """
    rates, accuracies = _front(rate, accuracy, target)
    return float(np.interp(target, accuracies, rates))


def rates_around(rate: ArrayLike, accuracy: ArrayLike, target: float) -> tuple[float, float]:
    """Rates of the two points that `rate_at_accuracy` reads between; twice the same where a point
    has that very accuracy. Raises ValueError as it does."""
    rates, accuracies = _front(rate, accuracy, target)
    above = int(np.searchsorted(accuracies, target))
    below = above if accuracies[above] == target else above - 1
    return float(rates[below]), float(rates[above])


def _front(rate: ArrayLike, accuracy: ArrayLike,
           target: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both of the Pareto front, rising. Raises ValueError where it does not reach `target`."""
    rates, accuracies = as_curve(rate, accuracy)
    kept = pareto_front(rates, accuracies)
    lowest, highest = accuracies[kept[0]], accuracies[kept[-1]]
    if not lowest <= target <= highest:
        raise ValueError(f"the curve covers accuracies from {lowest:g} to {highest:g}, not "
                         f"{target:g}")
    return rates[kept], accuracies[kept]
