"""Mean distance between two rate-accuracy curves, along the rate or along the accuracy.

The recipe, in four named steps, the same for every row:

1. `front`: keep the Pareto front of each curve.
2. `extended`: where the codec's curve ends at a lower rate than the anchor's, carry its last
   accuracy on to the anchor's highest rate. The anchor is never extended. A curve over accuracy
   needs strictly increasing accuracies, so the carried point stands `ACCURACY_STEP` higher.
3. Akima interpolation over log10 rate, by the FAU-LMS package `bjontegaard`.
4. The mean difference over the range that both curves cover.

This one recipe explains more of the printed Table II (MMSP 2023) than any other tried: 27 of 28
BD-rates, 26 of 28 BD-accuracies and all maximum accuracies, to the printed digit; without step 2 it
is 13 and 3. The carried point decides the BD-rates although it lies outside the range that they are
taken over. Its slope, a step of log10 rate over 1e-10 points, is so steep that the other changes of
slope fall below the cutoff of scipy's Akima interpolator (1e-9 of the largest), which then gives
the inner points of the curve the mean of the slopes one interval further out on either side, and
not Akima's weights. Any step from 1e-13 to 3e-10 points gives the same printed digits; from 1e-6
points on the cutoff plays no part, and 13 BD-rates or fewer are left.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.metrics.pareto import as_curve, pareto_front

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]

ACCURACY_STEP = 1e-10


def bd_rate_percent(
    anchor_rate: ArrayLike, anchor_accuracy: ArrayLike, rate: ArrayLike, accuracy: ArrayLike,
    extend: bool = True
) -> float:
    """Mean change of rate at equal accuracy against the anchor, in percent: -50 says half the bits.

    rate: [n] > 0, any unit that both share; accuracy: [n], percent or any quality. `extend=False`
    leaves out step 2. Raises ValueError where the two curves share no range of accuracy. Source:
    MMSP 2023, Table II.
    """
    from bjontegaard import bd_rate

    anchor, curve = prepared(anchor_rate, anchor_accuracy, rate, accuracy, extend)
    require_overlap(anchor[1], curve[1], "accuracy")
    return float(bd_rate(*anchor, *curve, method="akima", require_matching_points=False,
                         min_overlap=0))


def bd_accuracy_points(
    anchor_rate: ArrayLike, anchor_accuracy: ArrayLike, rate: ArrayLike, accuracy: ArrayLike,
    extend: bool = True, method: str = "akima"
) -> float:
    """Mean change of accuracy at equal rate against the anchor, in percentage points.

    Arguments as in `bd_rate_percent`. `method="pchip"` takes an interpolation that never
    overshoots: behind a short steep last interval Akima swings over the long flat extension, by
    points where the curve ends before the anchor begins. Raises ValueError where the curves share
    no range of rate, as a codec far cheaper than its anchor does with `extend=False`. Source: MMSP
    2023, Table II.
    """
    from bjontegaard import bd_psnr

    anchor, curve = prepared(anchor_rate, anchor_accuracy, rate, accuracy, extend)
    require_overlap(anchor[0], curve[0], "rate")
    return float(bd_psnr(*anchor, *curve, method=method, require_matching_points=False,
                         min_overlap=0))


def prepared(
    anchor_rate: ArrayLike, anchor_accuracy: ArrayLike, rate: ArrayLike, accuracy: ArrayLike,
    extend: bool
) -> tuple[Curve, Curve]:
    """The anchor's and the codec's curve after steps 1 and 2."""
    anchor, curve = front(anchor_rate, anchor_accuracy), front(rate, accuracy)
    return anchor, extended(curve, float(anchor[0][-1])) if extend else curve


def front(rate: ArrayLike, accuracy: ArrayLike) -> Curve:
    """Step 1: the Pareto front by rate. Raises ValueError for a rate of 0 or a single point."""
    rates, accuracies = as_curve(rate, accuracy)
    if not (rates > 0).all():
        raise ValueError(f"a rate of {rates.min():g} has no logarithm; leave the point out")
    kept = pareto_front(rates, accuracies)
    if len(kept) < 2:
        raise ValueError("the Pareto front is a single point; a curve needs two or more")
    return rates[kept], accuracies[kept]


def extended(curve: Curve, highest_rate: float) -> Curve:
    """Step 2: the curve carried on at its last accuracy up to `highest_rate`, if it ends before."""
    rates, accuracies = curve
    if rates[-1] >= highest_rate:
        return curve
    return np.append(rates, highest_rate), np.append(accuracies, accuracies[-1] + ACCURACY_STEP)


def require_overlap(anchor: NDArray[np.float64], curve: NDArray[np.float64], axis: str) -> None:
    """Raises ValueError where the ranges of two increasing arrays share no interval."""
    if max(anchor[0], curve[0]) >= min(anchor[-1], curve[-1]):
        raise ValueError(
            f"the curves share no range of {axis}: the anchor covers {anchor[0]:g} to "
            f"{anchor[-1]:g}, "
            f"the codec {curve[0]:g} to {curve[-1]:g}"
        )
