"""Layers of attention in whole numbers: what they compute is the same on every machine.

    scores ─► nearest 1/64 ─► table of exp ─► times 2^13 / their sum ─► rounded ─► times values

Sums of products stay below 2^24 in float32 or 2^53 in float64, so that they are exact whatever
order they are taken in. The rest is done number by number, one IEEE operation at a time (a product,
a quotient, a root, a rounding), which every machine rounds alike. The softmax takes its
exponentials from a table of whole numbers that decimal arithmetic made; its weights are rounded to
whole numbers that sum to about 2^13.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc.errors import DataError
from lcpc.models.oct_attention import LARGEST_HIDDEN, LARGEST_KEY, SCORE_FACTOR, AttentionLayer

Whole: TypeAlias = NDArray[Any]
"""Whole numbers as float32 or float64."""

ACTIVATION_BITS, WEIGHT_BITS, EMBEDDING_BITS = 6, 8, 10
UNIT = 1 << ACTIVATION_BITS
LARGEST = 1 << 10
"""Limit of activations, in units of 2^-6: 16."""
EXACT_32, EXACT_64 = 2.0**24, 2.0**53
KEY = int(LARGEST_KEY * UNIT)
HIDDEN = int(LARGEST_HIDDEN * UNIT)
SCORE_SHIFT = np.float32(SCORE_FACTOR * 2.0**-ACTIVATION_BITS)
"""Scores come in 64ths: products of queries and keys have units of 2^-12."""
EXPONENTS = 1024
"""Exponentials are kept down to exp(-16), in steps of 1/64."""
ATTENTION_UNITS = 1 << 14
SHARES = 1 << 13
CACHED = 4
"""Windows that a cache holds before it forgets the oldest places."""
BLOCK = 128
"""Nodes whose probabilities are computed at once where their occupancies are known."""


@dataclass(frozen=True, eq=False)
class ExactLinear:
    """A layer in whole numbers: inputs in units of 2^-6, sums in 2^-8 of these units."""

    weight: Whole
    bias: Whole

    @staticmethod
    def of(weight: Tensor, bias: Tensor, largest: float, where: str) -> "ExactLinear":
        """weight [C_out, C_in], bias [C_out]; inputs are at most `largest`. In float32 where all
        sums are exact in it. Raises DataError where they are not even in float64."""
        matrix, offset = weight.double().numpy().T, bias.double().numpy()
        most = float((np.abs(matrix).sum(axis=0) * largest + np.abs(offset)).max())
        if most >= EXACT_64:
            raise DataError(f"{where}: sums reach {most:.3g}, too large to be exact; train again")
        dtype = np.float32 if most <= EXACT_32 else np.float64
        scale = 2.0**-WEIGHT_BITS
        matrix = np.ascontiguousarray(matrix * scale, dtype)
        return ExactLinear(matrix, (offset * scale).astype(dtype))

    def __call__(self, x: Whole) -> Whole:
        """Sums of inputs [N, C_in]."""
        sums: Whole = x.astype(self.weight.dtype, copy=False).dot(self.weight)
        sums += self.bias
        return sums


def settled(sums: Whole, low: float, high: float) -> Whole:
    """Sums, rounded to whole units and kept between two limits: float32. It changes `sums`."""
    np.rint(sums, sums)
    np.maximum(sums, low, sums)
    np.minimum(sums, high, sums)
    return sums.astype(np.float32, copy=False)


@dataclass(frozen=True, eq=False)
class ExactNorm:
    """Layer normalisation of whole numbers to units of 2^-6."""

    gain: NDArray[np.float32]
    bias: NDArray[np.float32]

    @staticmethod
    def of(layer: torch.nn.LayerNorm) -> "ExactNorm":
        """The layer; gains and biases must be multiples of 2^-10, and are exact in float32."""
        scale = np.float32(2.0 ** (ACTIVATION_BITS - EMBEDDING_BITS))
        return ExactNorm(layer.weight.float().numpy() * scale, layer.bias.float().numpy() * scale)

    def __call__(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """x [N, C]: whole numbers up to 2^14, C up to 2^8, so that squares add up to 2^53."""
        total = np.add.reduce(x, axis=1, keepdims=True)
        y = x * np.float32(x.shape[1])
        y -= total
        squares = np.einsum("nc,nc->n", y, y, dtype=np.float64, casting="safe")
        deviation = np.sqrt(np.maximum(squares, 1) / x.shape[1]).astype(np.float32)
        y /= deviation[:, None]
        y *= self.gain
        y += self.bias
        return settled(y, -LARGEST, LARGEST)


@dataclass(frozen=True, eq=False)
class ExactLayer:
    """A layer of attention and feed-forward network in whole numbers."""

    heads: int
    inputs: ExactLinear
    """Queries, keys and values of h, side by side."""
    occupancies: Whole
    """What a node's occupancy adds to keys and values [256, 2 C]."""
    none: NDArray[np.float32]
    """Key and value before the first node [2 C]."""
    out: ExactLinear
    norm: ExactNorm
    inner: ExactLinear
    outer: ExactLinear
    outer_norm: ExactNorm

    @staticmethod
    def of(layer: AttentionLayer, where: str) -> "ExactLayer":
        """The layer in whole numbers; its weights must be whole already."""
        parts = (layer.query, layer.key, layer.value)
        weight = torch.cat([part.weight for part in parts])
        bias = torch.cat([part.bias for part in parts])
        embedding = layer.occupancy.weight
        inputs = ExactLinear.of(weight, bias, LARGEST + float(embedding.abs().max()), where)
        known = weight[len(layer.query.weight):]
        added = (embedding @ known.T).numpy() * 2.0**-WEIGHT_BITS
        return ExactLayer(
            layer.heads, inputs, added.astype(inputs.weight.dtype),
            layer.none.flatten().float().numpy().clip(-KEY, KEY),
            linear(layer.out, KEY + 1, where), ExactNorm.of(layer.norm),
            linear(layer.inner, LARGEST, where), linear(layer.outer, HIDDEN, where),
            ExactNorm.of(layer.outer_norm))

    @property
    def width(self) -> int:
        """C, values of a node."""
        return len(self.none) // 2

    def feed_forward(self, h: Whole, seen: Whole) -> NDArray[np.float32]:
        """h [N, C] after attention saw the values `seen` [N, C]."""
        h = self.norm(_sum(h, self.out(seen)))
        hidden = settled(self.inner(h), 0, HIDDEN)
        return self.outer_norm(_sum(h, self.outer(hidden)))


