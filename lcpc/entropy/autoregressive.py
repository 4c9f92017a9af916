"""An autoregressive entropy model in whole numbers: equal frequencies on every machine.

    symbols before i ─► three layers ─► weights, means, scales of logistics ─► cumulative of i

A network's real numbers would differ in their last digits from machine to machine, and one count
of difference ruins a stream. Here weights and activations are whole multiples of powers of two.
They are stored as float64, whose sums of whole numbers are exact below 2^53, whatever order they
are taken in. The mixtures of logistics are those of `lcpc.entropy.integer_mixtures`.

A unit of a layer depends on the first so many symbols, its degree. `AutoregressiveContext` computes
each unit once, as soon as its symbols are known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.entropy.integer_mixtures import PARAMETERS, Integers, MixtureOfLogistics
from lcpc.errors import DataError

Exact = NDArray[np.float64]
"""Whole multiples of a power of two as float64."""
LAYERS = 3
WEIGHT_BITS = 12
INPUT_UNITS = 32
"""Symbols enter in units of 8: one is 2^5 units of 2^-8."""
LARGEST_INPUT = 127
LARGEST_SUM = 2.0**31
"""Limit of what a layer may add up to, in units of 2^-8: with 12 bits below, exact by far."""
MOST_UNITS = 1 << 10
MOST_MIXTURES = 16
UNITS = 1 << WEIGHT_BITS
ZERO = np.zeros(())
"""numpy takes an array faster than the number 0."""


@dataclass(frozen=True, eq=False)
class ExactAutoregressiveModel:
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
        self._check_order()

    @property
    def latents(self) -> int:
        """Number of symbols of a cloud."""
        return len(self.weights[0])

    def parameters(self, symbols: Integers) -> Integers:
        """Parameters of the mixtures of all symbols [n, M], each given those before it:
        [n, M, 3 J], in units of 2^-8."""
        h = symbols.clip(-LARGEST_INPUT, LARGEST_INPUT) * float(INPUT_UNITS)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = _activated(h @ weight + bias)
        outputs = np.rint(h @ self.weights[-1] + self.biases[-1]).astype(np.int64)
        return outputs.reshape(len(symbols), self.latents, -1)

    def distributions(self, symbols: Sequence[int]) -> list[MixtureOfLogistics]:
        """The distributions of all `symbols` [M], each given those before it."""
        (rows,) = self.parameters(np.array([symbols], dtype=np.int64)).tolist()
        return [MixtureOfLogistics(row) for row in rows]

    def distribution_after(self, symbols: Sequence[int]) -> MixtureOfLogistics:
        """The distribution of the symbol that follows."""
        padded = [*symbols, *[0] * (self.latents - len(symbols))]
        (rows,) = self.parameters(np.array([padded], dtype=np.int64)).tolist()
        return MixtureOfLogistics(rows[len(symbols)])

    @cached_property
    def parts(self) -> "list[list[LayerUnits]]":
        """What there is to compute before each latent, layer by layer."""
        place = np.arange(self.latents)
        outputs = place.repeat(self.weights[-1].shape[1] // self.latents)
        degrees = [*self._degrees()[:-1], outputs]
        orders = [values.argsort(kind="stable") for values in degrees]
        layers = []
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            rows, columns = orders[layer:layer + 2]
            layers.append(_parts(weight[rows][:, columns], bias[columns], degrees[layer][rows],
                                 degrees[layer + 1][columns], place))
        return list(map(list, zip(*layers, strict=True)))

    def _degrees(self) -> list[Integers]:
        """On how many symbols the inputs of each layer depend at most, and the outputs."""
        degrees = [1 + np.arange(self.latents)]
        for weight in self.weights:
            degrees.append(np.where(weight != 0, degrees[-1][:, None], 0).max(axis=0))
        return degrees

    def _check_order(self) -> None:
        outputs = self._degrees()[-1]
        latent = np.arange(self.latents).repeat(len(outputs) // self.latents)
        if (outputs > latent).any():
            raise DataError("an autoregressive model has latents that depend on themselves or on "
                            "later ones; make it again from the trained network")

    def to_arrays(self) -> dict[str, Integers]:
        """Plain integer arrays, for a file: in units of 2^-12."""
        names = (f"{kind}_{layer}" for kind in ("weight", "bias") for layer in range(LAYERS))
        values = (np.rint(value * UNITS) for value in (*self.weights, *self.biases))
        integers = (value.astype(np.int64) for value in values)
        return dict(zip(names, integers, strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> "ExactAutoregressiveModel":
        """The model that `to_arrays` gave. Raises DataError for missing or invalid arrays."""
        kinds = []
        for kind in ("weight", "bias"):
            names = [f"{kind}_{layer}" for layer in range(LAYERS)]
            missing = [name for name in names if name not in arrays]
            if missing:
                raise DataError(f"an autoregressive model lacks {', '.join(missing)}")
            kinds.append(tuple(_exact(arrays[name], name) for name in names))
        return cls(*kinds)


@dataclass(frozen=True, eq=False)
class LayerUnits:
    """The units `begin` ... `end` of a layer, from its first inputs.

    weights: [inputs, units], the biases as those of the first input.
    """

    inputs: int
    weights: Exact
    begin: int
    end: int


class AutoregressiveContext:
    """The symbols of clouds so far, and the units that depend on them alone.

    shape: [] for one cloud, [n] for n of them. Activations have a 1 before them, for the biases.
    """

    def __init__(self, model: ExactAutoregressiveModel, *shape: int) -> None:
        self._parts, self._latent = model.parts, 0
        self._activations = [np.ones((*shape, 1 + len(weight))) for weight in model.weights]

    def parameters(self) -> Integers:
        """Parameters of the mixture of the next symbol: [..., 3 J], in units of 2^-8."""
        *hidden, last = self._parts[self._latent]
        for layer, part in enumerate(hidden):
            if part.begin < part.end:
                units = _activated(self._sums(layer, part))
                self._activations[layer + 1][..., part.begin:part.end] = units
        return np.rint(self._sums(LAYERS - 1, last)).astype(np.int64)

    def append(self, symbols: NDArray[np.int64] | int) -> None:
        """Go on to the next latent; symbols: [...], of size 127 at most."""
        self._latent += 1
        self._activations[0][..., self._latent] = symbols * INPUT_UNITS

    def _sums(self, layer: int, part: LayerUnits) -> Exact:
        sums: Exact = self._activations[layer][..., :part.inputs].dot(part.weights)
        return sums


def _activated(sums: Exact) -> Exact:
    """Activations in units of 2^-8 of the sums of a layer, in place of them."""
    np.maximum(sums, ZERO, out=sums)
    return np.rint(sums, out=sums)


def _parts(weight: Exact, bias: Exact, inputs: Integers, outputs: Integers,
           latents: Integers) -> list[LayerUnits]:
    """The units of a layer that are of the degree of each latent, by sorted degrees."""
    counts = np.searchsorted(inputs, latents, "right").tolist()
    begins = np.searchsorted(outputs, latents, "left").tolist()
    ends = np.searchsorted(outputs, latents, "right").tolist()
    rows = np.concatenate((bias[None], weight))
    parts = []
    for count, begin, end in zip(counts, begins, ends, strict=True):
        part = np.ascontiguousarray(rows[:1 + count, begin:end])
        parts.append(LayerUnits(1 + count, part, 1 + begin, 1 + end))
    return parts


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
