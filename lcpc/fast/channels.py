"""Channels of the latent that a codec uses: few of them at the start, and those never used left
out of training.

A trained `full` codes few of its 1,024 channels at low rates.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from lcpc.errors import ConfigError
from lcpc.fast.networks import StackedPointCodec
from lcpc.models.point_codec import PointCodec

INACTIVE, INACTIVE_DECODER = 0.001, 0.1
"""Largest gains of an inactive channel, before the entropy bottleneck and before h: far below
trained ones."""

BATCH = 32
"""Clouds that are looked at together, which bounds the memory."""


@torch.no_grad()
def limit_active(
    codec: StackedPointCodec, x: Tensor, counts: Sequence[int], generator: torch.Generator
) -> None:
    """Keep the `counts` [L] channels of most rate on clouds x [n, 3, P] active; the gains of the
    others go near 0.

    An inactive channel gives h next to nothing and next to no noise. Training can make it active:
    it has a gradient as before.
    """
    codec.eval()
    bits = [
        codec.channel_bits(codec.noisy_latents(part, generator)).sum(1) for part in x.split(BATCH)
    ]
    codec.train()
    rank = torch.stack(bits).sum(0).argsort(1, descending=True).argsort(1)
    is_inactive = (rank >= torch.tensor(counts).unsqueeze(1)).unsqueeze(1)
    for gain, limit in ((codec.gain, INACTIVE), (codec.gain_decoder, INACTIVE_DECODER)):
        gain.copy_(torch.where(is_inactive, gain.clamp(-limit, limit), gain))


@torch.no_grad()
def channels_in_use(codec: StackedPointCodec, x: Tensor) -> Tensor:
    """Whether a channel codes more than one symbol on clouds x [n, 3, P], by solved medians: [L,
    N] bool."""
    codec.eval()
    symbols = [codec.entropy_bottleneck.symbols(codec.analyse(part)) for part in x.split(BATCH)]
    codec.train()
    least = torch.stack([part.amin(1) for part in symbols]).amin(0)
    most = torch.stack([part.amax(1) for part in symbols]).amax(0)
    return least != most


@torch.no_grad()
def prune(models: Sequence[PointCodec], in_use: Tensor) -> tuple[list[PointCodec], Tensor]:
    """Codecs of the channels `in_use` [L, N] only, and the numbers of their channels [L, n].

    All have as many channels as the largest needs; those beyond a codec's own have gains of 0,
    which `freeze_unused` keeps. Raises ConfigError where the last convolution has groups, which a
    part of its channels cannot keep.
    """
    size = models[0].size
    groups = max(layer.groups for layer in models[0].g_a if isinstance(layer, torch.nn.Conv1d))
    if groups > 1:
        raise ConfigError(
            f"the last convolution of {size} has {groups} groups, so that no channel "
            "can be left out; train it without prune_latents"
        )
    count = max(1, int(in_use.sum(1).max()))
    order = in_use.to(torch.uint8).argsort(dim=1, descending=True, stable=True)
    channels = order[:, :count].sort(1).values
    parts = [_part(model, numbers) for model, numbers in zip(models, channels, strict=True)]
    for part, used in zip(parts, in_use.gather(1, channels), strict=True):
        part.gain.mul_(used)
        part.gain_decoder.mul_(used)
    return parts, channels


def _part(model: PointCodec, channels: Tensor) -> PointCodec:
    part = PointCodec(model.size, model.classes, model.head_norm, latents=len(channels))
    whole, state = model.state_dict(), part.state_dict()
    for name, value in state.items():
        axis = latent_axis(whole[name], value)
        value.copy_(whole[name] if axis is None else whole[name].index_select(axis, channels))
    return part


@torch.no_grad()
def restore_pruned(
    models: Sequence[PointCodec], parts: Sequence[PointCodec], channels: Tensor
) -> None:
    """Copy trained `parts` back into the codecs that they were pruned from; gains of all other
    channels become 0."""
    for model, part, numbers in zip(models, parts, channels, strict=True):
        model.gain.zero_()
        model.gain_decoder.zero_()
        state = part.state_dict()
        for name, value in model.state_dict().items():
            axis = latent_axis(value, state[name])
            if axis is None:
                value.copy_(state[name])
            else:
                value.index_copy_(axis, numbers, state[name])


def latent_axis(whole: Tensor, part: Tensor) -> int | None:
    """The axis along which a weight has the latent's channels: where a pruned one is shorter."""
    if whole.shape == part.shape:
        return None
    sizes = zip(whole.shape, part.shape, strict=True)
    return next(axis for axis, (size, fewer) in enumerate(sizes) if size != fewer)


def freeze_unused(codec: StackedPointCodec) -> None:
    """Keep gains that are 0 at 0 in training."""
    for gain in (codec.gain, codec.gain_decoder):
        gain.register_hook(GradientMask((gain.detach() != 0).to(gain.dtype)))


class GradientMask:
    """A hook that sets the gradient to 0 where the mask is 0; the mask follows the gradient to its
    device."""

    def __init__(self, mask: Tensor) -> None:
        self._mask = mask

    def __call__(self, gradient: Tensor) -> Tensor:
        """The masked gradient."""
        self._mask = self._mask.to(gradient.device)
        return gradient * self._mask
