"""How sure a number of a curve is: 95 % intervals by a paired bootstrap over the test clouds.

A replicate draws as many clouds as the test split has, with replacement, and takes every mean of
anchor and curve over these same clouds: *paired*, since an easy draw helps both. A replicate is a
row of `resampled_counts`, how often each cloud is drawn, so that all means are one matrix product.
Where a curve was trained with several seeds, a replicate draws trainings too: `over_seeds`.
Source: Efron and Tibshirani, An Introduction to the Bootstrap, percentile intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from lcpc.metrics import bjontegaard
from lcpc.metrics.difference import RATES
from lcpc.metrics.stacked_curves import (
    Cubics,
    Floats,
    Stack,
    akima_slopes,
    cubics,
    fronts,
    pchip_slopes,
)

REPLICATES = 1000
SEED = 1
SEED_OF_TRAININGS = 2
PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True, eq=False)
class Replicates:
    """A curve's points in each replicate: rates (bits) and accuracies (%), both [B, k]."""

    rate_bits: Floats
    top1_percent: Floats

    @cached_property
    def front(self) -> Stack:
        """The Pareto front of each replicate.

        Raises ValueError naming a replicate with a rate of 0 or a front of one point.
        """
        _require((self.rate_bits > 0).all(axis=1), "a rate of 0 has no logarithm")
        stack = fronts(self.rate_bits, self.top1_percent)
        _require(stack.counts > 1, "the Pareto front is a single point")
        return stack


@dataclass(frozen=True)
class Interpolated:
    """A curve of B replicates, made once and compared with many: accuracy over log10 rate, carried
    flat, and log10 rate over accuracy."""

    over_rate: Cubics
    over_accuracy: Cubics


@cache
def resampled_counts(clouds: int, replicates: int = REPLICATES, seed: int = SEED) -> Floats:
    """How often each replicate draws each cloud: [B, n], rows sum to n. Equal seeds, equal counts.

    The array is shared by all who ask for it, and can't be written to.

    Raises ValueError without clouds.
    """
    if clouds < 1:
        raise ValueError("no test cloud to resample")
    rng = np.random.default_rng(seed)
    equal = np.full(clouds, 1 / clouds)
    counts = rng.multinomial(clouds, equal, size=replicates).astype(np.float64)
    counts.setflags(write=False)
    return counts


def resampled(rate_bits: Floats, is_right: Floats, counts: Floats) -> Replicates:
    """Means of every setting in every replicate.

    rate_bits, is_right (1 where the top-1 class is right, else 0): [n, k]; counts: [B, n].
    """
    drawn = counts.sum(axis=1, keepdims=True)
    means = counts @ np.hstack([rate_bits, is_right]) / drawn
    settings = rate_bits.shape[1]
    return Replicates(means[:, :settings], 100 * means[:, settings:])


@cache
def resampled_trainings(trainings: int, replicates: int = REPLICATES) -> Floats:
    """Share of each of S trainings in every replicate: [B, S], rows sum to 1.

    S - 1 of them are drawn with replacement: so the variance of their mean is s^2 / S, with s^2 the
    unbiased variance over seeds. S draws would give (S - 1) / S of it, a third too little of 3.
    Source: Rao and Wu, Resampling inference with complex survey data, 1988.
    """
    rng = np.random.default_rng(SEED_OF_TRAININGS)
    drawn = max(trainings - 1, 1)
    equal = np.full(trainings, 1 / trainings)
    shares: Floats = rng.multinomial(drawn, equal, size=replicates) / drawn
    shares.setflags(write=False)
    return shares


