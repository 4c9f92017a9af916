"""Shared by the tables of bits that buy an accuracy: the rate of a curve, its interval, and how far
apart the rows are that it lies between."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lcpc import curves
from lcpc.curves import CurveKey, Curves, trainings
from lcpc.curves.resampling import ResampledCurve, ResampledTraining
from lcpc.metrics.interpolate import rate_at_accuracy, rates_around
from lcpc.metrics.intervals import Floats
from lcpc.results.cells import Cell, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base
from lcpc.tables._intervals import NO_CLOUDS, Ends, columns, curve_ends

FAR = 2.0
"""Rates of neighbouring rows that differ by more than this factor are named in a note."""
KEY = ["codec"]
QUANTITIES = ["rate_bits"]
ENDS = columns(QUANTITIES)
COLUMNS = base.comparison_columns(KEY, QUANTITIES, appended=[*ENDS, base.SEEDS])


@dataclass(frozen=True)
class RunRate:
    """A rate of the run, its evidence, and both ends of its interval, by column."""

    rate: Cell
    evidence: Cell
    ends: dict[str, Cell]


@dataclass(frozen=True)
class RateTable:
    """A table of bits at which curves reach an accuracy; `formula` says how they are read off."""

    stem: str
    target_percent: float
    formula: str

    def rate(self, key: CurveKey, of: Curves, reason: str) -> Cell:
        """Bits of one of the curves `of`; the reason where it is not among them."""
        rows = of.rows.get(key)
        if rows is None:
            return Cell(missing=reason)
        return rate_cell(rows, self.target_percent, self.formula)

    def of_run(self, results: Results, key: CurveKey, measured: Curves | None,
               recomputed: Cell) -> RunRate:
        """The run's rate of a curve; that of the documents for run published."""
        if measured is None:
            return RunRate(recomputed, text(PUBLISHED), base.absent(ENDS, NO_CLOUDS))
        rate = self.rate(key, measured, self.reason(results, key, measured))
        if rate.missing:
            return RunRate(rate, Cell(missing=rate.missing), base.absent(ENDS, rate.missing))
        rows = measured.rows[key]
        pair = rate_ends(results, rows, rate, self.target_percent, self.formula)
        ends = dict(zip(ENDS, pair, strict=True))
        return RunRate(rate, text(curves.evidence_of(rows)), ends)

    def reason(self, results: Results, key: CurveKey, measured: Curves) -> str:
        """Why the run has no such curve."""
        return measured.reasons.get(key) or base.missing_curve(results, self.stem, key[0])

    def row(self, codec: str, printed: DataFrame, recomputed: Cell, run: RunRate,
            shown: DataFrame | None, measured: DataFrame | None) -> dict[str, Cell]:
        """One row; `shown` is the curve that the rate is of, `measured` the run's own, or None."""
        in_print = base.copied(base.select(printed, codec=codec), QUANTITIES)
        note = far_rows(shown, [self.target_percent])
        row = base.comparison_row({"codec": text(codec)}, {"rate_bits": run.rate}, run.evidence,
                                  in_print, {"rate_bits": recomputed}, note)
        return {**row, **run.ends, base.SEEDS: base.seeds(measured)}


def rate_cell(rows: DataFrame, target_percent: float, formula: str,
              column: str = "rate_bits") -> Cell:
    """Bits at which a curve reaches an accuracy, or the reason why it does not."""
    try:
        rate = trainings.mean(lambda training: rate_at_accuracy(
            *_arrays(training, column), target_percent), rows)
    except ValueError as error:
        return Cell(missing=f"{target_percent:g} % lies off the curve: {error}")
    return base.number(rate, formula, rows)


def far_rows(rows: DataFrame | None, targets_percent: Iterable[float],
             column: str = "rate_bits") -> str:
    """Which of these rates lie between rows whose rates are more than FAR apart, or "".

    Such a rate depends on the straight line between them more than on what was measured.
    """
    if rows is None:
        return ""
    targets_between: dict[tuple[float, float], list[str]] = {}
    for training in trainings.split(rows):
        for target in targets_percent:
            low, high = _around(training, column, target)
            if high > FAR * low:
                targets_between.setdefault((low, high), []).append(f"{target:g}")
    texts = [f"{', '.join(targets)} % between rows of {low:.1f} and {high:.1f} bits"
             for (low, high), targets in targets_between.items()]
    return f"on a line over more than a factor of {FAR:g}: {', '.join(texts)}" if texts else ""


def _around(training: DataFrame, column: str, target: float) -> tuple[float, float]:
    """Rates of the rows that a rate lies between; zeros where the curve does not reach it."""
    try:
        return rates_around(*_arrays(training, column), target)
    except ValueError:
        return 0.0, 0.0


def _arrays(training: DataFrame, column: str) -> tuple[Floats, Floats]:
    return training[column].to_numpy(float), training["top1_percent"].to_numpy(float)


def rate_ends(results: Results, rows: DataFrame, rate: Cell, target_percent: float,
              formula: str) -> Ends:
    """Both ends of the interval of that rate."""
    return curve_ends(rate, formula, lambda training: _rates(training, target_percent),
                      ResampledCurve(results, rows))


def _rates(training: ResampledTraining, target_percent: float) -> Floats:
    """The rate in each replicate, bits: [B]; inf if it stays below, -inf if it begins above."""
    pairs = zip(training.points.rate_bits, training.points.top1_percent, strict=True)
    return np.array([_rate(rates, accuracies, target_percent) for rates, accuracies in pairs])


def _rate(rates: Floats, accuracies: Floats, target_percent: float) -> float:
    try:
        return rate_at_accuracy(rates, accuracies, target_percent)
    except ValueError:
        return math.inf if accuracies.max() < target_percent else -math.inf
