"""The proposed point codec as a codec: clouds to bytes and back, from the weights of a trained curve."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc.entropy import coder
from lcpc.entropy.pmf import ARRAYS, FrequencyTables, frequency_tables
from lcpc.errors import DataError
from lcpc.models.bottleneck import TAIL_MASS
from lcpc.models.point_codec import PointCodec, shape_of

LONGEST_SUPPORT = 4096
"""Symbols a channel that have a probability of their own; what lies outside is escaped."""


@torch.no_grad()
def frequency_arrays(codec: PointCodec) -> dict[str, Tensor]:
    """Integer tables of all members and channels (member by member), as plain tensors for a checkpoint."""
    low = codec.bottleneck.quantile(TAIL_MASS / 2)
    high = codec.bottleneck.quantile(1 - TAIL_MASS / 2)
    first = torch.floor(low - codec.median).clamp(-LONGEST_SUPPORT / 2, 0)
    last = torch.ceil(high - codec.median).clamp(0, LONGEST_SUPPORT / 2)
    length = (last - first).long() + 1
    grid = codec.bottleneck.probabilities(codec.median, first, int(length.max()))
    rows = grid.permute(0, 2, 1).flatten(0, 1).double().numpy()
    kept = [row[:count] for row, count in zip(rows, length.flatten().tolist(), strict=True)]
    tables = frequency_tables(kept, first.flatten().long().numpy())
    return {name: torch.from_numpy(array) for name, array in tables.to_arrays().items()}


@dataclass(frozen=True, eq=False)
class TrainedCurve:
    """The codecs of one curve, ready to code: one network and one set of integer tables a lambda."""

    network: PointCodec
    lambdas: tuple[float, ...]
    points: int
    tables: tuple[FrequencyTables, ...]

    @staticmethod
    def of(content: Mapping[str, Any], where: str) -> "TrainedCurve":
        """From the content of a checkpoint. Raises DataError naming `where` for one that holds something else."""
        if content.get("kind") != "proposed":
            raise DataError(f"{where} holds {content.get('kind')!r}, no trained curve; train again")
        network = PointCodec(shape_of(content["shape"]))
        try:
            network.load_state_dict(content["state"])
        except RuntimeError as error:
            raise DataError(f"{where} does not fit its own description; train again") from error
        network.eval()
        arrays = {name: content["tables"][name].numpy() for name in ARRAYS}
        tables = _members(FrequencyTables.from_arrays(arrays), network.shape.members)
        return TrainedCurve(network, tuple(content["lambdas"]), int(content["points"]), tables)

    @cached_property
    def generator(self) -> torch.Generator:
        """Unused in evaluation, since nothing is drawn; networks ask for one."""
        return torch.Generator()

    @torch.no_grad()
    def symbols(self, clouds: NDArray[np.float32]) -> NDArray[np.int64]:
        """Integers to code, all lambdas: clouds [B, P, 3] -> [L, B, N]."""
        x = torch.from_numpy(np.ascontiguousarray(clouds.transpose(0, 2, 1)))
        return self.network.symbols(self.network.analyse(x)).numpy()

    @torch.no_grad()
    def rate_bits(self, symbols: NDArray[np.int64]) -> NDArray[np.float64]:
        """The model's estimate of the rate in bits: symbols [L, B, N] -> [L, B]."""
        y_hat = self.network.dequantise(torch.from_numpy(symbols))
        return -torch.log2(self.network.bottleneck(y_hat)).sum(-1, dtype=torch.float64).numpy()

    @torch.no_grad()
    def logits(self, symbols: NDArray[np.int64]) -> NDArray[np.float32]:
        """Logits [L, B, K] of decoded symbols [L, B, N]."""
        return self.network.classify(self.network.dequantise(torch.from_numpy(symbols)), self.generator).numpy()

    def encode(self, cloud: NDArray[np.float32], member: int) -> bytes:
        """Stream of one cloud [P, 3] at the lambda number `member`."""
        return coder.encode(self.symbols(cloud[None])[member, 0], self.tables[member])

    def decode(self, stream: bytes, member: int) -> NDArray[np.float32]:
        """Logits [K] of a stream. Raises BitstreamError for one that these weights did not write."""
        symbols = coder.decode(stream, self.tables[member])
        everyone = np.broadcast_to(symbols, (self.network.shape.members, 1, len(symbols)))
        return self.logits(np.ascontiguousarray(everyone))[member, 0]


def _members(tables: FrequencyTables, members: int) -> tuple[FrequencyTables, ...]:
    channels = len(tables) // members
    if channels * members != len(tables):
        raise DataError(f"{len(tables)} frequency tables do not divide into {members} codecs; train again")
    edges = np.append(tables.start, len(tables.cumulative))
    pieces = [slice(m * channels, (m + 1) * channels) for m in range(members)]
    return tuple(FrequencyTables(tables.offset[p], tables.length[p], tables.cumulative[edges[p.start]:edges[p.stop]])
                 for p in pieces)
