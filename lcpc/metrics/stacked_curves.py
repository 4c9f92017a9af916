"""Many curves at once, a row each: Pareto fronts, and the areas below piecewise cubics.

What `pareto_front` and scipy's `PchipInterpolator` and `Akima1DInterpolator` do for one curve, for
the thousand replicates of a bootstrap in a few array operations; tests hold each row against them.
Sources: Fritsch and Butland, 1984 (PCHIP); Akima, 1970, with scipy's cutoff.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcpc.metrics.pareto import SAME_QUALITY

Floats = NDArray[np.float64]
Slopes = Callable[[Floats, Floats], Floats]
"""Slope of each curve at each of its points: x, y [b, m] -> [b, m]."""

AKIMA_CUTOFF = 1e-9
"""Changes of slope below this share of a curve's largest count as none; as scipy has it."""


@dataclass(frozen=True)
class Stack:
    """B curves of up to m points, [B, m]; x increases along a row.

    counts: points of each row, [B]; after them x is +inf and y is 0.
    """

    x: Floats
    y: Floats
    counts: NDArray[np.intp]

    @property
    def first(self) -> Floats:
        """x of each curve's first point, [B]."""
        return self.x[:, 0]

    @property
    def last(self) -> Floats:
        """x of each curve's last point, [B]."""
        return self._last_of(self.x)

    def extended(self, high: Floats, step: float = 0.0) -> "Stack":
        """Curves that end before x = `high` [B], carried on to it, `step` above their last y."""
        rows = np.flatnonzero(self.last < high)
        x, y = (np.pad(values, ((0, 0), (0, 1)), constant_values=fill)
                for values, fill in ((self.x, np.inf), (self.y, 0.0)))
        x[rows, self.counts[rows]] = high[rows]
        y[rows, self.counts[rows]] = self._last_of(self.y)[rows] + step
        return Stack(x, y, self.counts + (self.last < high))

    def over_log_x(self) -> "Stack":
        """The same curves over log10 x."""
        return Stack(np.log10(self.x), self.y, self.counts)

    def turned(self) -> "Stack":
        """x over y, for curves that increase in y too."""
        is_point = np.isfinite(self.x)
        return Stack(np.where(is_point, self.y, np.inf), np.where(is_point, self.x, 0.0),
                     self.counts)

    def at(self, x: Floats) -> Floats:
        """y on straight lines between the points, at `x` [B, n] inside the curves: [B, n]."""
        x = np.ascontiguousarray(x)
        before = np.zeros(x.shape, np.int16)
        for point in self.x.T[1:]:
            before += point[:, None] <= x
        left = np.minimum(before, self.counts[:, None] - 2)
        with np.errstate(invalid="ignore"):
            slopes = np.diff(self.y) / np.diff(self.x)
            heights = self.y[:, :-1] - slopes * self.x[:, :-1]
        slope, height = (np.take_along_axis(values, left, axis=1) for values in (slopes, heights))
        return height + slope * x

    def _last_of(self, values: Floats) -> Floats:
        return values[np.arange(len(values)), self.counts - 1]


@dataclass(frozen=True)
class Cubics:
    """A piecewise cubic through each curve of a stack.

    slopes, and areas from the first point on, at each point: [B, m].
    """

    stack: Stack
    slopes: Floats
    areas: Floats

    def integral(self, first: Floats, last: Floats) -> Floats:
        """Area from x = `first` to `last`, both [B] and inside the curves: [B]."""
        return self._area_to(last) - self._area_to(first)

    def _area_to(self, x: Floats) -> Floats:
        stack, rows = self.stack, np.arange(len(x))
        before = (stack.x[:, 1:] <= x[:, None]).sum(axis=1)
        left = np.minimum(before, stack.counts - 2)
        right = left + 1
        width = stack.x[rows, right] - stack.x[rows, left]
        u = (x - stack.x[rows, left]) / width
        values = (u - u**3 + u**4 / 2) * stack.y[rows, left] + (
            u**3 - u**4 / 2) * stack.y[rows, right]
        turns = (u**2 / 2 - 2 * u**3 / 3 + u**4 / 4) * self.slopes[rows, left] + (
            u**4 / 4 - u**3 / 3) * self.slopes[rows, right]
        return self.areas[rows, left] + width * values + width**2 * turns


