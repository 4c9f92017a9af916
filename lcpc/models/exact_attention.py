"""A trained OctAttention in whole numbers: equal probabilities on every machine, in any order.

Its weights are rounded to whole numbers, and its layers are those of `lcpc.models.exact_layers`.
"""

import hashlib
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc import checkpoints
from lcpc.entropy.pmf import TOTAL
from lcpc.errors import DataError
from lcpc.models.exact_layers import (
    ACTIVATION_BITS,
    EMBEDDING_BITS,
    EXACT_32,
    HIDDEN,
    KEY,
    LARGEST,
    WEIGHT_BITS,
    Cache,
    ExactLayer,
    ExactNorm,
    Whole,
    exponentials_of,
    linear,
    settled,
)
from lcpc.models.oct_attention import OCCUPANCIES, SYMBOLS, OctAttentionNetwork, OctShape
from lcpc.models.octree import BEFORE, Nodes

SUM_BITS = ACTIVATION_BITS + WEIGHT_BITS
LARGEST_KNOWN = 1 << 14
"""Limit of what the network starts from, in units of 2^-10: 16."""
LARGEST_WEIGHT = (1 << 15) - 1
LARGEST_BIAS = (1 << 31) - 1
LIKELIHOOD_UNITS = 1 << 16
CELLS = np.arange(len(BEFORE))


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
        self._inner = linear(network.inner, LARGEST, where)
        self._outer = linear(network.outer, HIDDEN, where)
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
        weight = exponentials_of(logits, LIKELIHOOD_UNITS)
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
