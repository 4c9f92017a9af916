"""Shared by the tables of bits that buy an accuracy: the rate of a curve, and its interval."""

import math
from typing import TYPE_CHECKING

import numpy as np

from lcpc import curves
from lcpc.curves import trainings
from lcpc.curves.resampling import ResampledCurve, ResampledTraining
from lcpc.metrics.interpolate import rate_at_accuracy
from lcpc.metrics.intervals import Array
from lcpc.results.cells import Cell
from lcpc.results.store import Results
from lcpc.tables import base
from lcpc.tables._intervals import Pair, curve_ends

if TYPE_CHECKING:
    import pandas


def rate_cell(rows: "pandas.DataFrame", target_percent: float, formula: str) -> Cell:
    """Bits at which a curve reaches an accuracy, or the reason why it does not."""
    try:
        rate = trainings.mean(lambda training: rate_at_accuracy(
            *curves.arrays(training), target_percent), rows)
    except ValueError as error:
        return Cell(missing=f"{target_percent:g} % lies off the curve: {error}")
    return base.number(rate, formula, rows)


def rate_ends(results: Results, rows: "pandas.DataFrame", rate: Cell, target_percent: float,
              formula: str) -> Pair:
    """Both ends of the interval of that rate."""
    return curve_ends(rate, formula, lambda training: _rates(training, target_percent),
                      ResampledCurve(results, rows))


def _rates(training: ResampledTraining, target_percent: float) -> Array:
    """The rate in each replicate, bits: [B]; infinite where the replicate stays below."""
    pairs = zip(training.points.rate_bits, training.points.top1_percent, strict=True)
    return np.array([_rate(rates, accuracies, target_percent) for rates, accuracies in pairs])


def _rate(rates: Array, accuracies: Array, target_percent: float) -> float:
    if accuracies.max() < target_percent:
        return math.inf
    return rate_at_accuracy(rates, accuracies, target_percent)
