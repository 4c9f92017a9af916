"""Mixtures of K = 1 to 3 Gaussians fitted to many histograms, and their 8-bit parameters."""

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.integer_tables import WEIGHT_BITS

Real = NDArray[np.float64]
Integers = NDArray[np.int64]
ROUNDS = 40
"""Steps of expectation and maximisation; more save less than a tenth of a per cent of the bits."""

START_SPREADS = {1: (1.0,), 2: (0.6, 1.8), 3: (0.4, 1.0, 2.5)}
LEAST_DEVIATION, DEVIATIONS_AN_OCTAVE = 2.0**-6, 16.0
MEANS_AN_OCTAVE, MEAN_UNIT, MEAN_ZERO = 12.0, 16.0, 128
ROUNDING_VARIANCE = 1 / 12
LEVELS = 256


def fitted(counts: Integers, gaussians: int) -> tuple[Real, Real, Real]:
    """(weights, means, deviations), each [M, K], of histograms [M, B] centred on 0."""
    used = np.flatnonzero(counts.any(axis=0))
    begin, end = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
    values = np.arange(begin, end) - counts.shape[1] // 2
    shares = counts[:, begin:end] / counts.sum(axis=1, keepdims=True).clip(1)
    mean = (shares * values).sum(axis=1, keepdims=True)
    variance = (shares * (values - mean) ** 2).sum(axis=1, keepdims=True)
    deviation = _deviation(variance) * np.array(START_SPREADS[gaussians])
    weight = np.full_like(deviation, 1 / gaussians)
    mean = np.repeat(mean, gaussians, axis=1)
    for _ in range(ROUNDS if gaussians > 1 else 0):
        weight, mean, deviation = _improved(weight, mean, deviation, shares, values)
    return weight, mean, deviation


def _improved(weight: Real, mean: Real, deviation: Real, shares: Real,
              values: Integers) -> tuple[Real, Real, Real]:
    """One round: each value's share in each Gaussian, then the moments of these."""
    joint = weight[:, :, None] * bin_probabilities(mean, deviation, values)
    total = np.maximum(joint.sum(axis=1, keepdims=True), 1e-30)
    part = shares[:, None, :] * joint / total
    mass = np.maximum(part.sum(axis=2), 1e-12)
    mean = (part * values).sum(axis=2) / mass
    variance = (part * (values - mean[:, :, None]) ** 2).sum(axis=2) / mass
    return mass / mass.sum(axis=1, keepdims=True), mean, _deviation(variance)


def _deviation(variance: Real) -> Real:
    """Deviation before rounding to whole values, which adds a variance of 1/12."""
    added = ROUNDING_VARIANCE * np.minimum(1, 4 * variance)
    return np.sqrt(np.maximum(variance - added, LEAST_DEVIATION**2))


def bin_probabilities(mean: Real, deviation: Real, values: Integers) -> Real:
    """P(v - 1/2 < X < v + 1/2) of each Gaussian [M, K] and value [n]: [M, K, n]."""
    from scipy.special import ndtr

    edges = np.append(values - 0.5, values[-1] + 0.5)
    distance = (edges - mean[:, :, None]) / deviation[:, :, None]
    lower, upper = distance[:, :, :-1], distance[:, :, 1:]
    # The right tail is taken from the left, where floats are dense.
    mirrored = ndtr(-lower) - ndtr(-upper)
    return np.where(lower > 0, mirrored, np.diff(ndtr(distance), axis=2))


def quantised(weight: Real, mean: Real, deviation: Real) -> NDArray[np.uint8]:
    """Parameters in bytes [M, 3 K - 1]: K - 1 weights, K means, K deviations; fine near zero."""
    weights = np.clip(np.rint(weight[:, :-1] * LEVELS - 0.5), 0, LEVELS - 1)
    steps = np.rint(MEANS_AN_OCTAVE * np.log2(1 + MEAN_UNIT * abs(mean))) * np.sign(mean)
    means = np.clip(steps, -MEAN_ZERO, LEVELS - 1 - MEAN_ZERO) + MEAN_ZERO
    octaves = np.log2(deviation / LEAST_DEVIATION)
    deviations = np.clip(np.rint(DEVIATIONS_AN_OCTAVE * octaves), 0, LEVELS - 1)
    return np.concatenate([weights, means, deviations], axis=1).astype(np.uint8)


def parameters_of(levels: NDArray[np.uint8]) -> tuple[Real, Real, Real]:
    """(weights, means, deviations), each [M, K], of bytes [M, 3 K - 1]."""
    gaussians = (levels.shape[1] + 1) // 3
    real = levels.astype(np.float64)
    first = (real[:, :gaussians - 1] + 0.5) / LEVELS
    last = np.maximum(1 - first.sum(axis=1, keepdims=True), 0.5 / LEVELS)
    weight = np.concatenate([first, last], axis=1)
    steps = real[:, gaussians - 1:2 * gaussians - 1] - MEAN_ZERO
    mean = np.sign(steps) * (2 ** (abs(steps) / MEANS_AN_OCTAVE) - 1) / MEAN_UNIT
    octaves = real[:, 2 * gaussians - 1:] / DEVIATIONS_AN_OCTAVE
    return weight / weight.sum(axis=1, keepdims=True), mean, LEAST_DEVIATION * 2**octaves


def weights(levels: NDArray[np.uint8], bins: int) -> Integers:
    """Probabilities of all bins in units of 2^-32 [M, B] of bytes [M, 3 K - 1]; no row is all 0."""
    weight, mean, deviation = parameters_of(levels)
    values = np.arange(bins) - bins // 2
    p = (weight[:, :, None] * bin_probabilities(mean, deviation, values)).sum(axis=1)
    whole = np.rint(p * 2.0**WEIGHT_BITS).astype(np.int64)
    whole[:, bins // 2] += whole.sum(axis=1) == 0
    return whole
