"""Stacked networks: all lambdas of a curve as one trainable module, equal to the plain networks it
is made of.

    stack([PointCodec, ...]) -> StackedPointCodec -> .unstack() -> [PointCodec, ...]
"""

import copy
from collections.abc import Sequence
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from lcpc.fast.encoder import StackedEncoder
from lcpc.fast.layers import StackedBottleneck, StackedMLP, stacked
from lcpc.fast.random_numbers import RandomSource, uniform
from lcpc.models.point_codec import GAIN, PointClassifier, PointCodec
from lcpc.models.reconstruction import ReconstructionDecoder

Plain = TypeVar("Plain", bound=nn.Module)


class Stacked(nn.Module, Generic[Plain]):
    """L networks of one shape on a lambda axis."""

    def __init__(self, models: Sequence[Plain]) -> None:
        super().__init__()
        self.networks = len(models)
        self._shape = (copy.deepcopy(models[0]),)  # in a tuple, so that its weights are not trained

    @torch.no_grad()
    def unstack(self) -> list[Plain]:
        """The plain networks, on the processor and in evaluation mode."""
        models = [copy.deepcopy(self._shape[0]).cpu() for _ in range(self.networks)]
        self.write(models)
        return [model.requires_grad_(True).eval() for model in models]

    def write(self, models: Sequence[Plain]) -> None:
        """Copy the weights into plain networks of the same shape."""
        raise NotImplementedError


class StackedPointCodec(Stacked[PointCodec]):
    """L point codecs, one a lambda. Noise and dropout are the same for all of them."""

    def __init__(self, models: Sequence[PointCodec]) -> None:
        super().__init__(models)
        self.g_a = StackedEncoder([model.g_a for model in models])
        self.gain = stacked([model.gain.unsqueeze(0) for model in models])
        self.gain_decoder = stacked([model.gain_decoder.unsqueeze(0) for model in models])
        self.entropy_bottleneck = StackedBottleneck([model.entropy_bottleneck for model in models])
        self.h = StackedMLP([model.h for model in models])

    def forward(self, x: Tensor, source: RandomSource) -> tuple[Tensor, Tensor]:
        """Logits [L, B, K] and rates [L, B] in bits of clouds x [B, 3, P], under noise."""
        y_tilde = self.noisy_latents(x, source)
        rate_bits = self.channel_bits(y_tilde).sum(-1)
        return self.classify(y_tilde, source), rate_bits

    def analyse(self, x: Tensor) -> Tensor:
        """Latents y [L, B, N] of clouds x [B, 3, P]."""
        y: Tensor = self.g_a(x) * (self.gain * GAIN)
        return y

    def noisy_latents(self, x: Tensor, source: RandomSource) -> Tensor:
        """y + U(-1/2, 1/2) [L, B, N] of clouds x [B, 3, P]."""
        y = self.analyse(x)
        return y + (uniform(y.shape[1:], source, y.device) - 0.5)

    def channel_bits(self, y: Tensor) -> Tensor:
        """Bits of each latent of y [L, B, N]: [L, B, N]."""
        return -torch.log2(self.entropy_bottleneck.likelihood(y))

    def classify(self, y_hat: Tensor, source: RandomSource) -> Tensor:
        """Logits [L, B, K] of decoded latents [L, B, N]."""
        logits: Tensor = self.h(y_hat * (self.gain_decoder * GAIN), source)
        return logits

    def write(self, models: Sequence[PointCodec]) -> None:
        """Copy the weights into plain codecs."""
        self.g_a.write([model.g_a for model in models])
        self.entropy_bottleneck.write([model.entropy_bottleneck for model in models])
        self.h.write([model.h for model in models])
        for index, model in enumerate(models):
            model.gain.copy_(self.gain[index, 0])
            model.gain_decoder.copy_(self.gain_decoder[index, 0])


class StackedPointClassifier(Stacked[PointClassifier]):
    """L PointNets."""

    def __init__(self, models: Sequence[PointClassifier]) -> None:
        super().__init__(models)
        self.g_a = StackedEncoder([model.g_a for model in models])
        self.h = StackedMLP([model.h for model in models])

    def forward(self, x: Tensor, source: RandomSource) -> Tensor:
        """Logits [L, B, K] of clouds x [B, 3, P]."""
        logits: Tensor = self.h(self.g_a(x), source)
        return logits

    def write(self, models: Sequence[PointClassifier]) -> None:
        """Copy the weights into plain classifiers."""
        self.g_a.write([model.g_a for model in models])
        self.h.write([model.h for model in models])


class StackedReconstructionDecoder(Stacked[ReconstructionDecoder]):
    """L auxiliary decoders: y_hat [L, B, N] -> points [L, B, P, 3]."""

    def __init__(self, models: Sequence[ReconstructionDecoder]) -> None:
        super().__init__(models)
        self.layers = StackedMLP([model.layers for model in models])

    def forward(self, y_hat: Tensor) -> Tensor:
        """Clouds of decoded latents; no gradient passes into `y_hat`."""
        coordinates: Tensor = self.layers(y_hat.detach(), torch.Generator())
        return coordinates.unflatten(-1, (-1, 3))

    def write(self, models: Sequence[ReconstructionDecoder]) -> None:
        """Copy the weights into plain decoders."""
        self.layers.write([model.layers for model in models])
