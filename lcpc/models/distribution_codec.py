"""The proposed distribution model: h_a,q makes q of channel histograms p, h_s,q p_hat of q_hat.

    p [S, M_y, B] -> h_a,q -> q [S, M_q, B/8] -> round -> q_hat -> h_s,q
      -> + log2 of the default distributions -> softmax -> p_hat [S, M_y, B]

q_hat is coded with an entropy bottleneck of its own. Source: [ICIP24]. Choices beyond it: h_a,q
gets the difference of p and the base's default distributions, and h_s,q gives changes of them, so
that q_hat = 0 codes as the base would; only the middle bins that training latents reach go through
the network (`window`); each element of q has its own density; the units may have a slope below
zero, since the way from p to q and back is nearly linear and ReLU learns it slowly.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.errors import DataError
from lcpc.models.bottleneck import FactorizedDensity
from lcpc.models.fixed_point import FixedPoint

STRIDE = 8
"""Bins of p that one position of q stands for: three layers of stride 2."""
EDGE_KERNEL = 5
MOST_BINS = 1 << 14
MOST_VALUES = 1 << 24
"""Most values of a layer; the documents' largest layer has 307,200."""
LOG_BITS = LOG_UNITS.bit_length() - 1
LN_2 = math.log(2)
START_SPREAD = 3.0
"""Standard deviation of q before training: wide enough that rounding does not wipe it out."""


@dataclass(frozen=True)
class DistributionShape:
    """Settings of the model.

    The documents' M_y, N_q, M_q, B are 192, 32, 16, 256 at low rates, 320, 64, 32, 1024 at high.
    """

    m_y: int = 192
    n_q: int = 32
    m_q: int = 16
    bins: int = 256
    kernel: int = 15
    groups: int = 8
    window: int = 0
    """Bins in the middle that go through the network, a multiple of 8; 0 is all of them."""
    slope: float = 0.0
    """Slope of the units below zero; 0 is the documents' ReLU."""

    @property
    def width(self) -> int:
        """Bins that go through the network."""
        return self.window or self.bins

    @property
    def positions(self) -> int:
        """Positions of q along the bins."""
        return self.width // STRIDE

    def plain(self) -> dict[str, float]:
        """For a checkpoint."""
        return asdict(self)


def shape_of(plain: Mapping[str, Any]) -> DistributionShape:
    """The settings in a checkpoint. Raises DataError for settings that no model can have."""
    refusal = DataError(f"no distribution model has the settings {dict(plain)!r:.200}; train again")
    if not all(type(value) in (int, float) for value in plain.values()):
        raise refusal
    try:
        shape = DistributionShape(**plain)
    except TypeError as error:
        raise refusal from error
    has_window = STRIDE <= shape.width <= shape.bins <= MOST_BINS and shape.width % STRIDE == 0
    values = sum(shape.m_y * width * shape.kernel for width in (shape.n_q, shape.m_q))
    is_small = values <= MOST_VALUES * max(shape.groups, 1)
    if min(plain.values()) < 0 or not (has_window and is_small):
        raise refusal
    return shape


