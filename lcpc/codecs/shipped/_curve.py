"""Shared by shipped codecs: layers in plain numpy, and curves of one network for each lambda."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import ConfigError, DataError

Array: TypeAlias = NDArray[Any]
DenseLayer: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]
"""(W [outputs, inputs], b [outputs])."""

LAYER_ARRAYS = {"weight": ("if", 2), "scale": ("f", 1), "bias": ("f", 1), "sign": ("i", 1)}
"""Arrays of layers: kinds and dimensions, by the last word of their names."""
POINTS_AT_ONCE = 1 << 15


class ShippedNetwork(Protocol):
    """The codec of one lambda."""

    @property
    def count(self) -> int:
        """N, the length of the latent."""

    def features(self, clouds: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the encoder pools of clouds [n, P, 3]: [n, M]."""

    def latents(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Latents [n, N] of these features, medians taken off."""

    def encode(self, symbols: NDArray[np.int64]) -> list[bytes]:
        """The streams of symbols [n, N]."""

    def decode(self, streams: Sequence[bytes]) -> NDArray[np.int64]:
        """Symbols [n, N] of streams. Raises BitstreamError for one that is of other weights."""

    def rate_bits(self, symbols: NDArray[np.int64]) -> NDArray[np.float64]:
        """-log2 p of symbols [n, N], summed over the latents: [n]."""

    def classify(self, symbols: NDArray[np.int64]) -> NDArray[np.float32]:
        """Logits [n, K] of symbols [n, N]."""


@dataclass(frozen=True, eq=False)
class ShippedCurve:
    """A curve of a learned codec, whole samples at a time; `lambda_` is one of its lambdas.

    header: codec, size, points, lambdas, classes, and which training it is from. arrays: all its
    numbers by name, from which the codec's `shipped` makes an equal curve.
    """

    header: Mapping[str, Any]
    arrays: Mapping[str, Array]
    networks: Mapping[float, ShippedNetwork]

    def latents(self, clouds: NDArray[np.float32], lambda_: float) -> NDArray[np.float32]:
        """Latents [n, N] of clouds [n, P, 3], medians taken off: symbols are these, rounded."""
        network = self.network(lambda_)
        return network.latents(network.features(clouds))

    def encode(self, symbols: NDArray[np.int64], lambda_: float) -> list[bytes]:
        """The streams of symbols [n, N]."""
        return self.network(lambda_).encode(symbols)

    def decode(self, streams: Sequence[bytes], lambda_: float) -> NDArray[np.int64]:
        """Symbols [n, N] of streams. Raises BitstreamError for one that is of other weights."""
        return self.network(lambda_).decode(streams)

    def rate_bits(self, symbols: NDArray[np.int64], lambda_: float) -> NDArray[np.float64]:
        """The model's estimate of the rate of each sample, [n]."""
        return self.network(lambda_).rate_bits(symbols)

    def classify(self, symbols: NDArray[np.int64], lambda_: float) -> NDArray[np.float32]:
        """Logits [n, K] of symbols [n, N]."""
        return self.network(lambda_).classify(symbols)

    def network(self, lambda_: float) -> ShippedNetwork:
        """The network of a lambda. Raises ConfigError naming those that there are."""
        if lambda_ not in self.networks:
            known = ", ".join(f"{value:g}" for value in self.networks)
            raise ConfigError(f"the curve has no lambda {lambda_:g}; it has {known}")
        return self.networks[lambda_]


def curve_of(header: Mapping[str, Any], arrays: Mapping[str, Array],
             make: Callable[[Mapping[str, Array], str, int], ShippedNetwork]) -> ShippedCurve:
    """The curve of these arrays. make(arrays, prefix of their names, K) is the network of a lambda.

    Raises DataError where a network has values that are not finite.
    """
    classes = len(header["classes"])
    networks = {}
    for value in header["lambdas"]:
        prefix = f"{value:g}."
        of_lambda = {name.removeprefix(prefix): array for name, array in arrays.items()
                     if name.startswith(prefix)}
        networks[float(value)] = make(of_lambda, prefix, classes)
        if not all(np.isfinite(array).all() for array in of_lambda.values()):
            raise DataError(f"arrays {prefix}* are not finite")
    return ShippedCurve(header, arrays, networks)


def layers_of(arrays: Mapping[str, Array], part: str, prefix: str, inputs: int,
              outputs: int) -> list[DenseLayer]:
    """W and b of a part's layers, from `inputs` to `outputs`. Raises DataError naming the array."""
    layers: list[DenseLayer] = []
    while f"{part}.{len(layers)}.weight" in arrays:
        name = f"{part}.{len(layers)}"
        weight = _weight(arrays, name)
        bias = arrays.get(f"{name}.bias", np.zeros(0)).astype(np.float32)
        if weight.shape != (len(bias), inputs):
            raise DataError(f"array {prefix}{name}.weight does not fit its layer")
        layers.append((weight, bias))
        inputs = len(bias)
    if not layers or inputs != outputs:
        raise DataError(f"arrays {prefix}{part}.* lack a layer")
    return layers


def _weight(arrays: Mapping[str, Array], name: str) -> NDArray[np.float32]:
    """W as it is used: 8-bit weights have a scale for each row."""
    weight = arrays[f"{name}.weight"]
    if weight.dtype.kind != "i":
        return weight.astype(np.float32)
    scale = arrays.get(f"{name}.scale", np.zeros(0)).astype(np.float32)
    if len(scale) != len(weight):
        raise DataError(f"array {name}.scale does not fit its weight")
    return weight * scale[:, None]


def pooled(clouds: NDArray[np.float32], encoder: Sequence[DenseLayer],
           sign: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features [n, N] of clouds [n, P, 3]: layers at each point, then the maximum over points."""
    step = max(1, POINTS_AT_ONCE // clouds.shape[1])
    pieces = [_pooled(clouds[begin:begin + step], encoder)
              for begin in range(0, len(clouds), step)]
    return sign * np.concatenate(pieces)


def _pooled(clouds: NDArray[np.float32], encoder: Sequence[DenseLayer]) -> NDArray[np.float32]:
    count, points, _ = clouds.shape
    *layers, (weight, bias) = encoder
    h = rectified(clouds.reshape(count * points, 3), layers)
    # [n * P, N] -> [n, N]
    largest = (h @ weight.T).reshape(count, points, -1).max(axis=1)
    return np.maximum(largest + bias, 0)


def perceptron(h: NDArray[np.float32], layers: Sequence[DenseLayer]) -> NDArray[np.float32]:
    """Layers with ReLU between them: [n, inputs] -> [n, outputs]."""
    *earlier, (weight, bias) = layers
    return rectified(h, earlier) @ weight.T + bias


def rectified(h: NDArray[np.float32], layers: Sequence[DenseLayer]) -> NDArray[np.float32]:
    """Layers with ReLU after each: [n, inputs] -> [n, outputs]."""
    for weight, bias in layers:
        h = np.maximum(h @ weight.T + bias, 0)
    return h
