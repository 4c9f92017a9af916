"""IPDAE's entropy model in whole numbers: equal probabilities on every machine, in any order.

As in `lcpc.models.fixed_point`: weights and activations are whole multiples of powers of two,
stored as float64, and all sums stay below 2^53, so they are exact whatever order they are taken in.
"""

import numpy as np
from numpy.typing import NDArray
from torch import nn

from lcpc.entropy.integer_tables import of_logs
from lcpc.entropy.pmf import FrequencyTables
from lcpc.models.fixed_point import ACTIVATION_BITS, LARGEST, LARGEST_WEIGHT, WEIGHT_BITS
from lcpc.models.ipdae import (
    LARGEST_SYMBOL,
    LEVELS,
    EntropyModel,
    size_code,
)

LARGEST_BIAS = 2.0**51
NATS_TO_LOGS = 5909
"""log2(e) in units of 2^-12: logits in units of 2^-8 times it, over 2^10, are in those of 2^-10."""
SHIFT_BITS = 10

Exact = NDArray[np.float64]
ExactDense = tuple[Exact, Exact]


class ExactEntropyModel:
    """The tables of an entropy model's latents."""

    def __init__(self, model: EntropyModel) -> None:
        self._cloud, self._own = whole_layers(model.cloud), whole_layers(model.own)

    def tables(self, centroids: Exact) -> FrequencyTables:
        """One table for each latent of each patch, of exact centroids [S, 3]: 16 S tables."""
        units = centroids * 2.0**ACTIVATION_BITS
        pooled = np.maximum(through(self._cloud, units), 0).max(axis=0)
        code = size_code(len(centroids)) * 2.0**ACTIVATION_BITS
        cloud = np.broadcast_to(np.append(pooled, code), (len(units), len(pooled) + 1))
        logits = through(self._own, np.concatenate([cloud, units], axis=1)).astype(np.int64)
        logs = (logits * NATS_TO_LOGS) >> SHIFT_BITS
        return of_logs(logs.reshape(-1, LEVELS), -LARGEST_SYMBOL)


def whole_layers(network: nn.Sequential) -> list[ExactDense]:
    """Weights [C_in, C_out] in units of 2^-12 and biases [C_out] in those of the sums, 2^-20."""
    layers = []
    for layer in network:
        if isinstance(layer, nn.Linear):
            weight = np.rint(layer.weight.detach().double().numpy().T * 2.0**WEIGHT_BITS)
            bias = np.rint(
                layer.bias.detach().double().numpy() * 2.0 ** (WEIGHT_BITS + ACTIVATION_BITS))
            layers.append((np.clip(weight, -LARGEST_WEIGHT, LARGEST_WEIGHT),
                           np.clip(bias, -LARGEST_BIAS, LARGEST_BIAS)))
    return layers


def through(layers: list[ExactDense], h: Exact) -> Exact:
    """Outputs of fully connected layers with ReLU between, rounded to units of 2^-8."""
    for index, (weight, bias) in enumerate(layers):
        h = np.maximum(h, 0) if index else h
        sums = (h @ weight + bias) * 2.0**-WEIGHT_BITS
        h = np.clip(np.rint(sums), -LARGEST, LARGEST)
    return h
