"""Members (lambdas) of a stacked network: some taken out as a smaller network, or many made from one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor

from lcpc.errors import ConfigError
from lcpc.models.point_codec import PointCodec
from lcpc.models.point_encoder import Block

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


@torch.no_grad()
def at_work(codec: PointCodec, x: Tensor) -> Tensor:
    """Whether a latent codes more than one symbol on clouds x [n, 3, P], by medians that are settled: [L, N]."""
    codec.eval()
    least, most = zip(*(part.aminmax(dim=1) for part in (codec.symbols(codec.analyse(part)) for part in x.split(BATCH))),
                      strict=True)
    codec.train()
    return torch.stack(least).amin(0) != torch.stack(most).amax(0)


class Mask:
    """A hook of a gradient that sets it to 0 where `used` is 0; it follows the gradient to its device."""

    def __init__(self, used: Tensor) -> None:
        self._used = used

    def __call__(self, gradient: Tensor) -> Tensor:
        """The gradient of what is used."""
        self._used = self._used.to(gradient.device)
        return gradient * self._used


@torch.no_grad()
def part_of(codec: PointCodec, kept: Tensor) -> tuple[PointCodec, Tensor]:
    """A codec of the latents `kept` [L, N] only, as many for each member as any has, and their numbers [L, n].

    The last convolution, its batch norm, the gains, the densities and the first layer behind them lose channels; a member's
    channels beyond those that it keeps have gains of 0, which stay 0 in training. Raises ConfigError where the last
    convolution has groups, which a part of its channels cannot keep.
    """
    conv = cast(Block, codec.g_a.blocks[-1]).conv
    if conv.groups > 1:
        raise ConfigError(f"the last convolution of {codec.shape.size} has {conv.groups} groups, so that none can be left out; "
                          "train it without prune_latents")
    count = max(1, int(kept.sum(1).max()))
    number = kept.to(torch.uint8).argsort(dim=1, descending=True, stable=True)[:, :count].sort(1).values
    part, whole = PointCodec(codec.shape, count), codec.state_dict()
    for name, value in part.state_dict().items():
        view, dim, index = _channels(whole[name], value, number)
        value.copy_(view if dim < 0 else view.take_along_dim(index, dim).view_as(value))
    used = kept.gather(1, number).unsqueeze(1).to(part.gain.dtype)
    for gain in (part.gain, part.gain_decoder):
        gain.mul_(used)
        gain.register_hook(Mask(used))
    return part, number


@torch.no_grad()
def put_back(codec: PointCodec, part: Mapping[str, Tensor], number: Tensor) -> None:
    """Give `codec` the weights `part` of its latents `number` [L, n]; the gains of all other latents become 0."""
    for gain in (codec.gain, codec.gain_decoder):
        gain.zero_()
    for name, value in codec.state_dict().items():
        view, dim, index = _channels(value, part[name], number)
        if dim < 0:
            value.copy_(part[name])
        else:
            own = part[name].view(*view.shape[:dim], index.shape[dim], *view.shape[dim + 1:])
            view.scatter_(dim, index.expand_as(own), own)


def _channels(whole: Tensor, part: Tensor, number: Tensor) -> tuple[Tensor, int, Tensor]:
    """A weight of all latents as [L, ...], its dimension of latents (-1: it has none) and their numbers along that."""
    if whole.shape == part.shape:
        return whole, -1, number
    members = len(number)
    if len(whole) != members:
        whole, part = (value.view(members, -1, *value.shape[1:]) for value in (whole, part))
    dim = next(dim for dim, (a, b) in enumerate(zip(whole.shape, part.shape, strict=True)) if a != b)
    return whole, dim, number.view(members, *(-1 if at == dim else 1 for at in range(1, whole.dim())))


def _taken(value: Tensor, members: int, index: Tensor) -> Tensor:
    # Some tensors are [L, ...], those of the bottleneck [L * N, ...].
    return value.view(members, -1, *value.shape[1:])[index].flatten(0, 1)
