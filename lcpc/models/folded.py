"""The point codec as an edge device runs it: one lambda, batch norm and gain folded into plain convolutions and linears."""

from collections.abc import Sequence
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from lcpc.models.point_codec import GAIN, PointClassifier, PointCodec
from lcpc.models.point_encoder import Block, PointEncoder
from lcpc.models.point_head import PointHead
from lcpc.models.stacked import StackedLinear, StackedNorm

Layer = TypeVar("Layer", nn.Conv1d, nn.Linear)


class FoldedEncoder(nn.Module):
    """g_a, gain and rounding: x [B, 3, P] -> symbols [B, N]. Only convolutions, ReLU, shuffles and a max are left."""

    def __init__(self, convolutions: Sequence[nn.Conv1d], shuffles: Sequence[int], sign: Tensor, median: Tensor) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(convolutions)
        self.shuffles = tuple(shuffles)
        self.sign: Tensor
        self.median: Tensor
        self.register_buffer("sign", sign)
        self.register_buffer("median", median)

    def latents(self, x: Tensor) -> Tensor:
        """y [B, N] of clouds x [B, 3, P]."""
        h = self.convolutions[0](x)
        for shuffle, convolution in zip(self.shuffles[1:], self.convolutions[1:], strict=True):
            h = convolution(shuffled(torch.relu(h), shuffle))
        return torch.relu(h.amax(-1)) * self.sign

    def forward(self, x: Tensor) -> Tensor:
        """Integers to code, [B, N] int64."""
        return torch.round(self.latents(x) - self.median).long()


class FoldedDecoder(nn.Module):
    """Median, gain and MLP: symbols [B, N] -> logits [B, K]."""

    def __init__(self, linears: Sequence[nn.Linear], rectified: int) -> None:
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.inputs = linears[0].in_features
        self.rectified = rectified

    def forward(self, symbols: Tensor) -> Tensor:
        """Logits [B, K] of decoded integers, or of features [B, N]."""
        h = symbols.float()
        for index, linear in enumerate(self.linears):
            h = torch.relu(linear(h)) if index < self.rectified else linear(h)
        return h


@torch.no_grad()
def fold(codec: PointCodec, member: int) -> tuple[FoldedEncoder, FoldedDecoder]:
    """Encoder and decoder of one member of a trained curve, worked out in double precision and kept in single."""
    gain = (codec.gain[member, 0] * GAIN).double()
    median = codec.median[member].double()
    encoder = folded_encoder(codec.g_a, member, gain, median)
    return encoder, folded_decoder(codec.head, member, (codec.gain_decoder[member, 0] * GAIN).double(), median)


@torch.no_grad()
def fold_classifier(network: PointClassifier) -> tuple[FoldedEncoder, FoldedDecoder]:
    """The same for a PointNet: features by `latents` of the first, logits of them by the second."""
    features = cast(Block, network.g_a.blocks[-1]).conv.c_out
    ones, zeros = torch.ones(features).double(), torch.zeros(features).double()
    return folded_encoder(network.g_a, 0, ones, zeros), folded_decoder(network.head, 0, ones, zeros)


def folded_encoder(g_a: PointEncoder, member: int, gain: Tensor, median: Tensor) -> FoldedEncoder:
    """Convolutions with BN folded in, the last one with |gain| [N] too: it may pass the ReLU, the sign may not."""
    blocks = [cast(Block, block) for block in g_a.blocks]
    scales = [None] * (len(blocks) - 1) + [gain.abs()]
    convolutions = [_convolution(block, member, scale) for block, scale in zip(blocks, scales, strict=True)]
    return FoldedEncoder(convolutions, [block.shuffle for block in blocks], torch.sign(gain).float(), median.float()).eval()


def folded_decoder(head: PointHead, member: int, gain: Tensor, median: Tensor) -> FoldedDecoder:
    """Linears with BN folded in; the first one takes integers, so it holds gain and median [N] too."""
    linears = []
    for index, linear in enumerate(cast(list[StackedLinear], head.linear)):
        weight, bias = linear.weight[member].double().T, linear.bias[member, 0].double()
        if index == 0:
            bias = bias + weight @ (gain * median)
            weight = weight * gain
        if index < len(head.norm):
            scale, shift = normalisation(cast(StackedNorm, head.norm[index]), member)
            weight, bias = weight * scale.unsqueeze(1), bias * scale + shift
        linears.append(_linear(weight, bias))
    return FoldedDecoder(linears, len(head.norm)).eval()


def normalisation(norm: StackedNorm, member: int) -> tuple[Tensor, Tensor]:
    """Scale and shift [C] that a member's batch norm comes to in evaluation."""
    scale = norm.weight[member].double() * torch.rsqrt(norm.running_var[member].double() + norm.eps)
    return scale, norm.bias[member].double() - norm.running_mean[member].double() * scale


def _convolution(block: Block, member: int, gain: Tensor | None) -> nn.Conv1d:
    scale, shift = normalisation(block.norm, member)
    if gain is not None:
        scale, shift = scale * gain, shift * gain
    stored = block.conv
    convolution = nn.Conv1d(stored.c_in, stored.c_out, 1, groups=stored.groups)
    weight = stored.weight[member].double().flatten(0, 1)
    return _filled(convolution, (weight * scale.unsqueeze(1)).unsqueeze(-1), shift)


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    return _filled(nn.Linear(weight.shape[1], weight.shape[0]), weight, bias)


def _filled(layer: Layer, weight: Tensor, bias: Tensor) -> Layer:
    layer.weight = nn.Parameter(weight.float().contiguous(), requires_grad=False)
    layer.bias = nn.Parameter(bias.float(), requires_grad=False)
    return layer


def shuffled(h: Tensor, groups: int) -> Tensor:
    """Interleave the channels of the groups: [B, G * C, P] -> [B, C * G, P]."""
    return h.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2) if groups > 1 else h
