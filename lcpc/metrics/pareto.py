"""The points of a codec that no other point of it beats."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

SAME_QUALITY = 1e-9


def pareto_front(rate: ArrayLike, quality: ArrayLike) -> NDArray[np.intp]:
    """Indices of the points that no other beats in rate (less) and quality (more), by rate.

    rate, quality: [n], finite. Of points with equal rate and quality the first is kept, so both run
    strictly upward; qualities closer than 1e-9 count as equal, since the published accuracies carry
    the noise of their arithmetic. Source: the rate-accuracy curves of the learned point cloud codec
    (MMSP 2023) are fronts over points and scales.
    """
    rates, qualities = as_curve(rate, quality)
    order = np.lexsort((-qualities, rates))
    best_before = np.maximum.accumulate(np.concatenate([[-np.inf], qualities[order][:-1]]))
    return order[qualities[order] > best_before + SAME_QUALITY]


def as_curve(rate: ArrayLike, quality: ArrayLike) -> tuple[NDArray[np.float64],
                                                           NDArray[np.float64]]:
    """Both as float arrays [n].

    Raises ValueError where they differ in length, are empty or hold a value not finite.
    """
    rates, qualities = np.asarray(rate, dtype=np.float64), np.asarray(quality, dtype=np.float64)
    if rates.ndim != 1 or rates.shape != qualities.shape or rates.size == 0:
        raise ValueError(f"a curve needs as many rates as qualities, at least one: {rates.shape}, "
                         f"{qualities.shape}")
    if not (np.isfinite(rates).all() and np.isfinite(qualities).all()):
        raise ValueError("a curve needs finite rates and qualities; leave out the points that have "
                         "none")
    return rates, qualities
