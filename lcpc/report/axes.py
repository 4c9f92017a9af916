"""Axes of a chart: from values to places on the page, with ticks at round numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 480
LEFT, RIGHT, TOP, BOTTOM = 58, 732, 44, 416
STEPS = (1, 2, 2.5, 5, 10)
MOST_INTERVALS = 8
MOST_DECADES = 20
SLACK = 1e-6
"""Share by which a tick may lie outside its axis, since decimal steps are not exact."""


@dataclass(frozen=True)
class ChartAxis:
    """One axis from `low` to `high`, drawn from `start` to `end` (units of the picture)."""

    label: str
    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Place of a value in units of the picture; a log axis takes positive values alone."""
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return round(self.start + (value - low) / (high - low) * (self.end - self.start), 1)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        return self.low <= value <= self.high

    def ticks(self) -> list[tuple[float, str]]:
        """(place, label) of each tick."""
        values = (
            _decades(self.low, self.high) if self.is_log else _round_values(self.low, self.high)
        )
        slack = SLACK * (self.high - self.low)
        inside = [value for value in values if self.low - slack <= value <= self.high + slack]
        return [(self.place(value), f"{value:,.10g}".replace("-", "−")) for value in inside]


def across(label: str, low: float, high: float, is_log: bool = False) -> ChartAxis:
    """A horizontal axis."""
    return ChartAxis(label, low, high, LEFT, RIGHT, is_log)


def upward(label: str, low: float, high: float) -> ChartAxis:
    """A vertical axis."""
    return ChartAxis(label, low, high, BOTTOM, TOP)


def number(field: str | None) -> float | None:
    """A field as a finite number, else None."""
    try:
        value = float(field or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def limits(values: Sequence[float]) -> tuple[float, float]:
    """Round limits around some values, at least a step apart."""
    low, high = min(values), max(values)
    ticks = _round_values(low, high if high > low else low + (abs(low) or 1.0))
    return ticks[0], ticks[-1]


def log_limits(values: Sequence[float]) -> tuple[float, float]:
    """The nearest 1, 2 or 5 times a power of ten around positive values, and two of them.

    >>> log_limits([7.0, 130.0])
    (5.0, 200.0)
    """
    first, last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1
    places = [step * 10.0 ** decade for decade in range(first, last + 1) for step in (1, 2, 5)]
    low = max(place for place in places if place <= min(values))
    high = min(place for place in places if place > low and place >= max(values))
    return low, high


def _round_values(low: float, high: float) -> list[float]:
    """Round values a step apart that cover the interval."""
    from matplotlib.ticker import MaxNLocator

    values = MaxNLocator(MOST_INTERVALS, steps=STEPS).tick_values(low, high)
    return [round(float(value), 12) + 0.0 for value in values]


def _decades(low: float, high: float) -> list[float]:
    from matplotlib.ticker import LogLocator

    is_short = math.log10(high / low) < 2.5
    locator = LogLocator(subs=(1.0, 2.0, 5.0) if is_short else (1.0,), numticks=MOST_DECADES)
    return [float(value) for value in locator.tick_values(low, high)]
