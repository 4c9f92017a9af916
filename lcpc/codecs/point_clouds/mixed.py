"""The codec `mixed`: the documents' encoder, mixed channels and a joint entropy model.

    codec = load(checkpoints.read(path), str(path))
    stream = codec.encode(points, 40.0)              # bytes, at lambda = 40
    y_hat = codec.decode(stream, 40.0)               # [M]
    logits = codec.classify(y_hat[None], 40.0)       # [1, K]

Only the sender runs the encoder. The entropy model, which both sides run, is in whole numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.point_clouds.base import Cloud, CurveCodec
from lcpc.codecs.point_clouds.proposed import as_input
from lcpc.entropy import joint
from lcpc.entropy.autoregressive import ExactAutoregressiveModel

if TYPE_CHECKING:
    from lcpc.models.mixed_codec import MixedPointCodec

NAME = "mixed"
LABEL = "Mixed"
COLOUR = "#b2182b"
MARKER = "D"
FIELDS = ("size", "points", "classes", "lambdas", "head_norm", "shape", "models")


def load(content: Mapping[str, Any], where: str) -> "MixedCodec":
    """The codec of a checkpoint. Raises DataError naming `where` where it holds something else."""
    from lcpc.checkpoints import require
    from lcpc.models.mixed_codec import network_of

    require(content, where, NAME, *FIELDS)
    lambdas = [float(value) for value in content["lambdas"]]
    models = {lambda_: network_of(content, lambda_, where) for lambda_ in lambdas}
    return from_networks(str(content["size"]), int(content["points"]), models)


def from_networks(
    size: str, points: int, models: "Mapping[float, MixedPointCodec]"
) -> "MixedCodec":
    """The codec of trained networks, one a lambda."""
    entropy_models = {lambda_: entropy_model_of(model) for lambda_, model in models.items()}
    return MixedCodec(size, points, models, entropy_models)


def entropy_model_of(model: "MixedPointCodec") -> ExactAutoregressiveModel:
    """The entropy model of a network in whole numbers."""
    from lcpc.models.mixed_codec import exact_layers

    weights, biases = exact_layers(model.entropy_model)
    arrays = tuple(weight.contiguous().numpy() for weight in weights)
    return ExactAutoregressiveModel(arrays, tuple(bias.numpy() for bias in biases))


@dataclass(frozen=True, eq=False)
class MixedCodec(CurveCodec["MixedPointCodec"]):
    """The codecs of one curve: a network and an entropy model in whole numbers for each lambda."""

    entropy_models: Mapping[float, ExactAutoregressiveModel]
    name: str = NAME

    def encode(self, points: Cloud, setting: float) -> bytes:
        """The stream of one cloud [P, 3]."""
        symbols = self.symbols(points[None], setting)
        (stream,) = joint.encode(symbols, self.entropy_models[setting])
        return stream

    def decode(self, stream: bytes, setting: float) -> NDArray[np.float32]:
        """y_hat [M] of a stream. Raises BitstreamError for one that these weights did not write."""
        self.model(setting)
        (symbols,) = joint.decode([stream], self.entropy_models[setting])
        return symbols.astype(np.float32)

    def expected(self, points: Cloud, setting: float) -> NDArray[np.float32]:
        """The y_hat [M] that decoding must give."""
        return self.symbols(points[None], setting)[0].astype(np.float32)

    def rate_bits(self, stream: bytes, decoded: NDArray[np.float32], setting: float) -> float:
        """-log2 p(y_hat) by the probabilities that the coder uses."""
        symbols = decoded[None].astype(np.int64)
        return float(joint.rate_bits(symbols, self.entropy_models[setting])[0])

    def symbols(self, clouds: NDArray[np.float32], setting: float) -> NDArray[np.int64]:
        """Integers to code [n, M] of clouds [n, P, 3]."""
        y = self.model(setting).analyse(as_input(clouds))
        return y.round().long().numpy()
