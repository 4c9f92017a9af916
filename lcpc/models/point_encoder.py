"""g_a of the point codec: pointwise conv, BN, ReLU blocks and a max-pool over points; x [B, 3, P] -> [L, B, N]."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lcpc.models.stacked import StackedNorm, StackedPointwise, channel_shuffle


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


class Block(nn.Module):
    """Conv1d (kernel 1), BN, ReLU for L members; shuffles its input's channels where asked."""

    def __init__(self, members: int, c_in: int, c_out: int, groups: int, shuffle: int, generator: torch.Generator) -> None:
        super().__init__()
        self.conv = StackedPointwise(members, c_in, c_out, groups, generator)
        self.norm = StackedNorm(members, c_out)
        self.shuffle = shuffle

    def enter(self, h: Tensor) -> Tensor:
        """The block's input after the channel shuffle between two grouped convolutions."""
        return channel_shuffle(h, self.shuffle) if self.shuffle > 1 else h

    def forward(self, h: Tensor) -> Tensor:
        """[., B, C_in, P] -> [L, B, C_out, P]."""
        return torch.relu(self.norm(self.conv(self.enter(h))))


class PooledBlock(Block):
    """A block and the max-pool behind it, without the block's [L, B, C_out, P] activations: exact, and many times faster.

    BN and ReLU are monotone in each channel, so max_p ReLU(BN(w h_p)) = ReLU(BN(w h_p*)) with p* = argmax_p s w h_p and
    s the sign of BN's scale. BN's batch statistics follow from the mean mu and covariance S of h: w mu and w S w^T.
    Only the winning points h_p* are convolved with a gradient; the search for p* runs without one.
    """

    def forward(self, h: Tensor) -> Tensor:
        """[., B, C_in, P] -> [L, B, C_out]."""
        h = self.conv.split(self.enter(h))
        mean, var = self._statistics(h) if self.training else (h.new_empty(0), h.new_empty(0))
        scale, shift = self.norm.affine(mean, var, h.shape[1] * h.shape[-1])
        winners = self._winners(h, argmax_points(h.detach(), self._signed_weight()))
        value = torch.einsum("lbgok,lgok->lbgo", winners, self.conv.weight).flatten(2)
        return torch.relu(torch.addcmul(shift.unsqueeze(1), value, scale.unsqueeze(1)))

    def _statistics(self, h: Tensor) -> tuple[Tensor, Tensor]:
        rows = h.permute(0, 2, 3, 1, 4).flatten(3)  # [., G, K, B * P]
        mean = rows.mean(-1, keepdim=True)
        centred = rows - mean
        covariance = centred @ centred.mT / rows.shape[-1]
        weight = self.conv.weight
        var = ((weight @ covariance) * weight).sum(-1)
        return (weight @ mean).flatten(1), var.flatten(1)

    def _signed_weight(self) -> Tensor:
        sign = torch.sign(self.norm.weight.detach()).view(*self.conv.weight.shape[:3], 1)
        return self.conv.weight.detach() * sign

    def _winners(self, h: Tensor, index: Tensor) -> Tensor:
        members, batch, groups, out = index.shape
        width, points = h.shape[3], h.shape[4]
        wide = h.expand(members, -1, -1, -1, -1).transpose(3, 4)
        where = index.unsqueeze(-1).expand(members, batch, groups, out, width)
        return wide.expand(members, batch, groups, points, width).gather(3, where)


def argmax_points(h: Tensor, weight: Tensor) -> Tensor:
    """Index of the point with the largest response: h [1 or L, B, G, K, P], weight [L, G, O, K] -> [L, B, G, O].

    One cloud at a time, so that the responses stay in the cache.
    """
    members, groups, out, width = weight.shape
    index = torch.empty(h.shape[1], members, groups, out, dtype=torch.long)
    shared = h.shape[0] == 1 and members > 1 and groups == 1
    stacked = weight.flatten(0, 2) if shared else weight
    for b in range(h.shape[1]):
        response = stacked @ (h[0, b, 0] if shared else h[:, b])
        index[b] = response.max(-1).indices.view(members, groups, out)
    return index.transpose(0, 1)


class PointEncoder(nn.Module):
    """L encoders of one size side by side: x [B, 3, P] -> pooled features [L, B, N]."""

    def __init__(self, widths: Widths, members: int, generator: torch.Generator) -> None:
        super().__init__()
        inputs = (3, *widths.channels[:-1])
        before = (1, *widths.groups[:-1])
        shapes = list(zip(inputs, widths.channels, widths.groups, before, strict=True))
        kinds = [Block] * (len(shapes) - 1) + [PooledBlock]
        self.blocks = nn.ModuleList(
            kind(members, c_in, c_out, groups, last if groups > 1 and last > 1 else 1, generator)
            for kind, (c_in, c_out, groups, last) in zip(kinds, shapes, strict=True))

    def forward(self, x: Tensor) -> Tensor:
        """Features of each cloud, invariant to the order of its points."""
        h = x.unsqueeze(0)
        for block in self.blocks:
            h = block(h)
        return h
