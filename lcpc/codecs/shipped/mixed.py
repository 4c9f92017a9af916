"""The codec `mixed` as it is shipped: matrices in plain numpy, for each lambda of a curve.

    h = relu(W h + b) ...                    layers of the encoder but for the last, at each point
    h = sign * relu(max(W h) + b)            its last layer, the maximum over the points
    h = relu(W h + b) ..., y = W h + b       layers of the mixing network, once a cloud
    symbols = round(y)
    h = relu(W h + b) ..., logits = W h + b  layers of the decoder, from the symbols

The size local has one encoder for all lambdas, in arrays shared.*: levels of grouped neighbourhoods
(`lcpc.codecs.shipped._encoders`). Batch norm, gains, groups and shuffles are in the matrices W;
without a mixing network, y is h. The entropy model is in whole numbers, as training left it:
streams are those of `lcpc.entropy.joint`, alike on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.shipped._curve import (
    LAYER_ARRAYS,
    Array,
    DenseLayer,
    ShippedCurve,
    curve_of,
    layers_of,
    perceptron,
)
from lcpc.codecs.shipped._encoders import GROUPS, Encoder, PooledEncoder, shared_encoder
from lcpc.entropy import joint
from lcpc.entropy.autoregressive import LAYERS, ExactAutoregressiveModel
from lcpc.errors import DataError

if TYPE_CHECKING:
    from lcpc.codecs.point_clouds.mixed import MixedCodec
    from lcpc.data.base import PointClouds

ROWS = "mixed/{size}_P{points}_seed{seed}"
ENTROPY = "entropy."
ENTROPY_WEIGHTS = [f"weight_{layer}" for layer in range(LAYERS)]
ENTROPY_BIASES = [f"bias_{layer}" for layer in range(LAYERS)]
ARRAYS = {**LAYER_ARRAYS, GROUPS: ("i", 2), **dict.fromkeys(ENTROPY_WEIGHTS, ("i", 2)),
          **dict.fromkeys(ENTROPY_BIASES, ("i", 1))}
"""Last words of the names of arrays, such as 80.mixing.0.weight and 80.entropy.weight_0."""
PARTS = ("encoder", "mixing", "decoder")


@dataclass(frozen=True, eq=False)
class ShippedMixed:
    """The codec of one lambda, with M latents and K classes."""

    encoder: Encoder
    mixing: Sequence[DenseLayer]
    entropy_model: ExactAutoregressiveModel
    decoder: Sequence[DenseLayer]

    @property
    def count(self) -> int:
        """M, the symbols of a cloud."""
        return self.entropy_model.latents

    def features(self, clouds: NDArray[np.float32]) -> NDArray[np.float32]:
        """h [n, N] of clouds [n, P, 3], before mixing."""
        return self.encoder.features(clouds)

    def latents(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """y [n, M] of h [n, N]."""
        return perceptron(features, self.mixing) if self.mixing else features

    def encode(self, symbols: NDArray[np.int64]) -> list[bytes]:
        """The streams of symbols [n, M]."""
        return joint.encode(symbols, self.entropy_model)

    def decode(self, streams: Sequence[bytes]) -> NDArray[np.int64]:
        """Symbols [n, M] of streams. Raises BitstreamError for one that is of other weights."""
        return joint.decode(streams, self.entropy_model)

    def rate_bits(self, symbols: NDArray[np.int64]) -> NDArray[np.float64]:
        """-log2 p of symbols [n, M] by the probabilities that the coder uses: [n]."""
        return joint.rate_bits(symbols, self.entropy_model)

    def classify(self, symbols: NDArray[np.int64]) -> NDArray[np.float32]:
        """Logits [n, K] of symbols [n, M]."""
        return perceptron(symbols.astype(np.float32), self.decoder)


def shipped(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> ShippedCurve:
    """The curve of these arrays. Raises DataError where they are no networks of its classes."""
    return curve_of(header, arrays, partial(_network, encoder=shared_encoder(arrays)))


def ship(codec: "MixedCodec", clouds: "PointClouds", training: Mapping[str, Any]) -> ShippedCurve:
    """The shipped form of a trained curve.

    How many bits weights take is decided on `clouds` of its training split; `training` goes into
    the header as it is.
    """
    from lcpc.codecs.shipped import _fold

    return _fold.ship_mixed(codec, clouds, training)


def _network(arrays: Mapping[str, Array], prefix: str, classes: int,
             encoder: Encoder | None = None) -> ShippedMixed:
    whole = {name.removeprefix(ENTROPY): array for name, array in arrays.items()
             if name.startswith(ENTROPY)}
    entropy_model = ExactAutoregressiveModel.from_arrays(whole)
    encoder = encoder or _pooled_encoder(arrays, prefix)
    features, latents = encoder.outputs, entropy_model.latents
    is_mixed = features != latents or "mixing.0.weight" in arrays
    mixing = layers_of(arrays, "mixing", prefix, features, latents) if is_mixed else []
    decoder = layers_of(arrays, "decoder", prefix, latents, classes)
    return ShippedMixed(encoder, mixing, entropy_model, decoder)


def _pooled_encoder(arrays: Mapping[str, Array], prefix: str) -> PooledEncoder:
    """The encoder of one lambda alone."""
    if "sign" not in arrays:
        raise DataError(f"array {prefix}sign is not there")
    sign = arrays["sign"].astype(np.float32)
    return PooledEncoder(layers_of(arrays, "encoder", prefix, 3, len(sign)), sign)
