"""Takes some members (lambdas) of a curve out of its stacked network, as a smaller network of the same kind."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lcpc.errors import ConfigError
from lcpc.models.point_codec import PointCodec


def member_at(lambdas: Sequence[float], wanted: float) -> int:
    """Number of the member at a lambda. Raises ConfigError naming those that there are."""
    if wanted not in lambdas:
        have = ", ".join(f"{value:g}" for value in lambdas)
        raise ConfigError(f"the trained curve has no lambda {wanted:g}; it has {have}")
    return lambdas.index(wanted)


def members_of(codec: PointCodec, chosen: Sequence[int]) -> PointCodec:
    """A codec that holds the members `chosen` only, in that order, in evaluation mode and without gradients."""
    smaller = PointCodec(replace(codec.shape, members=len(chosen)))
    index = torch.tensor(list(chosen), dtype=torch.long)
    smaller.load_state_dict({name: _taken(value, codec.shape.members, index) for name, value in codec.state_dict().items()})
    return smaller.requires_grad_(False).eval()


def _taken(value: Tensor, members: int, index: Tensor) -> Tensor:
    # Some tensors are [L, ...], those of the bottleneck [L * N, ...].
    return value.view(members, -1, *value.shape[1:])[index].flatten(0, 1)
