"""A trained distribution model: counts of a picture's latent to q, and q_hat to distributions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc import checkpoints
from lcpc.codecs.image_base import TrainedBase
from lcpc.entropy import coder
from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.entropy.pmf import ARRAYS, FrequencyTables
from lcpc.errors import DataError
from lcpc.metrics.architectures import distribution_analysis
from lcpc.metrics.complexity import mac_count
from lcpc.models.distribution_codec import DistributionCodec, shape_of

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TrainedDistribution:
    """h_a,q and h_s,q on a base, and one integer table for each element of q."""

    network: DistributionCodec
    tables: FrequencyTables

    @staticmethod
    def load(content: Mapping[str, Any], where: str, base: TrainedBase) -> "TrainedDistribution":
        """The model in a checkpoint. Raises DataError naming `where` unless it fits `base`."""
        checkpoints.require(content, where, "distribution", "shape", "state", "tables")
        logs = torch.from_numpy(base.logs)
        shape = shape_of(content["shape"])
        if (shape.m_y, shape.bins) != base.logs.shape:
            channels, bins = base.logs.shape
            raise DataError(f"{where} is of {shape.m_y} channels and {shape.bins} bins, its base "
                            f"of {channels} and {bins}; train again")
        network = checkpoints.restored(
            lambda: DistributionCodec(shape, logs / LOG_UNITS, torch.Generator()),
            content["state"], where)
        if not torch.equal(network.logs, logs):
            raise DataError(
                f"{where} belongs to another base than quality {base.quality} of this run; "
                "train it again")
        arrays = {name: content["tables"][name].numpy() for name in ARRAYS}
        tables = FrequencyTables.from_arrays(arrays)
        if len(tables) != shape.m_q * shape.positions:
            raise DataError(f"{where} has {len(tables)} tables for {shape.m_q} x {shape.positions} "
                            "elements of q; train again")
        return TrainedDistribution(network.eval(), tables)

    @torch.no_grad()
    def q_of(self, shares: NDArray[np.float64]) -> Integers:
        """Integers of q [M_q * B/8] of a picture's distributions p [M_y, B]."""
        p = torch.from_numpy(shares).float()
        q = self.network.analyse(self.network.windowed(p).unsqueeze(0))
        return torch.round(q).long().flatten().numpy()

    def logs_of(self, q_hat: Integers) -> Integers:
        """log2 of p_hat in units of 2^-10 bits [M_y, B], alike on every machine."""
        shape = self.network.shape
        # [M_q * B/8] -> [1, M_q, B/8]
        whole = torch.from_numpy(q_hat).view(1, shape.m_q, shape.positions)
        return self.exact(whole)[0].numpy()

    def encode(self, q_hat: Integers) -> bytes:
        """The bytes of q_hat."""
        return coder.encode(q_hat, self.tables)

    def decode(self, stream: bytes) -> Integers:
        """q_hat of its bytes. Raises BitstreamError for bytes that `encode` can't write."""
        return coder.decode(stream, self.tables)

    @property
    def parameters(self) -> int:
        """Weights and biases of h_a,q and h_s,q."""
        network = self.network
        return sum(value.numel() for value in (*network.h_a_q.parameters(),
                                               *network.h_s_q.parameters()))

    def macs(self, positions: int) -> float:
        """Multiply-accumulates of h_a,q and h_s,q, which do not depend on the positions."""
        shape = self.network.shape
        h_a_q = distribution_analysis(shape.m_y, shape.n_q, shape.m_q, shape.kernel, shape.groups)
        return 2 * mac_count(h_a_q, (shape.width,))  # h_s,q mirrors h_a,q

    @cached_property
    def exact(self) -> torch.nn.Module:
        """h_s,q and the default distributions in whole numbers."""
        return self.network.exact()
