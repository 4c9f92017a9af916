"""Stacked codecs with mixed channels: all lambdas of a curve as one trainable module, equal to the
plain networks that it is made of."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from lcpc.fast.encoder import StackedEncoder
from lcpc.fast.layers import StackedLinear, StackedMLP, stacked
from lcpc.fast.local_encoder import SharedLocalEncoder
from lcpc.fast.networks import Stacked
from lcpc.fast.random_numbers import RandomSource, uniform
from lcpc.models.local_encoder import LocalEncoder
from lcpc.models.mixed_codec import (
    AutoregressiveModel,
    MaskedLinear,
    MixedPointCodec,
    mixture_likelihood,
    network_input,
)
from lcpc.models.point_codec import GAIN


class StackedMixedPointCodec(Stacked[MixedPointCodec]):
    """L codecs, one a lambda. Noise and dropout are the same for all of them; so is the encoder of
    the size local."""

    def __init__(self, models: Sequence[MixedPointCodec]) -> None:
        super().__init__(models)
        self.g_a = stacked_encoder([model.g_a for model in models])
        self.mixing = StackedMLP([model.mixing for model in models])
        self.gain = stacked([model.gain.unsqueeze(0) for model in models])
        self.gain_decoder = stacked([model.gain_decoder.unsqueeze(0) for model in models])
        self.entropy_model = StackedAutoregressive([model.entropy_model for model in models])
        self.h = StackedMLP([model.h for model in models])

    def forward(self, x: Tensor, source: RandomSource) -> tuple[Tensor, Tensor]:
        """Logits [L, B, K] and rates [L, B] in bits of clouds x [B, 3, P], under noise."""
        y = self.mixing(self.g_a(x), source) * (self.gain * GAIN)
        y_tilde = y + (uniform(y.shape[1:], source, y.device) - 0.5)
        rate_bits = -torch.log2(self.entropy_model(y_tilde)).sum(-1)
        return self.h(y_tilde * (self.gain_decoder * GAIN), source), rate_bits

    def write(self, models: Sequence[MixedPointCodec]) -> None:
        """Copy the weights into plain codecs."""
        self.g_a.write([cast(Any, model.g_a) for model in models])
        self.mixing.write([model.mixing for model in models])
        self.entropy_model.write([model.entropy_model for model in models])
        self.h.write([model.h for model in models])
        for index, model in enumerate(models):
            model.gain.copy_(self.gain[index, 0])
            model.gain_decoder.copy_(self.gain_decoder[index, 0])


def stacked_encoder(encoders: Sequence[nn.Module]) -> StackedEncoder | SharedLocalEncoder:
    """The encoders of a curve side by side, or the one that they share."""
    if isinstance(encoders[0], LocalEncoder):
        return SharedLocalEncoder(cast(Sequence[LocalEncoder], encoders))
    return StackedEncoder(cast(Sequence[nn.Sequential], encoders))


class StackedAutoregressive(nn.Module):
    """L autoregressive models: likelihoods of latents [L, B, M]."""

    def __init__(self, models: Sequence[AutoregressiveModel]) -> None:
        super().__init__()
        layers = zip(*(masked_layers(model) for model in models), strict=True)
        self.layers = nn.ModuleList(StackedMaskedLinear(group) for group in layers)

    def forward(self, y: Tensor) -> Tensor:
        """Likelihoods of y, each latent given those before it."""
        h = network_input(y)
        for index, layer in enumerate(self.layers):
            h = layer(torch.relu(h) if index else h)
        return mixture_likelihood(y, h)

    def write(self, models: Sequence[AutoregressiveModel]) -> None:
        """Copy the weights into plain models."""
        layers = zip(*(masked_layers(model) for model in models), strict=True)
        stacks = cast(list[StackedMaskedLinear], list(self.layers))
        for stack, group in zip(stacks, layers, strict=True):
            stack.write(group)


class StackedMaskedLinear(StackedLinear):
    """L masked layers of one mask: [L, B, C_in] -> [L, B, C_out]."""

    def __init__(self, layers: Sequence[MaskedLinear]) -> None:
        super().__init__(layers)
        self.mask: Tensor
        self.register_buffer("mask", layers[0].mask.T.contiguous())

    def forward(self, x: Tensor) -> Tensor:
        """Affine map of each network's batch by the weights that the mask keeps."""
        return torch.baddbmm(self.bias, x, self.weight * self.mask)


def masked_layers(model: AutoregressiveModel) -> list[MaskedLinear]:
    """The layers with weights of an autoregressive model."""
    return [layer for layer in model.network if isinstance(layer, MaskedLinear)]
