"""Axes of a chart: from values to places on the page, with ticks at round numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 58, 732, 14, 388
STEPS = (1, 2, 2.5, 5, 10)
MOST_TICKS = 8


@dataclass(frozen=True)
class Axis:
    """One axis from `low` to `high`, drawn from `start` to `end` (units of the picture)."""

    label: str
    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Where a value stands, in units of the picture; only positive values stand on a log axis."""
        low, high, at = (math.log10(one) if self.is_log else one for one in (self.low, self.high, value))
        return round(self.start + (at - low) / (high - low) * (self.end - self.start), 2)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        return self.low <= value <= self.high

    def ticks(self) -> list[tuple[float, str]]:
        """(place, label) of each tick."""
        values = _decades(self.low, self.high) if self.is_log else _round_values(self.low, self.high)
        return [(self.place(value), f"{value:,.10g}".replace("-", "−")) for value in values]


def across(label: str, low: float, high: float, is_log: bool = False) -> Axis:
    """A horizontal axis."""
    return Axis(label, low, high, LEFT, RIGHT, is_log)


def upward(label: str, low: float, high: float) -> Axis:
    """A vertical axis."""
    return Axis(label, low, high, BOTTOM, TOP)


def number(field: str | None) -> float | None:
    """A field as a finite number, or None where it holds none."""
    try:
        value = float(field or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def limits(values: Sequence[float]) -> tuple[float, float]:
    """Round limits around some values, at least a step apart."""
    low, high = min(values), max(values)
    step = _step(low, high)
    lower, upper = math.floor(low / step) * step, math.ceil(high / step) * step
    return lower, upper if upper > lower else lower + step


def log_limits(values: Sequence[float]) -> tuple[float, float]:
    """Whole decades around the positive values; at least one decade."""
    low = math.floor(math.log10(min(values)))
    return 10.0 ** low, 10.0 ** max(math.ceil(math.log10(max(values))), low + 1)


def _step(low: float, high: float) -> float:
    span = (high - low) or abs(high) or 1.0
    rough = span / MOST_TICKS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(step * magnitude for step in STEPS if step * magnitude >= rough * 0.999)


def _round_values(low: float, high: float) -> list[float]:
    step = _step(low, high)
    first = math.ceil(low / step - 1e-9)
    return [round(step * index, 12) + 0.0 for index in range(first, math.floor(high / step + 1e-9) + 1)]


def _decades(low: float, high: float) -> list[float]:
    first, last = round(math.log10(low)), round(math.log10(high))
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    values = [factor * 10.0 ** power for power in range(first, last + 1) for factor in factors]
    return [value for value in values if low <= value <= high * 1.000001]