class ChannelShuffle(nn.Module):
    """Interleaves the channels of two grouped convolutions: [S, G * C, B] -> [S, C * G, B]."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, h: Tensor) -> Tensor:
        """The same values, channels in another order."""
        return h.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)


def analysis(shape: DistributionShape) -> nn.Sequential:
    """h_a,q: p [S, M_y, B] -> q [S, M_q, B/8]."""
    half, n_q, k, g = shape.m_y // 2, shape.n_q, shape.kernel, shape.groups
    return nn.Sequential(
        _conv(shape.m_y, half, EDGE_KERNEL, 1, g), _unit(shape), ChannelShuffle(g),
        _conv(half, n_q, k, 2, g), _unit(shape), ChannelShuffle(g),
        _conv(n_q, n_q, k, 2, g), _unit(shape), ChannelShuffle(g),
        _conv(n_q, n_q, k, 2, g), _unit(shape),
        _conv(n_q, shape.m_q, k, 1, 1),
    )


def synthesis(shape: DistributionShape) -> nn.Sequential:
    """h_s,q: q_hat [S, M_q, B/8] -> changes of the log2 probabilities [S, M_y, B]."""
    half, n_q, k, g = shape.m_y // 2, shape.n_q, shape.kernel, shape.groups
    return nn.Sequential(
        _deconv(shape.m_q, n_q, k, 1, 1), _unit(shape),
        _deconv(n_q, n_q, k, 2, g), _unit(shape), ChannelShuffle(g),
        _deconv(n_q, n_q, k, 2, g), _unit(shape), ChannelShuffle(g),
        _deconv(n_q, half, k, 2, g), _unit(shape), ChannelShuffle(g),
        _deconv(half, shape.m_y, EDGE_KERNEL, 1, g),
    )


Convolution = (nn.Conv1d, nn.ConvTranspose1d)


def _unit(shape: DistributionShape) -> nn.Module:
    return nn.LeakyReLU(shape.slope) if shape.slope else nn.ReLU()


def _conv(c_in: int, c_out: int, kernel: int, stride: int, groups: int) -> nn.Conv1d:
    return nn.Conv1d(c_in, c_out, kernel, stride, kernel // 2, groups=groups)


def _deconv(c_in: int, c_out: int, kernel: int, stride: int, groups: int) -> nn.ConvTranspose1d:
    padding, extra = kernel // 2, stride - 1
    return nn.ConvTranspose1d(c_in, c_out, kernel, stride, padding, extra, groups=groups)


class DistributionCodec(nn.Module):
    """h_a,q, h_s,q and the bottleneck of q; `default` [M_y, B]: log2 probabilities of the base."""

    def __init__(self, shape: DistributionShape, default: Tensor,
                 generator: torch.Generator) -> None:
        super().__init__()
        self.shape = shape
        self.h_a_q, self.h_s_q = analysis(shape), synthesis(shape)
        self.bottleneck = FactorizedDensity(shape.m_q * shape.positions, generator)
        self.logs: Tensor
        self.register_buffer("logs", torch.round(default.double() * LOG_UNITS).long())
        self.gain: Tensor
        self.register_buffer("gain", torch.ones(()))

    @property
    def default(self) -> Tensor:
        """log2 of the default distributions in the window: [M_y, width]."""
        return self.windowed(self.logs).float() / LOG_UNITS

    def windowed(self, bins: Tensor) -> Tensor:
        """The bins in the middle that go through the network: [..., B] -> [..., width]."""
        start = (self.shape.bins - self.shape.width) // 2
        return bins[..., start:start + self.shape.width]

    def analyse(self, p: Tensor) -> Tensor:
        """q of histograms in the window: [S, M_y, width] -> [S, M_q, width/8]."""
        q: Tensor = self.h_a_q(self.gain * self.contrast(p))
        return q

    def contrast(self, p: Tensor) -> Tensor:
        """How p differs from the default distributions; roots make the rare values visible."""
        return p.sqrt() - torch.exp2(self.default / 2)

    def synthesise(self, q_hat: Tensor) -> Tensor:
        """log2 p_hat in the window: integers [S, M_q, width/8] -> [S, M_y, width].

        Rows of p_hat sum to one.
        """
        logits = (self.default + self.h_s_q(q_hat)) * LN_2
        return torch.log_softmax(logits, dim=-1) / LN_2

    def likelihood(self, q: Tensor) -> Tensor:
        """P(q - 1/2 < Q < q + 1/2) of each element: [S, M_q, width/8] -> [S, M_q * width/8]."""
        return self.bottleneck(q.flatten(1))

    def exact(self) -> "ExactSynthesis":
        """The way from q_hat to p_hat in whole numbers, for coding."""
        return ExactSynthesis(self)

    @torch.no_grad()
    def start(self, p: Tensor, generator: torch.Generator) -> None:
        """Set weights to train from, for histograms p [S, M_y, width] like those to come.

        Convolutions start as He et al. do, the last one of h_s,q with zeros: no picture is coded
        worse than by the base. The gain gives the largest contrasts, and q, the same size always.
        """
        for layer in (*self.h_a_q, *self.h_s_q):
            if isinstance(layer, Convolution):
                spread = math.sqrt(2 / _terms(layer))
                nn.init.normal_(layer.weight, 0, spread, generator=generator)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        nn.init.zeros_(_last_weight(self.h_s_q))
        spreads = self.contrast(p).std((0, 2))
        large = spreads > 0.1 * spreads.max()
        self.gain.fill_(1 / spreads[large].mean())
        _last_weight(self.h_a_q).mul_(START_SPREAD / self.analyse(p).std())


def _last_weight(network: nn.Sequential) -> Tensor:
    *_, weight, _ = network.parameters()
    return weight


def _terms(layer: nn.Conv1d | nn.ConvTranspose1d) -> float:
    """Products that are summed for an output value."""
    steps = layer.stride[0] if isinstance(layer, nn.ConvTranspose1d) else 1
    return layer.in_channels // layer.groups * layer.kernel_size[0] / steps


class ExactSynthesis(nn.Module):
    """q_hat to log2 p_hat in units of 2^-10 bits: whole numbers, the same on every machine."""

    def __init__(self, codec: DistributionCodec) -> None:
        super().__init__()
        self.logs = codec.logs
        self.window_logs = codec.windowed(codec.logs)
        self.h_s_q = FixedPoint(codec.h_s_q, LOG_BITS)
        self.margin = (codec.shape.bins - codec.shape.width) // 2

    @torch.no_grad()
    def forward(self, q_hat: Tensor) -> Tensor:
        """[S, M_q, width/8] -> int64 [S, M_y, B]; the largest log2 of each row stays as it was.

        Training does not notice what h_s,q adds to all bins of the window alike, but it would
        change their weight against the bins outside.
        """
        logits = self.window_logs + self.h_s_q(q_hat)
        largest = self.window_logs.amax(-1, keepdim=True)
        excess = logits.amax(-1, keepdim=True) - largest
        margins = (self.margin, self.margin)
        changed = F.pad(logits - excess, margins)
        inside = F.pad(torch.ones_like(logits, dtype=torch.bool), margins)
        return torch.where(inside, changed, self.logs)
