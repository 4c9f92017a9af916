"""How far one rate-accuracy curve lies above another, rate by rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lcpc.metrics.bjontegaard import front, require_overlap

RATES = 400
"""Rates that are looked at, evenly spaced over log rate."""


@dataclass(frozen=True)
class Difference:
    """Accuracy above the anchor at equal rate, over the rates that both curves cover: mean, extremes and where those are."""

    first_rate: float
    last_rate: float
    mean: float
    least: float
    least_rate: float
    greatest: float
    greatest_rate: float


def accuracy_difference(anchor_rate: ArrayLike, anchor_accuracy: ArrayLike, rate: ArrayLike, accuracy: ArrayLike) -> Difference:
    """Difference of a curve to its anchor at equal rate, in the unit of `accuracy`; rates in the unit of `rate`.

    rate: [n] > 0; accuracy: [n]. Rule: the Pareto front of either curve, joined by straight lines over log rate, and nothing
    carried beyond its ends; the mean is over log rate. Raises ValueError where the curves share no range of rate.
    """
    anchor, curve = front(anchor_rate, anchor_accuracy), front(rate, accuracy)
    require_overlap(anchor[0], curve[0], "rate")
    first, last = (pick(a, b) for pick, a, b in ((max, anchor[0][0], curve[0][0]), (min, anchor[0][-1], curve[0][-1])))
    rates = np.geomspace(first, last, RATES)
    ours, theirs = (np.interp(np.log(rates), np.log(r), accuracies) for r, accuracies in (curve, anchor))
    above = ours - theirs
    low, high = int(above.argmin()), int(above.argmax())
    return Difference(float(first), float(last), float(above.mean()), float(above[low]), float(rates[low]), float(above[high]),
                      float(rates[high]))
