"""Entropy, cross-entropy and divergence of discrete distributions, in bits."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def distribution(weights: ArrayLike) -> Floats:
    """`weights` [..., n] scaled to sum to one. Raises ValueError if that cannot be."""
    values = np.asarray(weights, dtype=np.float64)
    totals = values.sum(axis=-1, keepdims=True)
    if not np.isfinite(values).all() or (values < 0).any() or (totals <= 0).any():
        raise ValueError("a distribution needs finite weights, none negative, "
                         "with a sum above zero")
    return values / totals


def entropy_bits(p: ArrayLike) -> Floats:
    """Entropy of distributions p [..., n] in bits, shape [...]; 0 log 0 counts as 0."""
    return cross_entropy_bits(p, p)


def cross_entropy_bits(p: ArrayLike, q: ArrayLike) -> Floats:
    """Mean length in bits of outcomes drawn from p [..., n] and coded with q [..., n]; shape [...].

    Infinite where q gives no probability to an outcome of p. Source: the rate term R_y of ICIP
    2024.
    """
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    with np.errstate(divide="ignore"):
        lengths = np.broadcast_to(-np.log2(q), np.broadcast_shapes(p.shape, q.shape))
    return np.multiply(p, lengths, where=p > 0, out=np.zeros(lengths.shape)).sum(axis=-1)


def kl_divergence_bits(p: ArrayLike, q: ArrayLike) -> Floats:
    """Bits lost for an outcome of p [..., n] coded with q [..., n], not with p; shape [...]."""
    return cross_entropy_bits(p, q) - entropy_bits(p)


def rate_change_percent(rate: ArrayLike, reference_rate: ArrayLike) -> Floats:
    """100 (rate - reference) / reference: gap of the ideal, gain of a method; negative saves bits.

    Source: ICIP 2024, gap = (R_ideal - R_static) / R_static. The printed numbers follow from the
    estimated bits per pixel as they stand, nothing added for side information, and the printed
    means are means of these percentages.
    """
    reference = np.asarray(reference_rate, dtype=np.float64)
    if (reference <= 0).any():
        raise ValueError("a change in percent needs reference rates above zero")
    return 100.0 * (np.asarray(rate, dtype=np.float64) - reference) / reference


def binary_entropy_bits(probability: float) -> float:
    """Entropy in bits of one outcome out of two."""
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"{probability:g} is no probability")
    return -sum(p * math.log2(p) for p in (probability, 1.0 - probability) if p > 0)