def over_seeds(by_training: Sequence[Floats]) -> Floats:
    """Mean of a quantity over the trainings that each replicate draws: [B, ...].

    by_training: the quantity of each training in every replicate, [B, ...]; replicates draw the
    same clouds for all trainings, so that the result varies with clouds and with seeds. It may be
    infinite. Few seeds bound what can be seen: where clouds say nothing, the interval of 3 seeds
    goes from the lowest to the highest of them, and holds the true mean in 76 % of cases, not 95.
    Source: Owen, The pigeonhole bootstrap, 2007.
    """
    first = by_training[0]
    if len(by_training) == 1:
        return first
    shares = resampled_trainings(len(by_training), len(first))
    total = np.zeros_like(first)
    for of_training, share in zip(by_training, shares.T, strict=True):
        weight = share.reshape(-1, *[1] * (first.ndim - 1))
        total += np.where(weight > 0, of_training, 0.0) * weight
    return total


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of replicates: percentiles 2.5 and 97.5.

    Values may be infinite; raises ValueError where an end is.
    """
    with np.errstate(invalid="ignore"):
        low, high = np.percentile(values, PERCENTILES)
    if not np.isfinite([low, high]).all():
        share = 100 * np.mean(np.isinf(values))
        raise ValueError(f"{share:.3g} % of the resamplings have no finite value")
    return float(low), float(high)


def max_accuracies(curve: Replicates) -> Floats:
    """Highest accuracy of the curve in each replicate, %: [B]."""
    return curve.top1_percent.max(axis=1)


def interpolated(curve: Replicates, high: float) -> Interpolated:
    """The curve of each replicate under both steady recipes. Raises ValueError as `front`."""
    front = curve.front
    carried = front.extended(np.full(len(front.x), high))
    over_rate = cubics(carried.over_log_x(), pchip_slopes)
    return Interpolated(over_rate, cubics(_log_rate(front), pchip_slopes))


def steady_bd_accuracies(anchor: Interpolated, curve: Interpolated, low: float,
                         high: float) -> Floats:
    """`bjontegaard.steady_bd_accuracy` of each replicate: [B].

    Raises ValueError naming a replicate that begins after `high`.
    """
    begin = np.maximum(anchor.over_rate.stack.first, curve.over_rate.stack.first)
    first, last = np.maximum(begin, np.log10(low)), np.full(len(begin), np.log10(high))
    return _mean_change(anchor.over_rate, curve.over_rate, first, last)


def overlap_bd_rates(anchor: Interpolated, curve: Interpolated) -> Floats:
    """`bjontegaard.overlap_bd_rate` of each replicate: [B].

    Raises ValueError naming a replicate where the accuracies share no interval.
    """
    return _as_percent(_mean_change(anchor.over_accuracy, curve.over_accuracy))


def printed_bd_rates(anchor: Replicates, curve: Replicates) -> Floats:
    """`bjontegaard.bd_rate_percent` of each replicate: [B]. Raises as `overlap_bd_rates`."""
    pair = [_log_rate(front) for front in _printed_fronts(anchor, curve, bjontegaard.LINE)]
    return _as_percent(_akima_change(*pair))


def printed_bd_accuracies(anchor: Replicates, curve: Replicates) -> Floats:
    """`bjontegaard.bd_accuracy_points` of each replicate: [B]. Raises ValueError likewise."""
    return _akima_change(*(front.over_log_x() for front in _printed_fronts(anchor, curve)))


def unextended_bd_rates(anchor: Replicates, curve: Replicates) -> Floats:
    """`bjontegaard.bd_rate_percent` without extension; the anchor may be one fixed row."""
    pair = [_log_rate(points.front) for points in (_for_all(anchor, curve), curve)]
    return _as_percent(_akima_change(*pair))


def fixed_anchor_bd_rates(anchor: Replicates, curve: Replicates) -> Floats:
    """`bjontegaard.overlap_bd_rate` of each replicate against one row, an anchor that is not
    resampled: [B]. Raises as `overlap_bd_rates`."""
    anchors, curves = (cubics(_log_rate(points.front), pchip_slopes)
                       for points in (_for_all(anchor, curve), curve))
    return _as_percent(_mean_change(anchors, curves))


def accuracy_differences(anchor: Replicates, curve: Replicates) -> Floats:
    """`difference.accuracy_difference` of each replicate, curve less anchor at RATES rates: [B, n].

    The anchor may be one row, as above. Raises ValueError where the curves share no range of rate.
    """
    pair = [points.front.over_log_x() for points in (_for_all(anchor, curve), curve)]
    first = np.maximum.reduce([stack.first for stack in pair])
    last = np.minimum.reduce([stack.last for stack in pair])
    _require(first < last, "the curves share no range of rate")
    rates = np.linspace(first, last, RATES, axis=1)
    anchor_at, curve_at = (stack.at(rates) for stack in pair)
    return curve_at - anchor_at


def _for_all(anchor: Replicates, curve: Replicates) -> Replicates:
    """The anchor as often as the curve is resampled."""
    times = len(curve.rate_bits) // len(anchor.rate_bits)
    points = (np.repeat(values, times, axis=0)
              for values in (anchor.rate_bits, anchor.top1_percent))
    return Replicates(*points)


def _printed_fronts(anchor: Replicates, curve: Replicates, kept: int = 0) -> tuple[Stack, Stack]:
    """Both fronts, the curve's carried on where it has more points than `kept`."""
    anchor_front, front = anchor.front, curve.front
    high = np.where(front.counts > kept, anchor_front.last, front.last)
    return anchor_front, front.extended(high, bjontegaard.ACCURACY_STEP)


def _log_rate(front: Stack) -> Stack:
    return front.over_log_x().turned()


def _akima_change(anchor: Stack, curve: Stack) -> Floats:
    """Mean of curve less anchor by Akima over what both cover: [B]."""
    return _mean_change(cubics(anchor, akima_slopes), cubics(curve, akima_slopes))


def _mean_change(anchor: Cubics, curve: Cubics, first: Floats | None = None,
                 last: Floats | None = None) -> Floats:
    """Mean of curve less anchor, by default over what both cover: [B]."""
    if first is None or last is None:
        first = np.maximum(anchor.stack.first, curve.stack.first)
        last = np.minimum(anchor.stack.last, curve.stack.last)
    _require(first < last, "the curves share no range")
    difference = curve.integral(first, last) - anchor.integral(first, last)
    return difference / (last - first)


def _as_percent(log_change: Floats) -> Floats:
    return 100 * np.expm1(np.log(10) * log_change)


def _require(has_value: "NDArray[np.bool_]", why: str) -> None:
    """Raises ValueError for a replicate without a value: leaving it out would favour the rest."""
    if not has_value.all():
        number = int(has_value.argmin()) + 1
        raise ValueError(f"resampling {number} has no value: {why}")
