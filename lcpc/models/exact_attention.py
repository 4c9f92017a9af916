"""A trained OctAttention in whole numbers: equal probabilities on every machine, in any order.

Weights and activations are whole numbers, and all sums of products stay below 2^24 in float32 or
2^53 in float64, so that they are exact whatever order they are taken in. What is left is done
number by number, with one IEEE operation at a time (a product, a quotient, a root, a rounding),
which every machine rounds alike. The softmax takes its exponentials from a table of whole numbers
that decimal arithmetic made; its weights are rounded to whole numbers that sum to about 2^13.

    scores ─► nearest 1/64 ─► table of exp ─► times 2^13 / their sum ─► rounded ─► times values
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc import checkpoints
from lcpc.entropy.pmf import TOTAL
from lcpc.errors import DataError
from lcpc.models.oct_attention import (
    LARGEST_HIDDEN,
    LARGEST_KEY,
    OCCUPANCIES,
    SCORE_FACTOR,
    SYMBOLS,
    AttentionLayer,
    OctAttentionNetwork,
    OctShape,
)
from lcpc.models.octree import BEFORE, Nodes

Whole: TypeAlias = NDArray[Any]
"""Whole numbers as float32 or float64."""

ACTIVATION_BITS, WEIGHT_BITS, EMBEDDING_BITS = 6, 8, 10
UNIT = 1 << ACTIVATION_BITS
SUM_BITS = ACTIVATION_BITS + WEIGHT_BITS
LARGEST = 1 << 10
"""Limit of activations, in units of 2^-6: 16."""
EXACT_32, EXACT_64 = 2.0**24, 2.0**53
LARGEST_KNOWN = 1 << 14
"""Limit of what the network starts from, in units of 2^-10: 16."""
LARGEST_WEIGHT = (1 << 15) - 1
LARGEST_BIAS = (1 << 31) - 1
KEY = int(LARGEST_KEY * UNIT)
HIDDEN = int(LARGEST_HIDDEN * UNIT)
SCORE_SHIFT = np.float32(SCORE_FACTOR * 2.0**-ACTIVATION_BITS)
"""Scores come in 64ths: products of queries and keys have units of 2^-12."""
EXPONENTS = 1024
"""Exponentials are kept down to exp(-16), in steps of 1/64."""
ATTENTION_UNITS = 1 << 14
SHARES = 1 << 13
LIKELIHOOD_UNITS = 1 << 16
CACHED = 4
"""Windows that a cache holds before it forgets the oldest places."""
CELLS = np.arange(len(BEFORE))
BLOCK = 128
"""Nodes whose probabilities are computed at once where their occupancies are known."""


def whole_state(network: OctAttentionNetwork) -> dict[str, Tensor]:
    """Weights in units of 2^-8, embeddings of the input 2^-10, biases 2^-14; others 2^-6."""
    return {name: _whole(value, _bits_of(name)) for name, value in network.state_dict().items()}


def _bits_of(name: str) -> int:
    parts = name.split(".")
    is_inside = parts[0] == "layers"
    if is_inside and parts[2] in ("occupancy", "none"):
        return ACTIVATION_BITS
    if "norm" in parts[-2]:
        return EMBEDDING_BITS
    if not is_inside and parts[0] not in ("inner", "outer"):
        return EMBEDDING_BITS
    return SUM_BITS if parts[-1] == "bias" else WEIGHT_BITS


def _whole(value: Tensor, bits: int) -> Tensor:
    largest = LARGEST_BIAS if bits == SUM_BITS else LARGEST_WEIGHT
    whole = torch.round(value.double() * 2.0**bits).clamp(-largest, largest)
    return whole.int() if bits == SUM_BITS else whole.short()


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
        """Of gains and biases in units of 2^-10; both are exact in float32."""
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
        """Of a layer whose weights are whole numbers."""
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
            _linear(layer.out, KEY + 1, where), ExactNorm.of(layer.norm),
            _linear(layer.inner, LARGEST, where), _linear(layer.outer, HIDDEN, where),
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


def _linear(layer: torch.nn.Linear, largest: float, where: str) -> ExactLinear:
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
        """What nodes [n, C] see whose last one sees the last place, and each one before it one
        place less."""
        count = len(query)
        begin = max(0, self._end - self._window - count + 1)
        key, value = self._key[:, begin:self._end], self._value[:, begin:self._end]
        # [n, C] -> [heads, n, C / heads]
        parts = (query * SCORE_SHIFT).reshape(count, *self._heads).transpose(1, 0, 2)
        scores = np.matmul(parts, key.transpose(0, 2, 1))
        np.rint(scores, scores)
        if count > 1:
            scores += self._hidden_places(count, self._end - begin)
        seen = np.matmul(_shares(scores), value)
        np.rint(seen, seen)
        # [heads, n, C / heads] -> [n, C]
        return seen.transpose(1, 0, 2).reshape(count, -1)

    def _hidden_places(self, count: int, places: int) -> NDArray[np.float32]:
        """0 for places that a node sees, far below any score for others [n, places]."""
        distance = np.arange(count)[:, None] + places - count - np.arange(places)
        is_seen = (distance >= 0) & (distance < self._window)
        return np.where(is_seen, np.float32(0), np.float32(-EXACT_32 / 2))


def _shares(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax of scores in 64ths over the last axis, as whole numbers that sum to about 2^13."""
    weight = _exponentials_of(scores, ATTENTION_UNITS)
    weight *= np.float32(SHARES) / np.add.reduce(weight, axis=-1, keepdims=True)
    return np.rint(weight, weight)


