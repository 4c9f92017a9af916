"""g_a of the point codec: pointwise conv, BN, ReLU blocks and a max-pool over points; x [B, 3, P] -> [L, B, N]."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import torch
from torch import Tensor, nn

from lcpc.models.pointwise import AffineMax, AffineReLU, at_a_time, best_points, moments
from lcpc.models.stacked import StackedNorm, StackedPointwise


@dataclass(frozen=True)
class Widths:
    """Output channels and groups of each block, as in Table I: `16/2` is 16 channels in 2 groups."""

    channels: tuple[int, ...]
    groups: tuple[int, ...]


ENCODERS = {
    "full": Widths((64, 64, 64, 128, 1024), (1, 1, 1, 1, 1)),
    "lite": Widths((8, 8, 16, 16, 32), (1, 1, 1, 2, 4)),
    "micro": Widths((16,), (1,)),
}
DECODER = (512, 256, 40)
ACTIVATIONS, CHUNK = 1 << 20, 1 << 19
"""Floats of one layer's activations that are worked on at a time: 4 MiB, so that a layer finds what the last one left; where
one member alone has more, 2 MiB for each thread."""


@dataclass(frozen=True)
class Piece:
    """What some members of a block hold: matrix [l, C_out, C_in], BN's scale and shift [l, C_out], running statistics."""

    matrix: Tensor
    scale: Tensor
    shift: Tensor
    running: tuple[Tensor, Tensor]


Statistics: TypeAlias = tuple[Tensor, Tensor] | None
"""Mean and covariance of a block's input over the batch's points, or None in evaluation."""


class Block(nn.Module):
    """Conv1d (kernel 1), BN, ReLU for L members; shuffles its input's channels where asked. See `lcpc.models.pointwise`."""

    def __init__(self, members: int, c_in: int, c_out: int, groups: int, shuffle: int, generator: torch.Generator) -> None:
        super().__init__()
        self.conv = StackedPointwise(members, c_in, c_out, groups, generator)
        self.norm = StackedNorm(members, c_out)
        self.shuffle = shuffle

    def pieces(self, members: int) -> list[Piece]:
        """The block cut into pieces of `members` members, whose gradients come back in one tensor."""
        norm = self.norm
        running = zip(norm.running_mean.split(members), norm.running_var.split(members), strict=True)
        parts = (value.split(members) for value in (self.conv.matrix(self.shuffle), norm.weight, norm.bias))
        return [Piece(*piece) for piece in zip(*parts, running, strict=True)]

    def affine(self, h: Tensor, piece: Piece, statistics: Statistics) -> tuple[Tensor, Tensor]:
        """W' [M, O, K] and t [M, O] of conv and BN in one: M = l, or M = 1, O = l C_out for an h that is shared."""
        mean, var = piece.running
        if statistics is not None:
            centre, covariance = statistics
            mean = (piece.matrix @ centre.unsqueeze(-1)).squeeze(-1)
            var = ((piece.matrix @ covariance) * piece.matrix).sum(-1)
            self.norm.update(piece.running, mean, var, h[:, 0, 0].numel())
        scale = piece.scale * torch.rsqrt(var + self.norm.eps)
        weight, shift = piece.matrix * scale.unsqueeze(-1), piece.shift - mean * scale
        return weight.view(h.shape[1], -1, h.shape[2]), shift.view(h.shape[1], -1)

    def forward(self, h: Tensor, piece: Piece, statistics: Statistics) -> tuple[Tensor, Statistics]:
        """[C, 1 or l, C_in, c, P] -> [C, l, C_out, c, P], and its moments for the block behind where training wants them."""
        training = statistics is not None
        y, mean, covariance = AffineReLU.apply(h, *self.affine(h, piece, statistics), len(piece.matrix), training)
        return y, (mean, covariance) if training else None


class PooledBlock(Block):
    """A block and the max-pool behind it, without the block's [l, C_out, B, P] activations: exact, and many times faster.

    ReLU is monotone, so max_p ReLU(W' h_p + t) = ReLU(max_p W' h_p + t), whatever the sign of BN's scale: it is in W'.
    """

    def forward(self, h: Tensor, piece: Piece, statistics: Statistics) -> tuple[Tensor, Statistics]:
        """[C, 1 or l, C_in, c, P] -> [l, C_out, C c], behind which no block comes."""
        value: Tensor = AffineMax.apply(h, *self.affine(h, piece, statistics))
        return torch.relu(value).view(-1, self.conv.c_out, value.shape[-1]), None

    def winners(self, h: Tensor, piece: Piece) -> Tensor:
        """The point of each cloud that each channel's max takes in evaluation: [C, 1 or l, C_in, c, P] -> [l, C_out, C c]."""
        index = best_points(h, self.affine(h, piece, None)[0])[1]
        return index.view(-1, self.conv.c_out, index.shape[-1])


class PointEncoder(nn.Module):
    """L encoders of one size side by side: x [B, 3, P] -> pooled features [L, B, N]."""

    def __init__(self, widths: Widths, members: int, generator: torch.Generator) -> None:
        super().__init__()
        inputs = (3, *widths.channels[:-1])
        before = (1, *widths.groups[:-1])
        shapes = list(zip(inputs, widths.channels, widths.groups, before, strict=True))
        kinds = [Block] * (len(shapes) - 1) + [PooledBlock]
        self.members = members
        self.widest = max(inputs)
        self.blocks = nn.ModuleList(
            kind(members, c_in, c_out, groups, last if groups > 1 and last > 1 else 1, generator)
            for kind, (c_in, c_out, groups, last) in zip(kinds, shapes, strict=True))

    def forward(self, x: Tensor) -> Tensor:
        """Features of each cloud, invariant to the order of its points."""
        h = self._chunks(x)
        statistics = moments(h) if self.training else None
        pooled = [self._through(h, statistics, pieces) for pieces in self.pieces(h)]
        return torch.cat(pooled).transpose(1, 2)

    def _chunks(self, x: Tensor) -> Tensor:
        """Clouds [B, 3, P] in C equal chunks, each small enough for the cache (or one cloud): [C, 1, 3, B / C, P]."""
        batch, _, points = x.shape
        fits = at_a_time(CHUNK, x.device) // (self.widest * points)
        parts = max((c for c in range(1, batch + 1) if batch % c == 0 and c <= fits), default=1)
        clouds = batch if self.widest * batch * points <= at_a_time(ACTIVATIONS, x.device) else parts
        return x.unflatten(0, (-1, clouds)).transpose(1, 2).contiguous().unsqueeze(1)

    def pieces(self, h: Tensor) -> Iterator[tuple[Piece, ...]]:
        """The blocks of as many members at a time as keep their activations of h [C, 1, 3, c, P] in the cache."""
        together = max(1, at_a_time(ACTIVATIONS, h.device) // (self.widest * h[:, 0, 0].numel()))
        return zip(*(cast(Block, block).pieces(together) for block in self.blocks), strict=True)

    def _through(self, h: Tensor, statistics: Statistics, pieces: Sequence[Piece]) -> Tensor:
        for block, piece in zip(self.blocks, pieces, strict=True):
            h, statistics = block(h, piece, statistics)
        return h

    def winners(self, x: Tensor) -> Tensor:
        """The points of clouds x [B, 3, P] that the pool takes in evaluation: [L, N, B]."""
        h = self._chunks(x)
        pieces = [cast(Block, block).pieces(self.members)[0] for block in self.blocks]
        for block, piece in zip(self.blocks[:-1], pieces, strict=False):
            h, _ = block(h, piece, None)
        return cast(PooledBlock, self.blocks[-1]).winners(h, pieces[-1])