def linear(layer: torch.nn.Linear, largest: float, where: str) -> ExactLinear:
    """A linear layer, whose weights must be whole numbers, for inputs of at most `largest`."""
    return ExactLinear.of(layer.weight, layer.bias, largest, where)


def _sum(h: NDArray[np.float32], sums: Whole) -> NDArray[np.float32]:
    return h + settled(sums, -8 * LARGEST, 8 * LARGEST)


class Cache:
    """Keys and values of one layer: place j is that of node j - 1; it grows with the nodes."""

    def __init__(self, layer: ExactLayer, window: int) -> None:
        self._layer, self._window = layer, window
        self._heads = (layer.heads, layer.width // layer.heads)
        size = (layer.heads, CACHED * window + BLOCK, self._heads[1])
        self._key = np.zeros(size, dtype=np.float32)
        self._value = np.zeros(size, dtype=np.float32)
        self._end = 0
        self._put(layer.none[None])

    def append(self, sums: Whole, occupancy: NDArray[np.int64]) -> None:
        """Take in nodes by their keys and values before rounding [n, 2 C], without what their
        occupancies [n] add."""
        self._put(settled(sums + self._layer.occupancies[occupancy], -KEY, KEY))

    def _put(self, known: NDArray[np.float32]) -> None:
        if self._end + len(known) > self._key.shape[1]:
            self._forget()
        # [n, 2 C] -> [n, 2, heads, C / heads]
        parts = known.reshape(len(known), 2, *self._heads)
        places = slice(self._end, self._end + len(known))
        self._key[:, places] = parts[:, 0].transpose(1, 0, 2)
        self._value[:, places] = parts[:, 1].transpose(1, 0, 2) * np.float32(1 / SHARES)
        self._end = places.stop

    def _forget(self) -> None:
        """Move the places that the next nodes may still see to the front."""
        kept = slice(self._end - self._window, self._end)
        for array in (self._key, self._value):
            array[:, :self._window] = array[:, kept].copy()
        self._end = self._window

    def attend(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values [n, C] that consecutive nodes attend to, by their queries [n, C]. The last node
        sees all places of its window, each one before it one place less."""
        count = len(query)
        begin = max(0, self._end - self._window - count + 1)
        key, value = self._key[:, begin:self._end], self._value[:, begin:self._end]
        # [n, C] -> [heads, n, C / heads]
        parts = (query * SCORE_SHIFT).reshape(count, *self._heads).transpose(1, 0, 2)
        scores = np.matmul(parts, key.transpose(0, 2, 1))
        np.rint(scores, scores)
        if count > 1:
            scores += _hidden_places(count, self._end - begin, self._window)
        seen = np.matmul(_shares(scores), value)
        np.rint(seen, seen)
        # [heads, n, C / heads] -> [n, C]
        return seen.transpose(1, 0, 2).reshape(count, -1)


@lru_cache(maxsize=32)
def _hidden_places(count: int, places: int, window: int) -> NDArray[np.float32]:
    """0 for places that a node sees, far below any score for others [n, places]."""
    distance = np.arange(count)[:, None] + places - count - np.arange(places)
    is_seen = (distance >= 0) & (distance < window)
    return np.where(is_seen, np.float32(0), np.float32(-EXACT_32 / 2))


def _shares(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax of scores in 64ths over the last axis, as whole numbers that sum to about 2^13."""
    weight = exponentials_of(scores, ATTENTION_UNITS)
    weight *= np.float32(SHARES) / np.add.reduce(weight, axis=-1, keepdims=True)
    return np.rint(weight, weight)


def exponentials_of(scores: NDArray[np.float32], units: int) -> NDArray[np.float32]:
    """Exponentials of scores in 64ths, as parts of the largest, which has `units`."""
    scores -= np.maximum.reduce(scores, axis=-1, keepdims=True)
    np.maximum(scores, 1 - EXPONENTS, scores)
    return _exponentials(units).take(scores.astype(np.intp), mode="wrap")


@cache
def _exponentials(units: int) -> NDArray[np.float32]:
    """units exp(i / 64) for i = 0, -1023, -1022 ... -1, rounded, so that i is the place; the last
    counts as 0. Decimal arithmetic is the same everywhere."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 30
        values = [int((units * (Decimal(place) / UNIT).exp()).to_integral_value())
                  for place in range(1 - EXPONENTS, 1)]
    values[0] = 0
    return np.array([values[-1], *values[:-1]], dtype=np.float32)