def fronts(rates: Floats, qualities: Floats) -> Stack:
    """The Pareto front of each row of [B, k], as `pareto_front` of that row."""
    order = np.lexsort((-qualities, rates), axis=1)
    x, y = (np.take_along_axis(values, order, axis=1) for values in (rates, qualities))
    best_before = np.maximum.accumulate(y, axis=1)[:, :-1]
    best_before = np.pad(best_before, ((0, 0), (1, 0)), constant_values=-np.inf)
    is_kept = y > best_before + SAME_QUALITY
    kept_first = np.argsort(~is_kept, axis=1, kind="stable")
    x, y = np.where(is_kept, x, np.inf), np.where(is_kept, y, 0.0)
    x, y = (np.take_along_axis(values, kept_first, axis=1) for values in (x, y))
    counts = is_kept.sum(axis=1)
    return Stack(x[:, :counts.max()], y[:, :counts.max()], counts)


def cubics(stack: Stack, slopes_of: Slopes) -> Cubics:
    """Cubics of curves of two points and more, with the slopes that `slopes_of` gives."""
    slopes, areas = np.zeros_like(stack.x), np.zeros_like(stack.x)
    for count in np.unique(stack.counts):
        rows = stack.counts == count
        x, y = stack.x[rows, :count], stack.y[rows, :count]
        slope = slopes_of(x, y)
        width = np.diff(x)
        parts = width * (y[:, 1:] + y[:, :-1]) / 2 - width**2 * np.diff(slope) / 12
        slopes[rows, :count] = slope
        areas[rows, 1:count] = parts.cumsum(axis=1)
    return Cubics(stack, slopes, areas)


def pchip_slopes(x: Floats, y: Floats) -> Floats:
    """Slopes that never overshoot: weighted harmonic means, 0 where the curve turns."""
    width, chord = np.diff(x), np.diff(y) / np.diff(x)
    if x.shape[1] == 2:
        return np.repeat(chord, 2, axis=1)
    before, after = chord[:, :-1], chord[:, 1:]
    weight = 2 * width[:, 1:] + width[:, :-1], width[:, 1:] + 2 * width[:, :-1]
    is_monotone = before * after > 0
    safe = np.where(is_monotone, before, 1.0), np.where(is_monotone, after, 1.0)
    mean = (weight[0] + weight[1]) / (weight[0] / safe[0] + weight[1] / safe[1])
    first = _end_slope(width[:, 0], width[:, 1], chord[:, 0], chord[:, 1])
    last = _end_slope(width[:, -1], width[:, -2], chord[:, -1], chord[:, -2])
    return np.column_stack([first, np.where(is_monotone, mean, 0.0), last])


def _end_slope(width: Floats, next_width: Floats, chord: Floats, next_chord: Floats) -> Floats:
    """A parabola's slope at an end, held back where it would leave the monotone curve."""
    slope = ((2 * width + next_width) * chord - width * next_chord) / (width + next_width)
    turns = (np.sign(chord) != np.sign(next_chord)) & (np.abs(slope) > 3 * np.abs(chord))
    slope = np.where(turns, 3 * chord, slope)
    return np.where(slope * chord > 0, slope, 0.0)


def akima_slopes(x: Floats, y: Floats) -> Floats:
    """Akima's slopes: of the two chords beside a point, the one counts more that bends less."""
    inner = np.diff(y) / np.diff(x)
    if x.shape[1] == 2:
        return np.repeat(inner, 2, axis=1)
    first, last = inner[:, 0], inner[:, -1]
    step, last_step = first - inner[:, 1], last - inner[:, -2]
    chord = np.column_stack([first + 2 * step, first + step, inner, last + last_step,
                             last + 2 * last_step])
    bend = np.abs(np.diff(chord))
    before, after = bend[:, :-2], bend[:, 2:]
    total = before + after
    is_bent = total > AKIMA_CUTOFF * total.max(axis=1, keepdims=True)
    share = np.where(is_bent, before, 0.0) / np.where(is_bent, total, 1.0)
    weighted = chord[:, 1:-2] + share * (chord[:, 2:-1] - chord[:, 1:-2])
    return np.where(is_bent, weighted, (chord[:, 3:] + chord[:, :-3]) / 2)
