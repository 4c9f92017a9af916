"""The fewest bits that any codec needs: rate-distortion of a discrete source (Blahut-Arimoto)."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.metrics.information import binary_entropy_bits, distribution, entropy_bits

Floats = NDArray[np.float64]

RATE_TOLERANCE_BITS = 1e-9
SLOW_TOLERANCE_BITS = 1e-6
"""Accepted after MOST_STEPS: where labels just drop out, the gap falls only with 1 / steps."""

MOST_STEPS = 20_000
MOST_POWER = 1e6
LEAST_WEIGHT = 1e-30
ROUNDING = 1e-9
"""Shares from files have nine digits: distortions that differ by less have the same rate."""


class RatePoint(NamedTuple):
    """One point of a rate-distortion function: bits for each symbol, and mean distortion."""

    rate_bits: float
    distortion: float


def hamming_distortion(labels: int) -> Floats:
    """[labels, labels]: 0 on the diagonal, 1 elsewhere; its mean is the share of wrong labels."""
    return 1.0 - np.eye(labels)


def rate_distortion_point(prior: ArrayLike, distortion: ArrayLike, slope: float) -> RatePoint:
    """The point where the rate-distortion function falls by `slope` nats a unit of distortion.

    prior: [n]; distortion: [n, m], source by reproduction; slope >= 0. Runs until Blahut's lower
    and upper bound on the rate are 1e-9 bits apart (1e-6 at the few slopes where labels just drop
    out), else raises ValueError. Source: Blahut 1972, Arimoto 1972.
    """
    p = distribution(prior)
    costs = np.asarray(distortion, dtype=np.float64)
    require_costs(p, costs)
    kernel = np.exp(-slope * (costs - costs.min(axis=1, keepdims=True)))
    q = reproduction_prior(p, kernel)
    conditional = q * kernel / (kernel @ q)[:, None]
    mean_distortion = float(p @ (conditional * costs).sum(axis=1))
    return RatePoint(mutual_information_bits(p, conditional), mean_distortion)


def reproduction_prior(p: Floats, kernel: Floats) -> Floats:
    """The best prior q [m] over reproductions for source p [n] and kernel exp(-slope d) [n, m].

    Blahut's step multiplies q by its growth. Where labels are about to drop out that crawls, so the
    step is tried with a power of the growth that doubles while it helps, and falls back to the
    plain step where it does not.
    """
    q, power = np.full(kernel.shape[1], 1.0 / kernel.shape[1]), 1.0
    mixed = kernel @ q
    for _ in range(MOST_STEPS):
        growth = (p / mixed) @ kernel
        if np.log2(growth.max()) <= RATE_TOLERANCE_BITS:
            return q
        bold = np.maximum(q * (growth / growth.max()) ** power, LEAST_WEIGHT)
        bold = bold / bold.sum()
        bold_mixed = kernel @ bold
        if p @ np.log2(bold_mixed) > p @ np.log2(mixed):
            q, mixed, power = bold, bold_mixed, min(2.0 * power, MOST_POWER)
        else:
            q, power = q * growth, 1.0
            mixed = kernel @ q
    if np.log2(growth.max()) <= SLOW_TOLERANCE_BITS:
        return q
    raise ValueError(f"Blahut-Arimoto did not settle to {SLOW_TOLERANCE_BITS:g} bits in "
                     f"{MOST_STEPS} steps")


def mutual_information_bits(p: Floats, conditional: Floats) -> float:
    """Bits that a reproduction from `conditional` [n, m] tells about its source p [n]; >= 0."""
    shared_bits = float(entropy_bits(p @ conditional) - p @ entropy_bits(conditional))
    return max(shared_bits, 0.0)


def rate_distortion_curve(prior: ArrayLike, distortion: ArrayLike,
                          slopes: ArrayLike) -> list[RatePoint]:
    """One point a slope, in their order; for rising slopes rate rises, distortion falls."""
    return [rate_distortion_point(prior, distortion, float(slope)) for slope in np.asarray(slopes)]


def rate_at_distortion_bits(prior: ArrayLike, distortion: ArrayLike, target: float) -> float:
    """The rate-distortion function at mean distortion `target`, in bits.

    Zero from the distortion on that the best constant answer reaches; at the least possible
    distortion the limit of steep slopes. Raises ValueError below that. Found by bisection on the
    slope, then moved onto `target` along it.
    """
    p, costs = distribution(prior), np.asarray(distortion, dtype=np.float64)
    require_costs(p, costs)
    if target >= (p @ costs).min() - ROUNDING:
        return 0.0
    if target < p @ costs.min(axis=1) - ROUNDING:
        raise ValueError(f"no code reaches a distortion of {target:g}; the least is "
                         f"{p @ costs.min(axis=1):g}")
    slope = slope_at_distortion(p, costs, target)
    point = rate_distortion_point(p, costs, slope)
    return point.rate_bits + slope / math.log(2) * (point.distortion - target)


def slope_at_distortion(p: Floats, costs: Floats, target: float) -> float:
    """Slope [nats a unit of distortion] where the distortion is `target`, by bisection."""
    low, high = 0.0, 1.0
    while high < 50.0 and rate_distortion_point(p, costs, high).distortion > target:
        low, high = high, 2.0 * high
    for _ in range(50):
        middle = 0.5 * (low + high)
        above = rate_distortion_point(p, costs, middle).distortion > target
        low, high = (middle, high) if above else (low, middle)
    return high


def rate_at_accuracy_bits(prior: ArrayLike, accuracy_percent: float) -> float:
    """Fewest bits a label that let `accuracy_percent` of the labels with `prior` [n] be right.

    At 100 % it is the prior's entropy. Source: MMSP 2023 and the talk, the ideal bound.
    """
    if not 0.0 <= accuracy_percent <= 100.0:
        raise ValueError(f"an accuracy stands between 0 and 100 %, not at {accuracy_percent:g}")
    p = distribution(prior)
    if accuracy_percent == 100.0:
        return float(entropy_bits(p))
    return rate_at_distortion_bits(p, hamming_distortion(len(p)), 1.0 - accuracy_percent / 100.0)


def uniform_rate_bits(labels: int, wrong_share: float) -> float:
    """As above for K equal labels: log2 K - h(D) - D log2(K - 1), zero from D = 1 - 1/K on."""
    if not (labels >= 2 and 0.0 <= wrong_share <= 1.0):
        raise ValueError(f"needs two labels or more and a share of 0 to 1, not {labels} and "
                         f"{wrong_share:g}")
    if wrong_share >= 1.0 - 1.0 / labels:
        return 0.0
    saved_bits = binary_entropy_bits(wrong_share) + wrong_share * math.log2(labels - 1)
    return math.log2(labels) - saved_bits


def require_costs(p: Floats, costs: Floats) -> None:
    """Raises ValueError unless prior [n] and distortion [n, m] fit."""
    if p.ndim != 1 or costs.ndim != 2 or costs.shape[0] != p.size or not np.isfinite(costs).all():
        raise ValueError(f"a prior of shape {p.shape} needs a finite distortion [{p.size}, m], not "
                         f"{costs.shape}")
