"""g_a of the size `local` in training: one encoder that the codecs of all lambdas share.

It costs most of a step, so a curve has one: x [B, 3, P] -> features [L, B, N], equal for all L. Its
gradient is the sum of theirs, its parameters have a lambda axis of length 1, and each of the L
plain codecs gets a copy.

As in `lcpc.fast.encoder`, batch norm is worked out from two moments of a block's input, so that
activations are written once, after the ReLU; shapes follow from the level alone, and nothing waits
for the processor.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from lcpc.fast.encoder import Block, Piece, Statistics
from lcpc.fast.pointwise import at_a_time
from lcpc.models.local_encoder import LocalEncoder, convolutions, grouped, norms

CHUNK = 1 << 19
"""Floats of a layer's activations that a processor works on at a time."""


class SharedLocalEncoder(nn.Module):
    """One encoder for L networks. Raises ValueError unless all of them begin with the same one."""

    def __init__(self, encoders: Sequence[LocalEncoder]) -> None:
        super().__init__()
        first = encoders[0]
        for other in encoders[1:]:
            if not is_equal(first, other):
                raise ValueError(
                    "the codecs of a curve of local share one encoder; these have different ones"
                )
        self.networks, self.levels = len(encoders), first.levels
        self.mlps = nn.ModuleList(_blocks(mlp) for mlp in first.mlps)

    def forward(self, x: Tensor) -> Tensor:
        """Features of each cloud, the same for all networks."""
        places, features = x, None
        for level, blocks in zip(self.levels, self.mlps, strict=True):
            h = grouped(places, features, level)
            largest = self._through(h, blocks_of(blocks))
            # [N, B S] -> [B, N, S]
            features = largest.unflatten(1, (len(x), -1)).transpose(0, 1)
            places = places[..., :level.centres]
        assert features is not None
        return features.squeeze(-1).expand(self.networks, -1, -1)

    def write(self, encoders: Sequence[LocalEncoder]) -> None:
        """Copy the weights into the plain encoder of each network."""
        for encoder in encoders:
            for blocks, mlp in zip(self.mlps, encoder.mlps, strict=True):
                layers = zip(blocks_of(blocks), convolutions(mlp), norms(mlp), strict=True)
                for block, convolution, norm in layers:
                    block.conv.write([convolution])
                    block.norm.write([norm])

    def _through(self, h: Tensor, blocks: Sequence[Block]) -> Tensor:
        """Blocks at each neighbour of h [B, C, S, k], then the max over k: [C_out, B S]."""
        widest = max(block.conv.c_out for block in blocks)
        chunked = chunks(h, max(1, at_a_time(CHUNK, h.device) // (widest * h[0, 0].numel())))
        statistics = input_moments(chunked) if self.training else None
        for block in blocks:
            (piece,) = block.pieces(1)
            chunked, statistics = block(chunked, piece, statistics)
        return chunked


class LargestBlock(Block):
    """A block and the max over the few neighbours after it: the product is written, its ReLU and
    norm are not."""

    def forward(self, h: Tensor, piece: Piece, statistics: Statistics) -> tuple[Tensor, Statistics]:
        """[C, 1, C_in, c, k] -> [C_out, C c]."""
        weight, shift = self.affine(h, piece, statistics)
        response = weight @ h.flatten(3)
        largest = response.unflatten(3, h.shape[3:]).max(-1).values
        # [C, 1, C_out, c] -> [C_out, C c]
        pooled = largest.squeeze(1).transpose(0, 1).flatten(1)
        return torch.relu(pooled + shift.mT), None


def _blocks(mlp: nn.Module) -> nn.ModuleList:
    layers = list(zip(convolutions(mlp), norms(mlp), strict=True))
    kinds = [Block] * (len(layers) - 1) + [LargestBlock]
    pairs = zip(kinds, layers, strict=True)
    return nn.ModuleList(kind(1, [conv], [norm]) for kind, (conv, norm) in pairs)


def blocks_of(level: nn.Module) -> list[Block]:
    """The blocks of a level, in their order."""
    return cast(list[Block], list(cast(nn.ModuleList, level)))


def is_equal(first: nn.Module, other: nn.Module) -> bool:
    """Whether two networks of one shape have the same weights."""
    values = other.state_dict()
    return all(torch.equal(value, values[name]) for name, value in first.state_dict().items())


def chunks(h: Tensor, clouds: int) -> Tensor:
    """Groups [B, C, S, k] in equal chunks of at most so many clouds: [chunks, 1, C, c S, k]."""
    batch = len(h)
    size = max(c for c in range(1, batch + 1) if batch % c == 0 and c <= max(1, clouds))
    apart = h.unflatten(0, (-1, size)).transpose(1, 2)
    return apart.flatten(2, 3).contiguous().unsqueeze(1)


def input_moments(h: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [1, C] and covariance [1, C, C] of h [chunks, 1, C, n, k], with a gradient."""
    flat = h.squeeze(1).flatten(2)
    count = len(flat) * flat.shape[-1]
    mean = flat.mean((0, 2))
    moved = flat - mean[:, None]
    covariance = (moved @ moved.mT).sum(0) / count
    return mean.unsqueeze(0), covariance.unsqueeze(0)
