"""The proposed codec as it is shipped: matrices in plain numpy, for each lambda of a curve.

    h = relu(W h + b) ...                   layers of the encoder but for the last, at each point
    y = sign * relu(max(W h) + b)           its last layer, the maximum over the points
    symbols = round(y - median)
    h = relu(W h + b) ..., logits = W h + b layers of the decoder, from the symbols

Batch norm, gains, groups and shuffles are in the matrices W, and so are latents whose symbol never
changes: what is left are the latents that a stream has to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    pooled,
)
from lcpc.entropy import coder
from lcpc.entropy.pmf import ARRAYS as TABLE_ARRAYS
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import DataError

if TYPE_CHECKING:
    from lcpc.codecs.point_clouds.proposed import ProposedCodec
    from lcpc.data.base import PointClouds

ROWS = "rate_accuracy/proposed_{size}_P{points}"
ARRAYS = {**LAYER_ARRAYS, "median": ("f", 1), "density": ("f", 2),
          **dict.fromkeys(TABLE_ARRAYS, ("iu", 1))}
"""Last words of the names of arrays, such as 80.encoder.0.weight: kinds and dimensions."""
PARTS = ("encoder", "decoder")
DENSITY_WIDTHS = ((1, 3), (3, 3), (3, 3), (3, 3), (3, 1))
"""Inputs and outputs of each layer of a latent's cumulative."""
DENSITY_NUMBERS = 58
LEAST_LIKELIHOOD = 1e-9
PAIRS_AT_ONCE = 1 << 16


@dataclass(frozen=True, eq=False)
class ShippedProposed:
    """The codec of one lambda, with N latents and K classes.

    sign: [N]. median: [N]. density: [N, 58], the layers of each latent's cumulative.
    """

    encoder: Sequence[DenseLayer]
    sign: NDArray[np.float32]
    median: NDArray[np.float32]
    density: NDArray[np.float64]
    tables: FrequencyTables
    decoder: Sequence[DenseLayer]

    @property
    def count(self) -> int:
        """N, the latents that a stream says."""
        return len(self.tables)

    def features(self, clouds: NDArray[np.float32]) -> NDArray[np.float32]:
        """y [n, N] of clouds [n, P, 3]."""
        return pooled(clouds, self.encoder, self.sign)

    def latents(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """y - median [n, N] of y."""
        return features - self.median

    def encode(self, symbols: NDArray[np.int64]) -> list[bytes]:
        """The streams of symbols [n, N]."""
        return [coder.encode(row, self.tables) for row in symbols]

    def decode(self, streams: Sequence[bytes]) -> NDArray[np.int64]:
        """Symbols [n, N] of streams. Raises BitstreamError for one that is of other weights."""
        rows = [coder.decode(stream, self.tables) for stream in streams]
        return np.array(rows, dtype=np.int64).reshape(len(streams), self.count)

    def classify(self, symbols: NDArray[np.int64]) -> NDArray[np.float32]:
        """Logits [n, K] of symbols [n, N]."""
        return perceptron(symbols.astype(np.float32), self.decoder)

    def rate_bits(self, symbols: NDArray[np.int64]) -> NDArray[np.float64]:
        """-log2 p of symbols [n, N], summed over the latents: [n].

        Each latent takes few values: the likelihood of each is worked out once.
        """
        latent = np.broadcast_to(np.arange(symbols.shape[1]), symbols.shape)
        pairs = np.stack([latent.ravel(), symbols.ravel()], axis=1)
        different, place = np.unique(pairs, axis=0, return_inverse=True)
        bits = [self._bits(*different[begin:begin + PAIRS_AT_ONCE].T)
                for begin in range(0, len(different), PAIRS_AT_ONCE)]
        return np.concatenate(bits)[place.reshape(symbols.shape)].sum(axis=1)

    def _bits(self, latent: NDArray[np.int64], symbol: NDArray[np.int64]) -> NDArray[np.float64]:
        """-log2 of P(y - 1/2 < Y < y + 1/2) at y = symbol + median: [n], [n] -> [n]."""
        y = symbol + self.median[latent].astype(np.float64)
        density = self.density[latent]
        lower, upper = _cumulative(density, y - 0.5), _cumulative(density, y + 0.5)
        # Subtract in the tail where floats are dense, as in training.
        sign = np.where(lower + upper > 0, -1.0, 1.0)
        likelihood = np.abs(_sigmoid(sign * upper) - _sigmoid(sign * lower))
        return -np.log2(np.maximum(likelihood, LEAST_LIKELIHOOD))


def _cumulative(density: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logits of cumulatives at y: [n, 58], [n] -> [n]; x' = u + a tanh(u) with u = H x + b."""
    x, begin = y[:, None], 0
    for inputs, outputs in DENSITY_WIDTHS:
        sizes = (inputs * outputs, outputs, outputs if outputs > 1 else 0)
        ends = begin + np.cumsum(sizes)
        h, b, a = (density[:, end - size:end] for size, end in zip(sizes, ends, strict=True))
        u = np.einsum("noi,ni->no", h.reshape(-1, outputs, inputs), x) + b
        x, begin = (u + a * np.tanh(u) if outputs > 1 else u), int(ends[-1])
    return x[:, 0]


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 + 0.5 * np.tanh(x / 2)


def shipped(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> ShippedCurve:
    """The curve of these arrays. Raises DataError where they are no networks of its classes."""
    return curve_of(header, arrays, _network)


def ship(codec: "ProposedCodec", clouds: "PointClouds",
         training: Mapping[str, Any]) -> ShippedCurve:
    """The shipped form of a trained curve.

    What is left out and how many bits weights take is decided on `clouds` of its training split;
    `training` goes into the header as it is.
    """
    from lcpc.codecs.shipped import _fold

    return _fold.ship(codec, clouds, training)


def _network(arrays: Mapping[str, Array], prefix: str, classes: int) -> ShippedProposed:
    missing = {"sign", "median", "density", *TABLE_ARRAYS} - set(arrays)
    if missing:
        raise DataError(f"array {prefix}{min(missing)} is not there")
    tables = FrequencyTables.from_arrays({name: arrays[name] for name in TABLE_ARRAYS})
    latents = len(tables)
    encoder = layers_of(arrays, "encoder", prefix, 3, latents)
    decoder = layers_of(arrays, "decoder", prefix, latents, classes)
    sign, median = arrays["sign"].astype(np.float32), arrays["median"].astype(np.float32)
    density = arrays["density"].astype(np.float64)
    is_fit = len(sign) == len(median) == latents and density.shape == (latents, DENSITY_NUMBERS)
    if not is_fit:
        raise DataError(f"arrays {prefix}* do not fit each other")
    return ShippedProposed(encoder, sign, median, density, tables, decoder)
