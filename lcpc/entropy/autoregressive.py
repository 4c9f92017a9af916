"""An autoregressive entropy model in whole numbers: equal frequency tables on every machine.

    symbols before i ─► three layers ─► weights, means, scales of logistics ─► cumulative of i

A network's real numbers would differ in their last digits from machine to machine, and one count
of difference ruins a stream. Here weights and activations are whole multiples of powers of two.
They are stored as float64, whose sums of whole numbers are exact below 2^53, whatever order they
are taken in. The exponential and the logistic function are tables, made by decimal arithmetic.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.entropy.coder import Row
from lcpc.entropy.pmf import TOTAL, FrequencyTables
from lcpc.errors import DataError

Exact = NDArray[np.float64]
"""Whole multiples of a power of two as float64."""
Integers = NDArray[np.int64]

LAYERS = 3
WEIGHT_BITS, ACTIVATION_BITS = 12, 8
INPUT_BITS = 5
"""Symbols enter in units of 8: one is 2^5 units of 2^-8."""
LARGEST_INPUT = 127
LARGEST_SUM = 2.0**31
"""Limit of what a layer may add up to, in units of 2^-8: with 12 bits below, exact by far."""
MOST_UNITS = 1 << 10
MOST_MIXTURES = 16
PARAMETERS = 3
"""Weight, mean and logarithm of the scale of a logistic, in units of 2^-8."""

FIRST, BINS = -64, 128
"""Symbols that have a probability: -64 to 63; all others are escaped."""
LARGEST_LOG_SCALE = 4 << ACTIVATION_BITS
LARGEST_LOG_WEIGHT = 12 << ACTIVATION_BITS
RATE_BITS, WEIGHT_UNITS, LOGISTIC_UNITS = 16, 1 << 16, 1 << 20
LOGISTIC_BITS, LOGISTIC_REACH = 10, 16
"""The logistic function is kept at multiples of 2^-10 from -16 to 16."""
MIDDLE = LOGISTIC_REACH << LOGISTIC_BITS
SHIFT_BITS = ACTIVATION_BITS + RATE_BITS - LOGISTIC_BITS
UNITS = 1 << WEIGHT_BITS


@dataclass(frozen=True, eq=False)
class AutoregressiveModel:
    """weights: [C_in, C_out] of each layer, whole multiples of 2^-12; biases: [C_out], the same for
    activations in units of 2^-8.

    Raises DataError for other arrays, so that a hostile file is refused.
    """

    weights: tuple[Exact, ...]
    biases: tuple[Exact, ...]

    def __post_init__(self) -> None:
        if len(self.weights) != LAYERS or len(self.biases) != LAYERS:
            raise DataError(f"an autoregressive model has {LAYERS} layers, "
                            f"not {len(self.weights)}")
        limit = float(LARGEST_INPUT << INPUT_BITS)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            limit = _largest_sum(weight, bias, limit)
        widths = [self.latents, *(weight.shape[1] for weight in self.weights)]
        inputs = [weight.shape[0] for weight in self.weights]
        mixtures, rest = divmod(widths[-1], PARAMETERS * self.latents)
        if inputs != widths[:-1] or rest or not 1 <= mixtures <= MOST_MIXTURES:
            raise DataError(f"layers of {widths} units are no autoregressive model of "
                            f"{self.latents} latents; make it again from the trained network")

    @property
    def latents(self) -> int:
        """Number of symbols of a cloud."""
        return len(self.weights[0])

    def tables(self, symbols: Integers) -> FrequencyTables:
        """The tables of all `symbols` [M], each given those before it."""
        weight, bias = self.weights[-1], self.biases[-1]
        counts = cumulatives(_parameters(self._hidden(symbols), weight, bias, self.latents))
        flat = np.column_stack([counts, np.full(len(counts), TOTAL)]).ravel()
        return FrequencyTables(
            np.full(len(counts), FIRST), np.full(len(counts), BINS + 1), flat
        )

    def row(self, before: Sequence[int]) -> Row:
        """The table of the symbol after `before`, as the coder reads it."""
        symbols = np.zeros(self.latents, dtype=np.int64)
        symbols[:len(before)] = before
        weight, bias = self._last[len(before)]
        (counts,) = cumulatives(_parameters(self._hidden(symbols), weight, bias, 1))
        mode = int((counts[1:] - counts[:-1]).argmax())
        return FIRST, [*counts.tolist(), TOTAL], mode

    @cached_property
    def _last(self) -> list[tuple[Exact, Exact]]:
        """Weights and biases of the last layer, latent by latent."""
        weights = np.split(self.weights[-1], self.latents, axis=1)
        biases = np.split(self.biases[-1], self.latents)
        return list(zip(map(np.ascontiguousarray, weights), biases, strict=True))

    def _hidden(self, symbols: Integers) -> Exact:
        """Activations before the last layer, whole numbers in units of 2^-8."""
        h = np.maximum(np.minimum(symbols, LARGEST_INPUT), -LARGEST_INPUT) * float(1 << INPUT_BITS)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = np.maximum(np.rint(h @ weight + bias), 0.0)
        return h

    def to_arrays(self) -> dict[str, Integers]:
        """Plain integer arrays, for a file: in units of 2^-12."""
        names = (f"{kind}_{layer}" for kind in ("weight", "bias") for layer in range(LAYERS))
        values = (np.rint(value * UNITS) for value in (*self.weights, *self.biases))
        integers = (value.astype(np.int64) for value in values)
        return dict(zip(names, integers, strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> "AutoregressiveModel":
        """The model that `to_arrays` gave. Raises DataError for missing or invalid arrays."""
        kinds = []
        for kind in ("weight", "bias"):
            names = [f"{kind}_{layer}" for layer in range(LAYERS)]
            missing = [name for name in names if name not in arrays]
            if missing:
                raise DataError(f"an autoregressive model lacks {', '.join(missing)}")
            kinds.append(tuple(_exact(arrays[name], name) for name in names))
        return cls(*kinds)


def _parameters(h: Exact, weight: Exact, bias: Exact, latents: int) -> Integers:
    """Weights, means and scales of latents from the last activations: [M, 3, J]."""
    outputs = np.rint(h @ weight + bias).astype(np.int64)
    return outputs.reshape(latents, PARAMETERS, -1)


def cumulatives(parameters: Integers) -> Integers:
    """Cumulative counts of the symbols -64 ... 63 and their sum: [M, 3, J] -> [M, 129].

    Each symbol has a count of 1 or more, and so has the escape, up to 2^16 in all.
    """
    weights, means, log_scales = parameters[:, 0], parameters[:, 1], parameters[:, 2]
    below = weights.max(axis=1, keepdims=True) - weights
    shares = _falling().take(below, mode="clip")
    rates = _rates().take(log_scales + LARGEST_LOG_SCALE, mode="clip")
    start = (MIDDLE << SHIFT_BITS) - means * rates
    place = (rates[:, :, None] * _edges() + start[:, :, None]) >> SHIFT_BITS
    logistic = _logistic().take(place, mode="clip")
    mass = (shares[:, None] @ logistic)[:, 0]
    total = LOGISTIC_UNITS * shares.sum(axis=1, keepdims=True)
    counts: Integers = (mass - mass[:, :1]) * (TOTAL - BINS - 1) // total + _least_counts()
    return counts


@cache
def _least_counts() -> Integers:
    return np.arange(BINS + 1)


@cache
def _edges() -> Integers:
    """Lower edges of the symbols and the last upper one, in units of 2^-8: [BINS + 1]."""
    half = 1 << (ACTIVATION_BITS - 1)
    return (np.arange(FIRST, FIRST + BINS + 1) << ACTIVATION_BITS) - half


@cache
def _falling() -> Integers:
    """2^16 exp(-i / 2^8), at least 0."""
    return _table(lambda x: WEIGHT_UNITS * (-x).exp(), 0, LARGEST_LOG_WEIGHT, ACTIVATION_BITS)


@cache
def _rates() -> Integers:
    """2^16 exp(-t) for logarithms t of scales from -4 to 4."""
    def rate(x: Any) -> Any:
        return (1 << RATE_BITS) * (-x).exp()

    return _table(rate, -LARGEST_LOG_SCALE, LARGEST_LOG_SCALE, ACTIVATION_BITS)


@cache
def _logistic() -> Integers:
    """2^20 / (1 + exp(-x)) for x from -16 to 16."""
    return _table(lambda x: LOGISTIC_UNITS / (1 + (-x).exp()), -MIDDLE, MIDDLE,
                  LOGISTIC_BITS)


def _table(function: Callable[[Any], Any], first: int, last: int, bits: int) -> Integers:
    """A function at multiples of 2^-bits, rounded; decimal arithmetic is the same everywhere."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 30
        unit = Decimal(1 << bits)
        values = [function(Decimal(place) / unit) for place in range(first, last + 1)]
        return np.array([int(value.to_integral_value()) for value in values], dtype=np.int64)


def _exact(array: ArrayLike, name: str) -> Exact:
    values = np.asarray(array)
    if values.dtype.kind not in "iu":
        raise DataError(f"an autoregressive model: {name} must hold integers, not {values.dtype}")
    return values / UNITS


def _largest_sum(weight: Exact, bias: Exact, largest_input: float) -> float:
    """The most that a layer can add up to. Raises DataError unless all its sums are exact."""
    is_layer = weight.ndim == 2 and bias.shape == weight.shape[1:]
    if not is_layer or not all(1 <= count <= MOST_UNITS for count in weight.shape):
        raise DataError(f"weights {weight.shape} and biases {bias.shape} are no layer of an "
                        "autoregressive model")
    for values in (weight * UNITS, bias * UNITS):
        if not np.isfinite(values).all() or (values != np.rint(values)).any():
            raise DataError("an autoregressive model has values that are no multiple of 2^-12")
    sums = np.abs(weight).sum(axis=0) * largest_input + np.abs(bias)
    if sums.max() > LARGEST_SUM:
        raise DataError(f"an autoregressive model adds up to {sums.max():.3g}, beyond "
                        f"{LARGEST_SUM:.3g}: was its training stable?")
    return float(np.rint(sums.max()))
