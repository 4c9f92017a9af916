"""An encoder of local geometry: g_a of the size `local`.

    x ─► 256 centres, 32 neighbours each ─► MLP ─► max ─► 64 centres, 24 each ─► MLP ─► max
                                                                                        │
                                                features [N] ◄─ max ◄─ MLP ◄─ all 64 centres

Grouped neighbourhoods in the manner of PointNet++ (Qi et al., 2017). A neighbour is seen by its
place relative to the centre and, from the second level on, by its features. The last level has one
group of all centres, at their places as they are. MLP: (Conv1d, kernel 1) ─► BN ─► ReLU, a few
times.

Points of a cloud are independent samples of a surface, so that its first ones serve as centres.
Where a cloud has fewer points than a level asks for, all of them do.
"""

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from lcpc.metrics.architectures import LOCAL_LEVELS, EncoderLevel

RELATIVE_SCALE = 4.0
"""Factor on relative places: neighbours lie a few tenths away, features are about 1."""


class LocalEncoder(nn.Module):
    """Clouds [B, 3, P] to features [B, N]."""

    def __init__(self, levels: Sequence[EncoderLevel] = LOCAL_LEVELS) -> None:
        super().__init__()
        self.levels = tuple(levels)
        before = [0, *(level.widths[-1] for level in levels)]
        self.mlps = nn.ModuleList(
            pointwise_mlp(3 + inputs, level.widths)
            for inputs, level in zip(before, levels, strict=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Features of each cloud."""
        places, features = x, None
        for level, mlp in zip(self.levels, self.mlps, strict=True):
            h = grouped(places, features, level)
            features = mlp(h.flatten(2)).unflatten(2, h.shape[2:]).amax(-1)
            places = places[..., :level.centres]
        assert features is not None
        return features.squeeze(-1)

    def macs(self, points: int) -> int:
        """Multiply-accumulates for a cloud of P points, those of its distances included."""
        total, available = 0, points
        for level, mlp in zip(self.levels, self.mlps, strict=True):
            centres, neighbours = group_sizes(level, available)
            weights = sum(layer.weight.numel() for layer in convolutions(mlp))
            total += centres * neighbours * weights
            if level.centres > 1:
                total += centres * available * 3
            available = centres
        return total


def pointwise_mlp(inputs: int, widths: Sequence[int]) -> nn.Sequential:
    """Layers [B, C_in, n] -> [B, C_out, n], the same at each position."""
    layers: list[nn.Module] = []
    for width in widths:
        convolution = nn.Conv1d(inputs, width, kernel_size=1, bias=False)
        layers += [convolution, nn.BatchNorm1d(width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers)


def convolutions(mlp: nn.Module) -> Iterator[nn.Conv1d]:
    """The convolutions of a level, in their order."""
    return (layer for layer in cast(nn.Sequential, mlp) if isinstance(layer, nn.Conv1d))


def norms(mlp: nn.Module) -> Iterator[nn.BatchNorm1d]:
    """The batch norms of a level, in their order."""
    return (layer for layer in cast(nn.Sequential, mlp) if isinstance(layer, nn.BatchNorm1d))


def group_sizes(level: EncoderLevel, available: int) -> tuple[int, int]:
    """(centres, neighbours of each) where so many points are there."""
    return min(level.centres, available), min(level.neighbours, available)


def grouped(places: Tensor, features: Tensor | None, level: EncoderLevel) -> Tensor:
    """What a level sees of each neighbour: places [B, 3, P], features [B, C, P] to
    [B, 3 + C, S, k]."""
    centres, neighbours = group_sizes(level, places.shape[-1])
    if level.centres == 1:
        h = places if features is None else torch.cat((places, features), 1)
        return h[..., :neighbours].unsqueeze(2)
    centre = places[..., :centres]
    index = nearest(places, centre, neighbours)
    relative = (taken(places, index) - centre.unsqueeze(-1)) * RELATIVE_SCALE
    return relative if features is None else torch.cat((relative, taken(features, index)), 1)


@torch.no_grad()
def nearest(places: Tensor, centre: Tensor, count: int) -> Tensor:
    """Numbers [B, S, k] of the points of `places` [B, 3, P] nearest to each centre [B, 3, S]."""
    distances = squared_distances(places, centre)
    return distances.topk(count, dim=-1, largest=False, sorted=False).indices


def squared_distances(places: Tensor, centre: Tensor) -> Tensor:
    """Squared distances [B, S, P], added axis by axis: no digits cancel."""
    total = (centre[:, 0, :, None] - places[:, 0, None]).square_()
    for axis in (1, 2):
        total += (centre[:, axis, :, None] - places[:, axis, None]).square_()
    return total


def taken(values: Tensor, index: Tensor) -> Tensor:
    """Values [B, C, P] of the points with numbers [B, S, k]: [B, C, S, k]."""
    flat = index.flatten(1).unsqueeze(1).expand(-1, values.shape[1], -1)
    return values.gather(2, flat).unflatten(2, index.shape[1:])
