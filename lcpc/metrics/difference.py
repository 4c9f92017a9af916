"""How far one rate-accuracy curve lies above another, rate by rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.metrics.bjontegaard import RateQuality, front, require_overlap

RATES = 400
"""Rates that are looked at, evenly spaced over log rate."""


@dataclass(frozen=True)
class Difference:
    """Accuracy above the anchor at equal rate, over the rates of both: mean and extremes."""

    first_rate: float
    last_rate: float
    mean: float
    least: float
    least_rate: float
    greatest: float
    greatest_rate: float


def accuracy_difference(anchor_rate: ArrayLike, anchor_accuracy: ArrayLike, rate: ArrayLike,
                        accuracy: ArrayLike) -> Difference:
    """Difference of a curve to its anchor at equal rate, in the units of `accuracy` and `rate`.

    rate: [n] > 0; accuracy: [n]. Rule: the Pareto front of either curve, joined by straight lines
    over log rate, and nothing carried beyond its ends; the mean is over log rate. Raises ValueError
    where the curves share no range of rate.
    """
    anchor, curve = front(anchor_rate, anchor_accuracy), front(rate, accuracy)
    require_overlap(anchor[0], curve[0], "rate")
    first, last = float(max(anchor[0][0], curve[0][0])), float(min(anchor[0][-1], curve[0][-1]))
    rates = np.geomspace(first, last, RATES)
    above = _at(rates, curve) - _at(rates, anchor)
    low, high = int(above.argmin()), int(above.argmax())
    return Difference(first, last, float(above.mean()), float(above[low]), float(rates[low]),
                      float(above[high]), float(rates[high]))


def points_above(anchor_rate: ArrayLike, anchor_accuracy: ArrayLike, rate: ArrayLike,
                 accuracy: ArrayLike) -> NDArray[np.float64]:
    """Each point's accuracy above the anchor at its rate, [n]; NaN where the anchor has none.

    rate, accuracy: [n]; all n are looked at, whether on the front or not. The anchor is joined as
    in `accuracy_difference`.
    """
    anchor, rates = front(anchor_rate, anchor_accuracy), np.asarray(rate, dtype=np.float64)
    covered = (rates >= anchor[0][0]) & (rates <= anchor[0][-1])
    return np.where(covered, np.asarray(accuracy, dtype=np.float64) - _at(rates, anchor), np.nan)


def _at(rates: NDArray[np.float64], curve: RateQuality) -> NDArray[np.float64]:
    return np.interp(np.log(rates), np.log(curve[0]), curve[1])
