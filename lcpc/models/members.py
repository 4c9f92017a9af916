"""Members (lambdas) of a stacked network: some taken out as a smaller network, or many made from one."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lcpc.errors import ConfigError
from lcpc.models.point_codec import PointCodec

ASLEEP, ASLEEP_DECODER = 0.001, 0.1
"""Largest gains of a latent asleep, in front of the entropy bottleneck and of the classifier: far below those at work."""

BATCH = 32
"""Clouds that are ranked at a time, which bounds the memory."""


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


@torch.no_grad()
def start_from(codec: PointCodec, single: PointCodec) -> None:
    """Give every member of `codec` the weights of `single`, a network with one member of the same size."""
    count = codec.shape.members
    state = {name: value.repeat(count, *[1] * (value.dim() - 1)) for name, value in single.state_dict().items()}
    codec.load_state_dict(state)


@torch.no_grad()
def let_sleep(codec: PointCodec, x: Tensor, awake: Sequence[int], generator: torch.Generator) -> None:
    """Leave each member its `awake` latents of most rate on clouds x [n, 3, P]; the gains of the others go near 0.

    A latent asleep gives the classifier next to nothing and next to no noise. Training can wake it: it has a gradient as
    before.
    """
    codec.eval()
    rates = [codec.rates(codec.noisy(part, generator)).sum(1) for part in x.split(BATCH)]
    codec.train()
    rank = torch.stack(rates).sum(0).argsort(1, descending=True).argsort(1)
    asleep = (rank >= torch.tensor(awake).unsqueeze(1)).unsqueeze(1)
    for gain, limit in ((codec.gain, ASLEEP), (codec.gain_decoder, ASLEEP_DECODER)):
        gain.copy_(torch.where(asleep, gain.clamp(-limit, limit), gain))


def _taken(value: Tensor, members: int, index: Tensor) -> Tensor:
    # Some tensors are [L, ...], those of the bottleneck [L * N, ...].
    return value.view(members, -1, *value.shape[1:])[index].flatten(0, 1)
