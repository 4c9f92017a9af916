"""How sure a number of a curve is: 95 % intervals by a paired bootstrap over the test clouds.

A replicate draws as many clouds as the test split has, with replacement, and takes every mean of
anchor and curve over these same clouds: *paired*, since an easy draw helps both. A replicate is a
row of `resampled_counts`, how often each cloud is drawn, so that all means are one matrix product.
Source: Efron and Tibshirani, An Introduction to the Bootstrap, percentile intervals.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lcpc.metrics import bjontegaard

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float64]
T = TypeVar("T")

REPLICATES = 1000
SEED = 1
PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Replicates:
    """A curve's points in each replicate: rates (bits) and accuracies (%), both [B, k]."""

    rate_bits: Array
    top1_percent: Array


@dataclass(frozen=True)
class Interpolated:
    """A curve of B replicates, made once and compared with many: accuracy over log10 rate, carried
    flat, and log10 rate over accuracy."""

    over_rate: "Sequence[PchipInterpolator]"
    over_accuracy: "Sequence[PchipInterpolator]"


def resampled_counts(clouds: int, replicates: int = REPLICATES, seed: int = SEED) -> Array:
    """How often each replicate draws each cloud: [B, n], rows sum to n. Equal seeds, equal counts.

    Raises ValueError without clouds.
    """
    if clouds < 1:
        raise ValueError("no test cloud to resample")
    rng = np.random.default_rng(seed)
    equal = np.full(clouds, 1 / clouds)
    return rng.multinomial(clouds, equal, size=replicates).astype(np.float64)


def resampled(rate_bits: Array, is_right: Array, counts: Array) -> Replicates:
    """Means of every setting in every replicate.

    rate_bits, is_right (1 where the top-1 class is right, else 0): [n, k]; counts: [B, n].
    """
    drawn = counts.sum(axis=1, keepdims=True)
    return Replicates(counts @ rate_bits / drawn, 100 * (counts @ is_right) / drawn)


def interval(values: Array) -> tuple[float, float]:
    """The middle 95 % of replicates: percentiles 2.5 and 97.5.

    Values may be infinite; raises ValueError where an end is.
    """
    with np.errstate(invalid="ignore"):
        low, high = np.percentile(values, PERCENTILES)
    if not np.isfinite([low, high]).all():
        share = 100 * np.mean(np.isinf(values))
        raise ValueError(f"{share:.3g} % of the resamplings have no finite value")
    return float(low), float(high)


def max_accuracies(curve: Replicates) -> Array:
    """Highest accuracy of the curve in each replicate, %: [B]."""
    highest: Array = curve.top1_percent.max(axis=1)
    return highest


def interpolated(curve: Replicates, high: float) -> Interpolated:
    """The curve of each replicate under both recipes. Raises ValueError as `each`."""
    def over_rate(rates: Array, accuracies: Array) -> "PchipInterpolator":
        return bjontegaard.accuracy_over_rate(rates, accuracies, high)

    points = (curve.rate_bits, curve.top1_percent)
    return Interpolated(each(over_rate, *points), each(bjontegaard.log_rate_over_accuracy, *points))


def steady_bd_accuracies(anchor: Interpolated, curve: Interpolated, low: float,
                         high: float) -> Array:
    """`bjontegaard.steady_bd_accuracy` of each replicate: [B]. Raises ValueError as `each`."""
    change = partial(bjontegaard.mean_accuracy_change, low=low, high=high)
    return np.array(each(change, anchor.over_rate, curve.over_rate))


def overlap_bd_rates(anchor: Interpolated, curve: Interpolated) -> Array:
    """`bjontegaard.overlap_bd_rate` of each replicate: [B]. Raises ValueError as `each`."""
    changes = each(bjontegaard.mean_rate_change, anchor.over_accuracy, curve.over_accuracy)
    return np.array(changes)


def each(metric: Callable[..., T], *replicates: Iterable[Any]) -> list[T]:
    """A metric in each replicate.

    Raises ValueError where a single replicate has no value: an interval of the others would leave
    out the worst of them.
    """
    values = []
    for index, arguments in enumerate(zip(*replicates, strict=True), 1):
        try:
            values.append(metric(*arguments))
        except ValueError as error:
            raise ValueError(f"resampling {index} has no value: {error}") from error
    return values
