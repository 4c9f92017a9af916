"""An autoregressive entropy model in whole numbers: equal frequencies on every machine.

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

from lcpc.entropy.pmf import TOTAL
from lcpc.errors import DataError

Exact = NDArray[np.float64]
"""Whole multiples of a power of two as float64."""
Integers = NDArray[np.int64]

LAYERS = 3
WEIGHT_BITS, ACTIVATION_BITS = 12, 8
INPUT_UNITS = 32
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
FIRST_EDGE = (FIRST << ACTIVATION_BITS) - (1 << ACTIVATION_BITS - 1)
"""Lower edge of the first symbol, in units of 2^-8."""
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
        limit = float(LARGEST_INPUT * INPUT_UNITS)
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

    def distributions(self, symbols: Sequence[int]) -> "list[MixtureOfLogistics]":
        """The distributions of all `symbols` [M], each given those before it."""
        outputs = _outputs(self._hidden(symbols), self.weights[-1], self.biases[-1])
        size = len(outputs) // self.latents
        starts = range(0, len(outputs), size)
        return [MixtureOfLogistics(outputs[start:start + size]) for start in starts]

    def distribution_after(self, symbols: Sequence[int]) -> "MixtureOfLogistics":
        """The distribution of the symbol that follows."""
        return MixtureOfLogistics(_outputs(self._hidden(symbols), *self._last[len(symbols)]))

    @cached_property
    def _last(self) -> list[tuple[Exact, Exact]]:
        """Weights and biases of the last layer, latent by latent."""
        weights = np.split(self.weights[-1], self.latents, axis=1)
        biases = np.split(self.biases[-1], self.latents)
        return list(zip(map(np.ascontiguousarray, weights), biases, strict=True))

    def _hidden(self, symbols: Sequence[int]) -> Exact:
        """Activations before the last layer of the first symbols, in units of 2^-8."""
        inputs = [max(-LARGEST_INPUT, min(symbol, LARGEST_INPUT)) for symbol in symbols]
        h = np.array(inputs, dtype=np.float64) * INPUT_UNITS
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            sums = h @ weight[:len(h)] + bias
            h = np.rint(np.maximum(sums, 0, out=sums), out=sums)
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


def _outputs(h: Exact, weight: Exact, bias: Exact) -> list[int]:
    """Weights, means and scales of logistics from the last activations, in units of 2^-8."""
    outputs: list[int] = np.rint(h @ weight + bias).astype(np.int64).tolist()
    return outputs


class MixtureOfLogistics:
    """The distribution of a symbol by the whole numbers that a network gives: weights, then means,
    then logarithms of scales, of J logistics each, in units of 2^-8.

    Each value from -64 to 63 has a frequency of 1 or more, and so has the escape, of 2^16 in all.
    """

    first, entries = FIRST, BINS

    def __init__(self, parameters: Sequence[int]) -> None:
        count = len(parameters) // PARAMETERS
        weights, means = parameters[:count], parameters[count:2 * count]
        largest = max(weights)
        falling, rates = _falling(), _rates()
        self._logistics = []
        for weight, mean, log_scale in zip(weights, means, parameters[2 * count:], strict=True):
            share = falling[min(largest - weight, LARGEST_LOG_WEIGHT)]
            bounded = min(max(log_scale, -LARGEST_LOG_SCALE), LARGEST_LOG_SCALE)
            rate = rates[bounded + LARGEST_LOG_SCALE]
            start = (MIDDLE << SHIFT_BITS) + (FIRST_EDGE - mean) * rate
            self._logistics.append((rate << ACTIVATION_BITS, start, share))
        self._total = LOGISTIC_UNITS * sum(share for *_, share in self._logistics)
        self._least = self._mass(0)
        likeliest = means[weights.index(largest)] - FIRST_EDGE >> ACTIVATION_BITS
        self.likeliest = min(max(likeliest, 0), BINS - 1)

    def below(self, entry: int) -> int:
        """Sum of the frequencies before an entry, 0 to 128."""
        return (self._mass(entry) - self._least) * (TOTAL - BINS - 1) // self._total + entry

    def _mass(self, entry: int) -> int:
        """Cumulative of the mixture at the lower edge of an entry."""
        logistic, mass = _logistic(), 0
        for rate, start, share in self._logistics:
            place = (rate * entry + start) >> SHIFT_BITS
            if place > 0:
                mass += share * logistic[place if place < 2 * MIDDLE else 2 * MIDDLE]
        return mass


@cache
def _falling() -> list[int]:
    """2^16 exp(-i / 2^8), at least 0."""
    return _table(lambda x: WEIGHT_UNITS * (-x).exp(), 0, LARGEST_LOG_WEIGHT, ACTIVATION_BITS)


@cache
def _rates() -> list[int]:
    """2^16 exp(-t) for logarithms t of scales from -4 to 4."""
    def rate(x: Any) -> Any:
        return (1 << RATE_BITS) * (-x).exp()

    return _table(rate, -LARGEST_LOG_SCALE, LARGEST_LOG_SCALE, ACTIVATION_BITS)


@cache
def _logistic() -> list[int]:
    """2^20 / (1 + exp(-x)) for x from -16 to 16."""
    return _table(lambda x: LOGISTIC_UNITS / (1 + (-x).exp()), -MIDDLE, MIDDLE,
                  LOGISTIC_BITS)


def _table(function: Callable[[Any], Any], first: int, last: int, bits: int) -> list[int]:
    """A function at multiples of 2^-bits, rounded; decimal arithmetic is the same everywhere."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 30
        unit = Decimal(1 << bits)
        values = [function(Decimal(place) / unit) for place in range(first, last + 1)]
        return [int(value.to_integral_value()) for value in values]


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