def _exponentials_of(scores: NDArray[np.float32], units: int) -> NDArray[np.float32]:
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


class ExactOctAttention:
    """The network of a checkpoint; `Reader` computes its probabilities node by node."""

    def __init__(self, shape: OctShape, state: Mapping[str, Tensor], where: str) -> None:
        """Raises DataError naming `where` for other names, shapes, or numbers that are not
        whole."""
        for name, value in state.items():
            if not isinstance(value, Tensor) or value.dtype not in (torch.int16, torch.int32):
                raise DataError(f"{where}: {name} holds no whole numbers; train again")
        network = OctAttentionNetwork(shape).double()
        checkpoints.restore(network, state, where)
        self.shape, self.digest = shape, _digest(state)
        self._network = network.eval().requires_grad_(False)
        self.norm = ExactNorm.of(network.norm)
        self.layers = [ExactLayer.of(layer, where) for layer in network.layers]
        self._inner = _linear(network.inner, LARGEST, where)
        self._outer = _linear(network.outer, HIDDEN, where)
        self.occupancies = network.occupancy.weight.float().numpy()
        # [7, 256, C]: what each cell before adds, by its occupancy.
        alone = torch.arange(OCCUPANCIES)[:, None, None] * torch.eye(len(BEFORE), dtype=torch.int64)
        self.before = network.children_before(alone).transpose(0, 1).float().numpy()

    def known(self, nodes: Nodes) -> NDArray[np.float32]:
        """What is known of nodes before any occupancy of their level, in units of 2^-10 [N, C]."""
        none = torch.zeros_like(nodes.level)
        rows = self._network.rows(nodes, none) + self._network.around(nodes)
        known = rows.numpy()
        known[:, :self.shape.occupancy] -= self.occupancies[0]
        return known.clip(-LARGEST_KNOWN, LARGEST_KNOWN).astype(np.float32)

    def frequencies(self, h: Whole) -> NDArray[np.int64]:
        """Frequencies of occupancies 1 ... 255 of 2^16 [N, 255], each at least 1."""
        hidden = settled(self._inner(h), 0, HIDDEN)
        logits = settled(self._outer(hidden), -EXACT_32, EXACT_32)
        weight = _exponentials_of(logits, LIKELIHOOD_UNITS)
        weight *= np.float32(TOTAL - SYMBOLS) / np.add.reduce(weight, axis=-1, keepdims=True)
        frequency = weight.astype(np.int64) + 1
        rows = np.arange(len(frequency))
        # Rounding down leaves some of 2^16 over: the likeliest gets it.
        frequency[rows, weight.argmax(axis=-1)] += TOTAL - frequency.sum(axis=-1)
        return frequency


def _digest(state: Mapping[str, Tensor]) -> bytes:
    """sha256 of the weights, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].int().numpy().astype("<i4").tobytes())
    return digest.digest()


class Reader:
    """Goes through the nodes of one tree; each sees the occupancies of those before it."""

    def __init__(self, network: ExactOctAttention) -> None:
        self._network = network
        self._caches = [Cache(layer, network.shape.window) for layer in network.layers]
        self._previous = np.int64(0)
        self._waiting: list[Whole] = []

    def frequencies(self, known: NDArray[np.float32],
                    before: NDArray[np.int64]) -> NDArray[np.int64]:
        """Frequencies [1, 255] of the next node by what is known of it [1, C] and the occupancies
        of the cells before it [1, 7]; `learn` follows."""
        h, self._waiting = self._start(known, before, np.array([self._previous])), []
        for layer, past in zip(self._network.layers, self._caches, strict=True):
            sums = layer.inputs(h)
            self._waiting.append(sums[:, layer.width:])
            seen = past.attend(settled(sums[:, :layer.width], -KEY, KEY))
            h = layer.feed_forward(h, seen)
        return self._network.frequencies(h)

    def learn(self, occupancy: int) -> None:
        """The occupancy of that node."""
        self._previous = np.int64(occupancy)
        for past, sums in zip(self._caches, self._waiting, strict=True):
            past.append(sums, np.array([occupancy]))

    def frequencies_of(self, known: NDArray[np.float32], before: NDArray[np.int64],
                       occupancy: NDArray[np.int64]) -> NDArray[np.int64]:
        """Frequencies [n, 255] of the next n <= 128 nodes whose occupancies are known."""
        h = self._start(known, before, np.array([self._previous, *occupancy[:-1]]))
        for layer, past in zip(self._network.layers, self._caches, strict=True):
            sums = layer.inputs(h)
            known_sums = sums[:, layer.width:]
            # A node does not see itself, so the last one is taken in after all have looked.
            past.append(known_sums[:-1], occupancy[:-1])
            seen = past.attend(settled(sums[:, :layer.width], -KEY, KEY))
            past.append(known_sums[-1:], occupancy[-1:])
            h = layer.feed_forward(h, seen)
        self._previous = occupancy[-1]
        return self._network.frequencies(h)

    def _start(self, known: NDArray[np.float32], before: NDArray[np.int64],
               previous: NDArray[np.int64]) -> NDArray[np.float32]:
        # [n, 7, C] -> [n, C]
        x = np.add.reduce(self._network.before[CELLS, before], axis=1)
        x += known
        x[:, :self._network.shape.occupancy] += self._network.occupancies[previous]
        return self._network.norm(settled(x, -LARGEST_KNOWN, LARGEST_KNOWN))
