"""The point codec with mixed channels and a joint entropy model, one network for one lambda.

    x ─► g_a ─► mixing ─► × gain × 10 ─► y ─► round ─► y_hat ─► × gain × 10 ─► h ─► logits
                                                └► autoregressive model ─► R = -log2 p(y_hat)

    x:       a cloud [3, P]; y: its latents [M]; logits [K], one a class
    g_a:     the encoder of the documents: pointwise layers, then a max over the points, [N]; of
             the size local, that of `lcpc.models.local_encoder`
    mixing:  Linear ─► BN ─► ReLU ─► Linear, [N] ─► [M]; once a cloud, not once a point
    h:       the decoder of the documents

The documents mix no information of different channels after the max, and code each channel alone.
Here a small network mixes them, and each latent is coded given those before it:

    p(y_hat) = prod_i p(y_hat_i | y_hat_1 ... y_hat_i-1)

Each factor is a mixture of discretised logistics, whose weights, means and scales come from one
masked network (Germain et al., *MADE*, 2015; Salimans et al., *PixelCNN++*, 2017). Training
minimises L = R + lambda D as for `lcpc.models.point_codec`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcpc.checkpoints import restored
from lcpc.entropy.autoregressive import LARGEST_INPUT, UNITS
from lcpc.entropy.integer_mixtures import ACTIVATION_BITS, PARAMETERS
from lcpc.errors import DataError
from lcpc.metrics.architectures import LOCAL, feature_count
from lcpc.models.bottleneck import LEAST_LIKELIHOOD, LowerBound
from lcpc.models.local_encoder import LocalEncoder
from lcpc.models.point_codec import GAIN, analysis_transform, classifier, draw_weights

INPUT_SCALE = 1 / 8
"""Factor on latents before the masked network."""
LOG_SCALES = (-4.0, 4.0)
"""Least and largest natural logarithm of a logistic's scale."""


@dataclass(frozen=True)
class MixedShape:
    """Additions to the documents' codec: `mixing` is the width of the mixing network, 0 leaves it
    out; `latents` is M, the length of y; `context` lets a latent depend on those before it."""

    latents: int = 16
    mixing: int = 64
    context: bool = True
    entropy_hidden: int = 64
    mixtures: int = 3


