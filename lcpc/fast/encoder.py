"""g_a of L point codecs side by side: x [B, 3, P] -> pooled features [L, B, N].

Exact, without the large activations: batch norm from two moments of a block's input, the max-pool
without the responses that it is taken of (`lcpc.fast.pointwise`), and only as many clouds and
networks at a time as stay in the cache.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import torch
from torch import Tensor, nn

from lcpc.fast.layers import StackedNorm, StackedPointwise
from lcpc.fast.pointwise import AffineMax, AffineReLU, at_a_time, moments

ACTIVATIONS, CHUNK = 1 << 20, 1 << 19
"""Floats of one layer's activations that are worked on at a time: 4 MiB, so that a layer finds in
the cache what the last one left; where one network alone has more, 2 MiB for each thread."""


@dataclass(frozen=True)
class Piece:
    """A block of l networks: matrix [l, C_out, C_in], BN's scale and shift [l, C_out], running
    statistics."""

    matrix: Tensor
    scale: Tensor
    shift: Tensor
    running: tuple[Tensor, Tensor]


Statistics: TypeAlias = tuple[Tensor, Tensor] | None
"""Mean and covariance of a block's input over the batch's points, or None in evaluation."""


class Block(nn.Module):
    """Conv1d (kernel 1), BN, ReLU of L networks; `shuffle` is the groups of a channel shuffle
    before it."""

    def __init__(
        self, shuffle: int, convolutions: Sequence[nn.Conv1d], norms: Sequence[nn.BatchNorm1d]
    ) -> None:
        super().__init__()
        self.conv = StackedPointwise(convolutions)
        self.norm = StackedNorm(norms)
        self.shuffle = shuffle

    def pieces(self, networks: int) -> list[Piece]:
        """The block cut into pieces of `networks` networks, whose gradients come back in one
        tensor."""
        norm = self.norm
        means, variances = (
            value.split(networks) for value in (norm.running_mean, norm.running_var)
        )
        weights = (self.conv.matrix(self.shuffle), norm.weight, norm.bias)
        parts = [value.split(networks) for value in weights]
        running = zip(means, variances, strict=True)
        return [Piece(*piece) for piece in zip(*parts, running, strict=True)]

    def affine(self, h: Tensor, piece: Piece, statistics: Statistics) -> tuple[Tensor, Tensor]:
        """W' [M, O, K] and t [M, O] of conv and BN in one: M = l, or M = 1, O = l C_out for an h
        that is shared."""
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
        """[C, 1 or l, C_in, c, P] -> [C, l, C_out, c, P], and in training its moments for the next
        block."""
        training = statistics is not None
        y, mean, covariance = AffineReLU.apply(
            h, *self.affine(h, piece, statistics), len(piece.matrix), training
        )
        return y, (mean, covariance) if training else None


class PooledBlock(Block):
    """A block and the max-pool after it, without the block's [l, C_out, B, P] activations.

    ReLU is monotone, so max_p ReLU(W' h_p + t) = ReLU(max_p W' h_p + t), whatever the sign of BN's
    scale: it is in W'.
    """

    def forward(self, h: Tensor, piece: Piece, statistics: Statistics) -> tuple[Tensor, Statistics]:
        """[C, 1 or l, C_in, c, P] -> [l, C_out, C c]."""
        value: Tensor = AffineMax.apply(h, *self.affine(h, piece, statistics))
        return torch.relu(value).view(-1, self.conv.c_out, value.shape[-1]), None


class StackedEncoder(nn.Module):
    """L analysis transforms of one size: x [B, 3, P] -> pooled features [L, B, N]."""

    def __init__(self, transforms: Sequence[nn.Sequential]) -> None:
        super().__init__()
        described = [layers_of(transform) for transform in transforms]
        shuffles, _, _ = described[0]
        convolutions = list(zip(*(convolutions for _, convolutions, _ in described), strict=True))
        norms = list(zip(*(norms for _, _, norms in described), strict=True))
        kinds = [Block] * (len(shuffles) - 1) + [PooledBlock]
        rows = zip(kinds, shuffles, convolutions, norms, strict=True)
        self.blocks = nn.ModuleList(kind(shuffle, conv, norm) for kind, shuffle, conv, norm in rows)
        self.widest = max(layers[0].in_channels for layers in convolutions)

    def forward(self, x: Tensor) -> Tensor:
        """Features of each cloud, invariant to the order of its points."""
        h = self._chunks(x)
        statistics = moments(h) if self.training else None
        pooled = [self._through(h, statistics, pieces) for pieces in self._pieces(h)]
        return torch.cat(pooled).transpose(1, 2)

    def write(self, transforms: Sequence[nn.Sequential]) -> None:
        """Copy the weights into plain analysis transforms."""
        described = [layers_of(transform) for transform in transforms]
        for number, block in enumerate(cast(list[Block], list(self.blocks))):
            block.conv.write([convolutions[number] for _, convolutions, _ in described])
            block.norm.write([norms[number] for _, _, norms in described])

    def _chunks(self, x: Tensor) -> Tensor:
        """Clouds [B, 3, P] in C equal chunks, each small enough for the cache (or one cloud): [C,
        1, 3, B / C, P]."""
        batch, _, points = x.shape
        clouds = batch
        if self.widest * batch * points > at_a_time(ACTIVATIONS, x.device):
            fits = at_a_time(CHUNK, x.device) // (self.widest * points)
            clouds = max(
                (c for c in range(1, batch + 1) if batch % c == 0 and c <= fits), default=1
            )
        return x.unflatten(0, (-1, clouds)).transpose(1, 2).contiguous().unsqueeze(1)

    def _pieces(self, h: Tensor) -> Iterator[tuple[Piece, ...]]:
        """The blocks of as many networks at a time as keep their activations of h [C, 1, 3, c, P]
        in the cache."""
        together = max(1, at_a_time(ACTIVATIONS, h.device) // (self.widest * h[:, 0, 0].numel()))
        return zip(*(cast(Block, block).pieces(together) for block in self.blocks), strict=True)

    def _through(self, h: Tensor, statistics: Statistics, pieces: Sequence[Piece]) -> Tensor:
        for block, piece in zip(self.blocks, pieces, strict=True):
            h, statistics = block(h, piece, statistics)
        return h


def layers_of(transform: nn.Sequential) -> tuple[list[int], list[nn.Conv1d], list[nn.BatchNorm1d]]:
    """Groups of the channel shuffle before each convolution (1 is none), the convolutions, and
    their batch norms."""
    shuffles, shuffle = [], 1
    for layer in transform:
        if isinstance(layer, nn.ChannelShuffle):
            shuffle = layer.groups
        elif isinstance(layer, nn.Conv1d):
            shuffles.append(shuffle)
            shuffle = 1
    convolutions = [layer for layer in transform if isinstance(layer, nn.Conv1d)]
    norms = [layer for layer in transform if isinstance(layer, nn.BatchNorm1d)]
    return shuffles, convolutions, norms
