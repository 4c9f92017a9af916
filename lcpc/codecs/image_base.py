"""A trained base of all learned image codecs: pictures to integers of the latent and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lcpc import checkpoints
from lcpc.codecs.images.base import Picture, as_picture, header, read_header, sealed, unsealed
from lcpc.entropy import integer_tables, rans
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import DataError
from lcpc.models.image_factorized import STEP, ImageBase

FIELDS = ("quality", "n", "m", "state", "logs", "origin")
WIDTHS = ("g_a.0.weight", "g_a.6.weight")
"""Weights with N and with M rows."""
Symbols = NDArray[np.int64]
"""Integers of a latent [M, h * w]."""


@dataclass(frozen=True, eq=False)
class TrainedBase:
    """g_a and g_s with the static distributions.

    logs: int64 [M, B], log2 p in units of 2^-10 bits, the bins centred on 0.
    """

    network: ImageBase
    quality: int
    logs: NDArray[np.int64]
    origin: str

    @staticmethod
    def load(content: Mapping[str, Any], where: str) -> "TrainedBase":
        """The base in a checkpoint's content. Raises DataError naming `where` if it holds none."""
        checkpoints.require(content, where, "image_base", *FIELDS)
        n, m, state = content["n"], content["m"], content["state"]
        widths = [len(state[name]) for name in WIDTHS if name in state]
        logs = content["logs"].numpy().astype(np.int64)
        if widths != [n, m] or len(logs) != m:
            raise DataError(
                f"{where} says N={n}, M={m}, but its weights have {widths} and its static "
                f"distributions {len(logs)} channels; train again")
        network = ImageBase(n, m, seed=0)
        checkpoints.restore(network, state, where)
        network = network.eval().to(memory_format=torch.channels_last)
        return TrainedBase(network, content["quality"], logs, content["origin"])

    @property
    def bins(self) -> int:
        """B, the most values of a channel that have a probability of their own."""
        return self.logs.shape[1]

    @property
    def first(self) -> int:
        """The value that bin 0 counts."""
        return -(self.bins // 2)

    @cached_property
    def tables(self) -> FrequencyTables:
        """Integer tables of the static distributions."""
        return integer_tables.of_logs(self.logs, self.first)

    @torch.no_grad()
    def symbols(self, picture: Picture) -> Symbols:
        """Integers of a picture's latent [M, h * w]; its sides are padded to whole latent steps."""
        y = self.network.analyse(padded(as_picture(picture)))
        return self.network.symbols(y)[0].flatten(1).numpy()

    @torch.no_grad()
    def picture(self, symbols: Symbols, height: int, width: int) -> Picture:
        """The decoded picture of a latent."""
        h, w = steps(height, width)
        y_hat = self.network.dequantise(torch.from_numpy(symbols).view(1, -1, h, w))
        x_hat = self.network.synthesise(y_hat.contiguous(memory_format=torch.channels_last))
        cut = x_hat[0, :, :height, :width]
        levels = (cut.clamp(0, 1) * 255).round().to(torch.uint8)
        return np.ascontiguousarray(levels.permute(1, 2, 0).numpy())

    def stream(self, picture: Picture, side: bytes, symbols: Symbols,
               tables: FrequencyTables) -> bytes:
        """The picture's size, side information, and the latent coded by `tables`, in a container
        with a checksum."""
        return sealed(header(*picture.shape[:2]) + side + rans.encode(symbols, tables))

    def opened(self, stream: bytes) -> tuple[int, int, int, bytes]:
        """(height, width, positions of the latent, the rest) of a stream.

        Raises BitstreamError for an altered container and for a header that no codec writes.
        """
        height, width, rest = read_header(unsealed(stream))
        h, w = steps(height, width)
        return height, width, h * w, rest

    def counts(self, symbols: Symbols) -> tuple[NDArray[np.int64], int]:
        """(how often each bin occurs [M, B], how many values lie outside the bins)."""
        place = symbols - self.first
        inside = (place >= 0) & (place < self.bins)
        row = np.arange(len(symbols))[:, None]
        flat = (place + self.bins * row)[inside]
        counts = np.bincount(flat, minlength=self.logs.size).reshape(self.logs.shape)
        return counts, int((~inside).sum())


@dataclass(frozen=True, eq=False)
class RecallingBase(TrainedBase):
    """A base that keeps the integers of the last picture, and the picture of the last latent.

    All measurements of one picture then take one pass of each transform.
    """

    last_symbols: list[tuple[Picture, Symbols]] = field(default_factory=list)
    last_picture: list[tuple[Symbols, Picture]] = field(default_factory=list)

    @staticmethod
    def of(base: TrainedBase) -> "RecallingBase":
        """Nothing is at hand yet."""
        return RecallingBase(base.network, base.quality, base.logs, base.origin)

    def symbols(self, picture: Picture) -> Symbols:
        """Symbols of a picture, as `TrainedBase.symbols`; those of the last picture are kept."""
        for known, symbols in self.last_symbols:
            if np.array_equal(known, picture):
                return symbols.copy()
        symbols = super().symbols(picture)
        self.last_symbols[:] = [(picture.copy(), symbols)]
        return symbols.copy()

    def picture(self, symbols: Symbols, height: int, width: int) -> Picture:
        """The decoded picture, as `TrainedBase.picture`; that of the last latent is kept."""
        for known, picture in self.last_picture:
            if picture.shape[:2] == (height, width) and np.array_equal(known, symbols):
                return picture.copy()
        picture = super().picture(symbols, height, width)
        self.last_picture[:] = [(symbols.copy(), picture)]
        return picture.copy()


def steps(height: int, width: int) -> tuple[int, int]:
    """Size of the latent of a picture."""
    return -(-height // STEP), -(-width // STEP)


def padded(picture: Picture) -> Tensor:
    """A picture as x [1, 3, 16 h, 16 w], values 0 to 1, continued with its last pixels."""
    x = torch.tensor(picture).permute(2, 0, 1).unsqueeze(0).float() / 255
    margins = (0, -picture.shape[1] % STEP, 0, -picture.shape[0] % STEP)
    return F.pad(x, margins, mode="replicate").contiguous(memory_format=torch.channels_last)