class MixedPointCodec(nn.Module):
    """The codec of one lambda. `size` of the encoder: full, lite, micro or local."""

    def __init__(
        self,
        size: str,
        classes: int = 40,
        head_norm: bool = True,
        shape: MixedShape | None = None,
        seed: int = 1,
    ) -> None:
        super().__init__()
        self.size, self.classes = size, classes
        self.shape = shape or MixedShape()
        features = feature_count(size)
        latents = self.shape.latents if self.shape.mixing else features
        self.g_a: nn.Sequential | LocalEncoder = (
            LocalEncoder() if size == LOCAL else analysis_transform(size)
        )
        self.mixing = mixing_network(features, self.shape.mixing, latents)
        self.gain = nn.Parameter(torch.ones(latents))
        self.entropy_model = AutoregressiveModel(latents, self.shape)
        self.gain_decoder = nn.Parameter(torch.ones(latents))
        self.h = classifier(latents, classes, head_norm)
        draw_weights(self, seed)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [B, K] and likelihoods of the latents [B, M] of clouds x [B, 3, P]."""
        y = self.analyse(x)
        y_hat = y + torch.rand_like(y) - 0.5 if self.training else torch.round(y)
        return self.classify(y_hat), self.entropy_model(y_hat)

    def analyse(self, x: Tensor) -> Tensor:
        """Latents y [B, M] of clouds x [B, 3, P]."""
        y: Tensor = self.mixing(self.g_a(x)) * (self.gain * GAIN)
        return y

    def classify(self, y_hat: Tensor) -> Tensor:
        """Logits [B, K] of decoded latents [B, M]."""
        logits: Tensor = self.h(y_hat * (self.gain_decoder * GAIN))
        return logits


def network_of(
    content: Mapping[str, Any], lambda_: float, where: str = "the checkpoint"
) -> MixedPointCodec:
    """The network of one lambda of a checkpoint, in evaluation mode.

    Raises DataError for a lambda that the curve does not have, or weights that do not fit.
    """
    lambdas = list(content["lambdas"])
    if lambda_ not in lambdas:
        known = ", ".join(f"{value:g}" for value in lambdas)
        raise DataError(f"{where} has no lambda {lambda_:g}; it has {known}")
    size, classes, head_norm = content["size"], int(content["classes"]), content["head_norm"]
    state = content["models"][lambdas.index(lambda_)]
    network = restored(
        lambda: MixedPointCodec(size, classes, head_norm, MixedShape(**content["shape"])),
        state,
        where,
    )
    return network.requires_grad_(False).eval()


def mixing_network(features: int, width: int, latents: int) -> nn.Sequential:
    """Mixes pooled features [B, N] to [B, M]; of width 0, it leaves them as they are."""
    if not width:
        return nn.Sequential()
    return nn.Sequential(
        nn.Linear(features, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, latents)
    )


class MaskedLinear(nn.Linear):
    """A fully connected layer, some of whose weights are no part of it: mask [C_out, C_in]."""

    def __init__(self, mask: Tensor) -> None:
        super().__init__(mask.shape[1], mask.shape[0])
        self.mask: Tensor
        self.register_buffer("mask", mask.float())

    def forward(self, x: Tensor) -> Tensor:
        """Affine map by the weights that the mask keeps."""
        return F.linear(x, self.weight * self.mask, self.bias)


class AutoregressiveModel(nn.Module):
    """Likelihoods of latents, each given those before it."""

    def __init__(self, latents: int, shape: MixedShape) -> None:
        super().__init__()
        self.latents, self.mixtures = latents, shape.mixtures
        first, second, last = masks(latents, shape)
        self.network = nn.Sequential(
            MaskedLinear(first), nn.ReLU(), MaskedLinear(second), nn.ReLU(), MaskedLinear(last)
        )

    def forward(self, y: Tensor) -> Tensor:
        """P(y_i - 1/2 < Y_i < y_i + 1/2 | y_1 ... y_i-1): [B, M] -> [B, M], at least 1e-9."""
        return mixture_likelihood(y, self.network(network_input(y)))

    def macs(self) -> int:
        """Multiply-accumulates for all latents, masked weights left out."""
        layers = (layer for layer in self.network if isinstance(layer, MaskedLinear))
        return sum(int(layer.mask.sum()) for layer in layers)


def masks(latents: int, shape: MixedShape) -> tuple[Tensor, Tensor, Tensor]:
    """Masks of the three layers: the parameters of latent i depend on latents before i only.

    A hidden unit of degree d depends on the first d latents.
    """
    place = torch.arange(latents)
    degree = 1 + torch.arange(shape.entropy_hidden) % max(1, latents - 1)
    outputs = place.repeat_interleave(PARAMETERS * shape.mixtures)
    first = degree[:, None] > place
    second = degree[:, None] >= degree
    last = outputs[:, None] >= degree
    return first, second, last & shape.context


def network_input(y: Tensor) -> Tensor:
    """What the masked network sees of latents."""
    return y.clamp(-LARGEST_INPUT, LARGEST_INPUT) * INPUT_SCALE


def mixture_likelihood(y: Tensor, parameters: Tensor) -> Tensor:
    """P(y - 1/2 < Y < y + 1/2) of mixtures of logistics: [..., M], [..., M x 3 x J] -> [..., M]."""
    weights, means, log_scales = parameters.unflatten(-1, (y.shape[-1], PARAMETERS, -1)).unbind(-2)
    rates = torch.exp(-log_scales.clamp(*LOG_SCALES))
    distance = (y.unsqueeze(-1) - means).abs()  # the tail where floats are dense
    upper = torch.sigmoid((0.5 - distance) * rates)
    lower = torch.sigmoid((-0.5 - distance) * rates)
    likelihood = (torch.softmax(weights, -1) * (upper - lower)).sum(-1)
    bounded: Tensor = LowerBound.apply(likelihood, LEAST_LIKELIHOOD)
    return bounded


@torch.no_grad()
def exact_layers(model: AutoregressiveModel) -> tuple[list[Tensor], list[Tensor]]:
    """Weights [C_in, C_out] and biases [C_out] of a trained model as `lcpc.entropy.autoregressive`
    takes them: float64, whole multiples of 2^-12."""
    weights, biases = [], []
    for layer in model.network:
        if isinstance(layer, MaskedLinear):
            weights.append(_rounded((layer.weight * layer.mask).T))
            biases.append(_rounded(layer.bias * 2.0**ACTIVATION_BITS))
    return weights, biases


def _rounded(values: Tensor) -> Tensor:
    return torch.round(values.double() * UNITS) / UNITS
