"""The proposed point codec: clouds to bytes and back, from the weights of a trained curve.

    codec = load(checkpoints.read(path), str(path))
    stream = codec.encode(points, 40.0)              # bytes, at lambda = 40
    y_hat = codec.decode(stream, 40.0)               # [N]
    logits = codec.classify(y_hat[None], 40.0)       # [1, K]

A cloud goes through the plain network in evaluation mode, unfolded, so that its symbols are those
that training has seen: on one core 0.1 ms for micro, some milliseconds for full at P = 1024.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.point_clouds.base import Cloud, CurveCodec
from lcpc.entropy import coder
from lcpc.entropy.pmf import ARRAYS, FrequencyTables, frequency_tables
from lcpc.errors import DataError, refusing

if TYPE_CHECKING:
    from torch import Tensor

    from lcpc.models.point_codec import PointCodec

NAME = "proposed"
FIELDS = ("size", "points", "classes", "head_norm", "lambdas", "seeds", "models",
          "tables")
"""What the weights of a curve say."""
LONGEST_SUPPORT = 4096
"""Symbols a channel that have a probability of their own; what lies outside is escaped."""


def load(content: Mapping[str, Any], where: str, seed: int = 0) -> "ProposedCodec":
    """The codec of a checkpoint, trained with `seed`; 0 is the first one.

    Raises DataError naming `where` where it holds something else.
    """
    from lcpc.checkpoints import require

    require(content, where, "proposed", *FIELDS)
    content = of_seed(content, seed, where)
    lambdas = tuple(float(value) for value in content["lambdas"])
    models, tables = {}, {}
    for lambda_, arrays in zip(lambdas, content["tables"], strict=True):
        models[lambda_] = load_codec(content, lambda_, where)
        tables[lambda_] = tables_of(arrays, models[lambda_].latents, where)
    return ProposedCodec(str(content["size"]), int(content["points"]), models, tables)


def of_seed(content: Mapping[str, Any], seed: int, where: str) -> dict[str, Any]:
    """A checkpoint with the networks of one of its seeds only; 0 is the first one."""
    seeds, count = list(content["seeds"]), len(content["lambdas"])
    if len(content["models"]) != len(content["tables"]) or (
        len(content["models"]) != count * len(seeds)
    ):
        raise DataError(f"{where} has not one network and one table for each lambda; train again")
    if seed and seed not in seeds:
        raise DataError(f"{where} holds no seed {seed}, but {', '.join(map(str, seeds))}")
    first = count * (seeds.index(seed) if seed else 0)
    parts = {name: content[name][first:first + count] for name in ("models", "tables")}
    return {**content, **parts, "seeds": [seed or seeds[0]]}


def load_codec(content: Mapping[str, Any], lambda_: float,
               where: str = "the checkpoint") -> "PointCodec":
    """The network of one lambda, in evaluation mode.

    Raises DataError for a lambda that the curve does not have, or weights that do not fit.
    """
    from lcpc.checkpoints import restored
    from lcpc.metrics.architectures import POINT_ENCODERS
    from lcpc.models.point_codec import PointCodec

    if content["size"] not in POINT_ENCODERS:
        raise DataError(f"{where} is of size {content['size']!r:.40}, not one of "
                        f"{', '.join(POINT_ENCODERS)}; train again")
    lambdas = list(content["lambdas"])
    if lambda_ not in lambdas:
        known = ", ".join(f"{value:g}" for value in lambdas)
        raise DataError(f"{where} has no lambda {lambda_:g}; it has {known}")
    shape = content["size"], content["classes"], content["head_norm"]
    state = content["models"][lambdas.index(lambda_)]
    network = restored(lambda: PointCodec(*shape), state, where)
    return network.requires_grad_(False).eval()


def tables_of(arrays: "Mapping[str, Tensor]", channels: int, where: str) -> FrequencyTables:
    """Integer tables of a checkpoint. Raises DataError unless they are valid, one for a channel."""
    with refusing(DataError, where, "has broken frequency tables", "train again"):
        tables = FrequencyTables.from_arrays({name: arrays[name].numpy() for name in ARRAYS})
    if len(tables) != channels:
        raise DataError(f"{where} has tables of {len(tables)} channels for {channels}; train again")
    return tables


@dataclass(frozen=True, eq=False)
class ProposedCodec(CurveCodec["PointCodec"]):
    """The codecs of one curve: a network and integer tables for each lambda."""

    tables: Mapping[float, FrequencyTables]
    name: str = NAME

    def encode(self, points: Cloud, setting: float) -> bytes:
        """The stream of one cloud [P, 3]."""
        return coder.encode(self.symbols(points[None], setting)[0], self.tables[setting])

    def decode(self, stream: bytes, setting: float) -> NDArray[np.float32]:
        """y_hat [N] of a stream. Raises BitstreamError for one that these weights did not write."""
        symbols = coder.decode(stream, self.tables[setting])
        return self.dequantise(symbols[None], setting)[0]

    def expected(self, points: Cloud, setting: float) -> NDArray[np.float32]:
        """The y_hat [N] that decoding must give."""
        return self.dequantise(self.symbols(points[None], setting), setting)[0]

    def rate_bits(self, stream: bytes, decoded: NDArray[np.float32], setting: float) -> float:
        """The model's estimate of the rate, as in the documents: -log2 p(y_hat)."""
        import torch

        return float(self.model(setting).rate_bits(torch.from_numpy(decoded)[None]))

    def symbols(self, clouds: NDArray[np.float32], setting: float) -> NDArray[np.int64]:
        """Integers to code [n, N] of clouds [n, P, 3]."""
        model = self.model(setting)
        return model.entropy_bottleneck.symbols(model.analyse(as_input(clouds))).numpy()

    def dequantise(self, symbols: NDArray[np.int64], setting: float) -> NDArray[np.float32]:
        """y_hat [n, N] of integers."""
        import torch

        bottleneck = self.model(setting).entropy_bottleneck
        return bottleneck.dequantise(torch.from_numpy(symbols)).numpy()


def as_input(clouds: NDArray[np.float32]) -> "Tensor":
    """Clouds [n, P, 3] as networks take them, [n, 3, P]."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(clouds.transpose(0, 2, 1)))


def frequency_tables_of(model: "PointCodec") -> "dict[str, Tensor]":
    """Integer tables of all channels, as plain tensors for a checkpoint."""
    import torch

    from lcpc.models.bottleneck import TAIL_MASS

    bottleneck = model.entropy_bottleneck
    medians = bottleneck.medians
    low, high = (bottleneck.quantile(mass) for mass in (TAIL_MASS / 2, 1 - TAIL_MASS / 2))
    first = torch.floor(low - medians).clamp(-LONGEST_SUPPORT / 2, 0)
    last = torch.ceil(high - medians).clamp(0, LONGEST_SUPPORT / 2)
    length = (last - first).long() + 1
    grid = bottleneck.probabilities(medians, first, int(length.max())).T.double().numpy()
    supports = [row[:count] for row, count in zip(grid, length.tolist(), strict=True)]
    tables = frequency_tables(supports, first.long().numpy())
    return {name: torch.from_numpy(array) for name, array in tables.to_arrays().items()}
