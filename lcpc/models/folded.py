"""The point codec as an edge device runs it: batch norm and gain folded into plain convolutions
and linears."""

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights, fuse_linear_bn_weights

from lcpc.metrics.architectures import POINT_ENCODERS, feature_count
from lcpc.models.local_encoder import RELATIVE_SCALE, LocalEncoder, convolutions, norms
from lcpc.models.mixed_codec import MixedPointCodec
from lcpc.models.point_codec import GAIN, MaxPool, PointClassifier, PointCodec

LayerKind = TypeVar("LayerKind", nn.Conv1d, nn.Linear)


class FoldedEncoder(nn.Module):
    """g_a, gain and rounding: x [B, 3, P] -> symbols [B, N]. Only convolutions, ReLU, shuffles and
    a max are left."""

    def __init__(self, layers: Sequence[nn.Module], sign: Tensor, median: Tensor) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.sign: Tensor
        self.median: Tensor
        self.register_buffer("sign", sign)
        self.register_buffer("median", median)

    def latents(self, x: Tensor) -> Tensor:
        """y [B, N] of clouds x [B, 3, P]."""
        y: Tensor = self.layers(x) * self.sign
        return y

    def forward(self, x: Tensor) -> Tensor:
        """Integers to code, [B, N] int64."""
        return torch.round(self.latents(x) - self.median).long()


class FoldedDecoder(nn.Module):
    """Median, gain and MLP: symbols [B, N] -> logits [B, K]."""

    def __init__(self, layers: Sequence[nn.Module], inputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.inputs = inputs

    def forward(self, symbols: Tensor) -> Tensor:
        """Logits [B, K] of decoded integers, or of features [B, N]."""
        logits: Tensor = self.layers(symbols.float())
        return logits


@torch.no_grad()
def fold(codec: PointCodec) -> tuple[FoldedEncoder, FoldedDecoder]:
    """Encoder and decoder of a trained codec, worked out in double precision and kept in single."""
    median = codec.entropy_bottleneck.medians.double()
    gain, gain_decoder = (codec.gain * GAIN).double(), (codec.gain_decoder * GAIN).double()
    return _folded_encoder(codec.g_a, gain, median), _folded_decoder(codec.h, gain_decoder, median)


@torch.no_grad()
def fold_classifier(network: PointClassifier) -> tuple[FoldedEncoder, FoldedDecoder]:
    """Encoder and decoder of a PointNet: `latents` of the first are its features, the second gives
    their logits."""
    features = POINT_ENCODERS["full"][-1][0]
    ones, zeros = torch.ones(features).double(), torch.zeros(features).double()
    return _folded_encoder(network.g_a, ones, zeros), _folded_decoder(network.h, ones, zeros)


@torch.no_grad()
def fold_local(encoder: LocalEncoder) -> list[list[tuple[Tensor, Tensor]]]:
    """W [C_out, C_in] and b of the layers of each level, which take relative places as they are."""
    levels = []
    for level, mlp in zip(encoder.levels, encoder.mlps, strict=True):
        pairs = zip(convolutions(mlp), norms(mlp), strict=True)
        folded = [fuse_conv_bn_weights(layer.weight.double(), None, *_statistics(norm))
                  for layer, norm in pairs]
        layers = [(weight.squeeze(-1), bias) for weight, bias in folded]
        if level.centres > 1:
            layers[0][0][:, :3] *= RELATIVE_SCALE
        levels.append([(weight.float(), bias.float()) for weight, bias in layers])
    return levels


@torch.no_grad()
def fold_mixed(codec: MixedPointCodec) -> tuple[FoldedEncoder | None, nn.Sequential, FoldedDecoder]:
    """The same for the codec `mixed`, and its mixing network, which has the gain if it has layers:
    latents y [B, M] are its outputs. Without an encoder for the size local: see `fold_local`."""
    features = feature_count(codec.size)
    ones, zeros = torch.ones(features).double(), torch.zeros(features).double()
    gain, gain_decoder = (codec.gain * GAIN).double(), (codec.gain_decoder * GAIN).double()
    decoder = _folded_decoder(codec.h, gain_decoder, torch.zeros_like(gain))
    if not codec.mixing:
        assert isinstance(codec.g_a, nn.Sequential)
        return _folded_encoder(codec.g_a, gain, zeros), nn.Sequential(), decoder
    mixing = _folded_decoder(codec.mixing, ones, zeros).layers
    last = mixing[-1]
    assert isinstance(last, nn.Linear)
    weight, bias = last.weight * gain[:, None], last.bias * gain
    mixing[-1] = _filled(last, weight, bias).float()
    if isinstance(codec.g_a, LocalEncoder):
        return None, mixing, decoder
    return _folded_encoder(codec.g_a, ones, zeros), mixing, decoder


def _folded_encoder(g_a: nn.Sequential, gain: Tensor, median: Tensor) -> FoldedEncoder:
    """Convolutions with BN in them, the last with |gain| too: that may pass ReLU and max, the sign
    may not.

    The max is taken before the last ReLU, which then has fewer values to rectify.
    """
    layers: list[nn.Module] = []
    for layer, norm in zip(g_a, [*g_a[1:], None], strict=True):
        if isinstance(layer, nn.Conv1d) and isinstance(norm, nn.BatchNorm1d):
            layers.append(_folded_convolution(layer, norm))
        elif not isinstance(layer, nn.BatchNorm1d | MaxPool):
            layers.append(layer)
    *earlier, last, relu = layers
    assert isinstance(last, nn.Conv1d)
    assert last.bias is not None
    last = _filled(last, last.weight * gain.abs()[:, None, None], last.bias * gain.abs())
    return FoldedEncoder([*(layer.float() for layer in (*earlier, last)), MaxPool(), relu],
                         torch.sign(gain).float(), median.float()).eval()


def _folded_decoder(h: nn.Sequential, gain: Tensor, median: Tensor) -> FoldedDecoder:
    """Linears with BN in them; the first takes integers, so it holds gain and median [N] too."""
    layers: list[nn.Module] = []
    for index, (layer, norm) in enumerate(zip(h, [*h[1:], None], strict=True)):
        if isinstance(layer, nn.Linear):
            weight, bias = layer.weight.double(), layer.bias.double()
            if index == 0:
                bias = bias + weight @ (gain * median)
                weight = weight * gain
            if isinstance(norm, nn.BatchNorm1d):
                weight, bias = fuse_linear_bn_weights(weight, bias, *_statistics(norm))
            made = nn.Linear(weight.shape[1], weight.shape[0])
            layers.append(_filled(made, weight, bias).float())
        elif isinstance(layer, nn.ReLU):
            layers.append(layer)
    return FoldedDecoder(layers, len(gain)).eval()


def _folded_convolution(layer: nn.Conv1d, norm: nn.BatchNorm1d) -> nn.Conv1d:
    weight, bias = fuse_conv_bn_weights(layer.weight.double(), None, *_statistics(norm))
    made = nn.Conv1d(layer.in_channels, layer.out_channels, 1, groups=layer.groups)
    return _filled(made, weight, bias)


def _statistics(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor, float, Tensor, Tensor]:
    """Running mean and variance, epsilon, scale and shift, in double precision."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    mean, var = norm.running_mean.double(), norm.running_var.double()
    return mean, var, norm.eps, norm.weight.double(), norm.bias.double()


def _filled(layer: LayerKind, weight: Tensor, bias: Tensor) -> LayerKind:
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.bias = nn.Parameter(bias, requires_grad=False)
    return layer

