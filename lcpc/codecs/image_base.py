"""A trained base as all learned image codecs use it: pictures to integers of the latent and back, static distributions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lcpc.codecs.images.base import Picture, as_picture, header, read_header
from lcpc.entropy import integer_tables, rans
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import DataError
from lcpc.models.image_factorized import STEP, ImageBase

Symbols = NDArray[np.int64]
"""Integers of a latent [M, h * w]."""

OUTSIDE_BITS = 30.0
"""What the estimate counts for a value outside the bins: an escape (16 bits or more) and the value in bytes."""


@dataclass(frozen=True, eq=False)
class TrainedBase:
    """g_a and g_s with the static distributions: int64 [M, B], log2 p in units of 2^-10 bits, the bins centred on 0."""

    network: ImageBase
    quality: int
    logs: NDArray[np.int64]
    origin: str

    @staticmethod
    def of(content: Mapping[str, Any], where: str) -> "TrainedBase":
        """From the content of a checkpoint. Raises DataError naming `where` for one that holds something else."""
        if content.get("kind") != "image_base":
            raise DataError(f"{where} holds {content.get('kind')!r}, no base of image codecs; train again")
        network = ImageBase(int(content["n"]), int(content["m"]), seed=0)
        try:
            network.load_state_dict(content["state"])
        except RuntimeError as error:
            raise DataError(f"{where} does not fit its own description; train again") from error
        logs = content["logs"].numpy().astype(np.int64)
        if logs.ndim != 2 or len(logs) != network.m:
            raise DataError(f"{where} holds static distributions of shape {logs.shape} for {network.m} channels; train again")
        return TrainedBase(_ready(network), int(content["quality"]), logs, str(content["origin"]))

    @property
    def bins(self) -> int:
        """B, values of a channel that have a probability of their own at most."""
        return self.logs.shape[1]

    @cached_property
    def tables(self) -> FrequencyTables:
        """Integer tables of the static distributions."""
        return integer_tables.of_logs(self.logs, -(self.bins // 2))

    @torch.no_grad()
    def symbols(self, picture: Picture) -> Symbols:
        """Integers of a picture's latent [M, h * w]; sides that are no whole steps are continued with their last pixels."""
        symbols = self.network.symbols(self.network.analyse(padded(as_picture(picture))))
        return symbols[0].flatten(1).numpy()

    @torch.no_grad()
    def picture(self, symbols: Symbols, height: int, width: int) -> Picture:
        """The decoded picture of a latent."""
        h, w = steps(height, width)
        y_hat = self.network.dequantise(torch.from_numpy(symbols).view(1, -1, h, w))
        x_hat = self.network.synthesise(y_hat.contiguous(memory_format=torch.channels_last))
        levels = (x_hat[0, :, :height, :width].clamp(0, 1) * 255).round().to(torch.uint8)
        return np.ascontiguousarray(levels.permute(1, 2, 0).numpy())

    def reconstruct(self, picture: Picture) -> Picture:
        """The decoded picture of every codec on this base, since all of them send the same latent."""
        return self.picture(self.symbols(picture), *picture.shape[:2])

    def stream(self, picture: Picture, side: bytes, symbols: Symbols, tables: FrequencyTables) -> bytes:
        """The picture's size, side information, and the latent coded by `tables`."""
        return header(*picture.shape[:2]) + side + rans.encode(symbols, tables)

    def opened(self, stream: bytes) -> tuple[int, int, int, bytes]:
        """(height, width, positions of the latent, the rest) of a stream. Raises BitstreamError for one that is none."""
        height, width, rest = read_header(stream)
        h, w = steps(height, width)
        return height, width, h * w, rest

    def counts(self, symbols: Symbols) -> tuple[NDArray[np.int64], int]:
        """(how often each bin occurs [M, B], how many values lie outside the bins)."""
        place = symbols + self.bins // 2
        inside = (place >= 0) & (place < self.bins)
        flat = (place + self.bins * np.arange(len(symbols))[:, None])[inside]
        return np.bincount(flat, minlength=self.logs.size).reshape(self.logs.shape), int((~inside).sum())


def probabilities(logs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distributions [M, B] of their logs in units of 2^-10 bits; rows sum to one."""
    weight = integer_tables.weights(logs).astype(np.float64)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def cross_entropy_bits(counts: NDArray[np.int64], p: NDArray[np.float64], outside: int = 0) -> float:
    """Bits of values with these counts [M, B] under distributions p [M, B], and of those outside the bins."""
    seen = counts > 0
    bits = -np.sum(counts[seen] * np.log2(np.maximum(p[seen], 2.0**-OUTSIDE_BITS)))
    return float(bits) + OUTSIDE_BITS * outside


def steps(height: int, width: int) -> tuple[int, int]:
    """Size of the latent of a picture."""
    return -(-height // STEP), -(-width // STEP)


def padded(picture: Picture) -> Tensor:
    """A picture as x [1, 3, 16 h, 16 w], values 0 to 1, continued below and to the right with its last pixels."""
    x = torch.tensor(picture).permute(2, 0, 1).unsqueeze(0).float() / 255
    x = F.pad(x, (0, -picture.shape[1] % STEP, 0, -picture.shape[0] % STEP), mode="replicate")
    return x.contiguous(memory_format=torch.channels_last)


def _ready(network: ImageBase) -> ImageBase:
    return network.eval().to(memory_format=torch.channels_last)
