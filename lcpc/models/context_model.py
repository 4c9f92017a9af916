"""The context model: predicts each value of a latent from what is decoded before it.

    y [C, h, w], the channels in use, in groups; each group in five passes over its positions:

    pass 1 . . . 1 .   pass 2 at the centres of 1, pass 3 at those of 1 and 2, pass 4 at those of
         . . . . . .   1 to 3, pass 5 at all others: each position lies amid decoded ones
         . . 2 . . .

    f = (tanh(y / 2), log2(1 + |y|) / 2, 1)             1 inside the picture, all 0 outside
    group g:  e  = ReLU(A_g f of the groups before)     at all positions
              c  = B_g * e + D_g f + M_g mean(e)        5 x 5 convolution; here; the whole picture
    pass p:   h  = ReLU(c + W_gp * f_g)                 the group itself, where it is decoded
              (log2 w, mu, log2 s) = V_g ReLU(U_g h);   mu += T_gp * y_g, channel by channel
    P(y) = sum_k w_k (sigma((y + 1/2 - mu_k) / s_k) - sigma((y - 1/2 - mu_k) / s_k))

No side information is sent. Beyond the documents, whose distributions depend on no neighbour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcpc.entropy.logistic_mixtures import LARGEST_LOG_SCALE, LEAST_LOG_SCALE
from lcpc.errors import DataError
from lcpc.models.fixed_point import ACTIVATION_BITS

MARGIN = 2
"""Positions around the latent that are 0: the reach of the 5 x 5 convolutions."""
LARGEST_INPUT = 255
"""Larger values count as so large where others are predicted from them."""
FEATURES = 2
PARAMETERS = 3
"""log2 w, mu, log2 s of each logistic."""
LEAST_PROBABILITY = 2.0**-17
MOST_WIDTH, MOST_CHANNELS, MOST_LOGISTICS = 1 << 12, 1 << 10, 8

Offset = tuple[int, int]


class Pass(NamedTuple):
    """Positions `starts` + multiples of `step`, and the neighbours that are decoded before them."""

    starts: tuple[Offset, ...]
    step: int
    offsets: tuple[Offset, ...]


WINDOW = tuple((dy, dx) for dy in range(-2, 3) for dx in range(-2, 3))
CORNERS = tuple((dy, dx) for dy, dx in WINDOW if abs(dy) == abs(dx) == 2)
MIDDLES = tuple((dy, dx) for dy, dx in WINDOW if {abs(dy), abs(dx)} == {0, 2})
DIAGONALS = tuple((dy, dx) for dy, dx in WINDOW if abs(dy) == abs(dx) == 1)
ODD = tuple((dy, dx) for dy, dx in WINDOW if (dy + dx) % 2)
PASSES = (
    Pass(((0, 0),), 4, ()),
    Pass(((2, 2),), 4, CORNERS),
    Pass(((0, 2), (2, 0)), 4, MIDDLES),
    Pass(((1, 1),), 2, DIAGONALS),
    Pass(((0, 1), (1, 0)), 2, ODD),
)


class GroupInputs(NamedTuple):
    """f and values of a group, with margins: [B, h + 4, w + 4, ...]."""

    features: Tensor
    values: Tensor


@dataclass(frozen=True)
class ContextShape:
    """Settings of the model."""

    groups: tuple[int, ...]
    """Channels of each group, in the order of coding."""
    embedded: int
    """Width of e."""
    hidden: int
    """Widths of h and of the layer after it."""
    logistics: int = 3
    """K, logistics of each mixture."""

    @property
    def bounds(self) -> list[tuple[int, int]]:
        """First channel of each group, and of the next one."""
        ends = [sum(self.groups[:index + 1]) for index in range(len(self.groups))]
        return list(zip([0, *ends[:-1]], ends, strict=True))

    def plain(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {**asdict(self), "groups": list(self.groups)}


def shape_of(plain: Mapping[str, Any]) -> ContextShape:
    """The settings in a checkpoint. Raises DataError for settings that no model can have."""
    refusal = DataError(f"no context model has the settings {dict(plain)}; train again")
    try:
        shape = ContextShape(**{**plain, "groups": tuple(map(int, plain["groups"]))})
        widths = (*shape.groups, shape.embedded, shape.hidden, shape.logistics)
        is_usable = min(widths) > 0 and max(shape.embedded, shape.hidden) <= MOST_WIDTH
    except (TypeError, KeyError, ValueError) as error:
        raise refusal from error
    if not is_usable or sum(shape.groups) > MOST_CHANNELS or shape.logistics > MOST_LOGISTICS:
        raise refusal
    return shape


class GroupNetwork(nn.Module):
    """The layers of one group; `before` channels are decoded when its turn comes."""

    def __init__(self, shape: ContextShape, before: int, channels: int,
                 passes: Sequence[Pass]) -> None:
        super().__init__()
        e, h, k = shape.embedded, shape.hidden, shape.logistics
        inputs = FEATURES * before + 1
        if before:
            self.embed = nn.Linear(inputs, e)
            self.around = nn.Conv2d(e, h, 2 * MARGIN + 1, padding=MARGIN, bias=False)
            self.here = nn.Linear(inputs, h, bias=False)
            self.whole = nn.Linear(e, h, bias=False)
        inputs = FEATURES * channels + 1
        self.first = nn.Parameter(torch.zeros(h))
        near = [len(pass_.offsets) for pass_ in passes if pass_.offsets]
        self.own = nn.ModuleList(nn.Linear(count * inputs, h) for count in near)
        self.taps = nn.ModuleList(nn.Linear(count, channels, bias=False) for count in near)
        self.inner = nn.Linear(h, h)
        self.outer = nn.Linear(h, channels * PARAMETERS * k)


class ContextModel(nn.Module):
    """The network, in real numbers for training; `lcpc.models.exact_context` has whole ones."""

    def __init__(self, shape: ContextShape, passes: Sequence[Pass] = PASSES) -> None:
        super().__init__()
        self.shape, self.passes = shape, passes
        self.networks = [GroupNetwork(shape, begin, end - begin, passes)
                         for begin, end in shape.bounds]
        self.groups = nn.ModuleList(self.networks)
        self.features: Tensor
        self.register_buffer("features", feature_table() / 2.0**ACTIVATION_BITS)

    def settled(self, x: Tensor) -> Tensor:
        """Outputs of a layer; the model in whole numbers rounds them."""
        return x

    def inputs(self, y: Tensor) -> Tensor:
        """f of integers y: [B, h, w, C] -> [B, h, w, 2 C + 1]."""
        place = y.long().clamp(-LARGEST_INPUT, LARGEST_INPUT) + LARGEST_INPUT
        f = self.features[place].flatten(-2)
        inside = torch.full_like(f[..., :1], self.unit)
        return torch.cat([f, inside], -1)

    def group_inputs(self, y: Tensor) -> GroupInputs:
        """Context of a group of channels, from its values [B, h, w, channels]."""
        return GroupInputs(with_margins(self.inputs(y)), with_margins(y * self.unit))

    @property
    def unit(self) -> float:
        """The value that represents 1."""
        return 1.0

    def context(self, group: int, y: Tensor) -> Tensor:
        """c at all positions, from the groups before: integers [B, h, w, C] -> [B, h, w, H]."""
        network, begin = self.networks[group], self.shape.bounds[group][0]
        if not begin:
            return self.features.new_zeros(*y.shape[:3], self.shape.hidden)
        f = self.inputs(y[..., :begin])
        e = F.relu(self.settled(network.embed(f)))
        # [B, h, w, E] -> [B, E, h, w] and back
        around = network.around(e.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        c: Tensor = around + network.here(f) + network.whole(self.mean(e))
        return c

    def mean(self, e: Tensor) -> Tensor:
        """Mean over all positions: [B, h, w, E] -> [B, 1, 1, E]."""
        return e.mean((1, 2), keepdim=True)

    def parameters_of(self, group: int, number: int, c: Tensor, near: GroupInputs) -> Tensor:
        """log2 w, mu, log2 s at the positions of a pass: [B n, channels, 3, K].

        c: `context` of the group. Of `near`, only positions of earlier passes are used.
        """
        network, pass_, k = self.networks[group], self.passes[number], self.shape.logistics
        h = positions_of(c, pass_)
        layer = sum(bool(earlier.offsets) for earlier in self.passes[:number])
        if pass_.offsets:
            h = h + network.own[layer](neighbours(near.features, pass_))
        else:
            h = h + network.first
        a = F.relu(self.settled(network.inner(F.relu(self.settled(h)))))
        channels = near.values.shape[-1]
        out = network.outer(a).view(len(a), channels, PARAMETERS, k)
        if pass_.offsets:
            values = neighbours(near.values, pass_).unflatten(1, (-1, channels))
            means = (values * network.taps[layer].weight.T).sum(1)
            out[:, :, 1] = out[:, :, 1] + means.unsqueeze(-1)
        return out

    def bits(self, y: Tensor) -> Tensor:
        """Bits of latents, all together: integers [B, h, w, C]."""
        total = torch.zeros(())
        for group, (begin, end) in enumerate(self.shape.bounds):
            values = y[..., begin:end]
            c, near = self.context(group, y), self.group_inputs(values)
            numbers = range(len(self.passes))
            parameters = [self.parameters_of(group, number, c, near) for number in numbers]
            coded = [positions_of(values, pass_) for pass_ in self.passes]
            total = total + code_lengths(torch.cat(coded), torch.cat(parameters)).sum()
        return total


def with_margins(x: Tensor) -> Tensor:
    """[B, h, w, N] -> [B, h + 4, w + 4, N]."""
    return F.pad(x, (0, 0, *(MARGIN,) * 4))


def inner(x: Tensor, dy: int, dx: int) -> Tensor:
    """[B, h + 4, w + 4, N] moved by an offset, without the margins: [B, h, w, N]."""
    height, width = x.shape[1] - 2 * MARGIN, x.shape[2] - 2 * MARGIN
    top, left = MARGIN + dy, MARGIN + dx
    return x[:, top:top + height, left:left + width]


def lattice(x: Tensor, start: Offset, step: int) -> Tensor:
    """Every so many positions of [B, h, w, N]."""
    return x[:, start[0]::step, start[1]::step]


def positions_of(y: Tensor, pass_: Pass) -> Tensor:
    """Values at the positions of a pass, in the order of `parameters_of`: [B n, channels]."""
    return torch.cat([lattice(y, start, pass_.step).flatten(0, 2) for start in pass_.starts])


def neighbours(x: Tensor, pass_: Pass) -> Tensor:
    """What is decoded near those positions: [B, h + 4, w + 4, N] -> [B n, offsets N]."""
    near = [positions_of(inner(x, *offset), pass_) for offset in pass_.offsets]
    return torch.cat(near, -1)


def code_lengths(y: Tensor, parameters: Tensor) -> Tensor:
    """-log2 P(y) of integers [n, channels] and `parameters_of` [n, channels, 3, K]."""
    logs, means, log_scales = parameters.unbind(2)
    steepness = torch.exp2(-log_scales.clamp(LEAST_LOG_SCALE, LARGEST_LOG_SCALE))
    distance = y.unsqueeze(-1) - means
    # Of the two tails, the one that is small, where real numbers are precise.
    sign = torch.where(distance > 0, -1.0, 1.0)
    upper = torch.sigmoid(sign * (distance + 0.5) * steepness)
    lower = torch.sigmoid(sign * (distance - 0.5) * steepness)
    shares = torch.softmax(logs * torch.log(torch.tensor(2.0)), -1)
    p = (shares * (upper - lower).abs()).sum(-1)
    return -torch.log2(p.clamp(min=LEAST_PROBABILITY))


def feature_table() -> Tensor:
    """tanh(y / 2) and log2(1 + |y|) / 2 of y = -255 ... 255 in units of 2^-8, rounded: [511, 2].

    A checkpoint keeps these whole numbers: functions of real numbers may differ between machines.
    """
    y = torch.arange(-LARGEST_INPUT, LARGEST_INPUT + 1).double()
    real = torch.stack([torch.tanh(y / 2), torch.log2(1 + y.abs()) / 2], -1)
    return torch.round(real * 2.0**ACTIVATION_BITS).float()


def macs_per_position(shape: ContextShape, passes: Sequence[Pass] = PASSES) -> float:
    """Multiply-accumulates of the layers for a position of the latent; the means' are left out."""
    e, h, k = shape.embedded, shape.hidden, shape.logistics
    total = 0.0
    for begin, end in shape.bounds:
        before, inputs = FEATURES * begin + 1, FEATURES * (end - begin) + 1
        total += before * (e + h) + len(WINDOW) * e * h if begin else 0
        near = sum(len(pass_.starts) / pass_.step**2 * len(pass_.offsets) for pass_ in passes)
        total += near * (inputs * h + (end - begin))
        total += h * h + h * (end - begin) * PARAMETERS * k
    return total


def group_sizes(bounds: Sequence[int]) -> tuple[int, ...]:
    """Sizes of groups between bounds: (0, 1, 4) -> (1, 3)."""
    return tuple(end - begin for begin, end in pairwise(bounds))
