"""The documents' models as plain layer descriptions, for counting; the one place of widths."""

from collections.abc import Sequence
from typing import NamedTuple

from lcpc.metrics.complexity import (
    Conv,
    DivisiveNorm,
    Layer,
    Linear,
    factorized_parameter_count,
    parameter_count,
    weight_count,
)

# (width, groups) of each pointwise convolution of the point encoder; MMSP 2023, Table I.
POINT_ENCODERS: dict[str, tuple[tuple[int, int], ...]] = {
    "full": ((64, 1), (64, 1), (64, 1), (128, 1), (1024, 1)),
    "lite": ((8, 1), (8, 1), (16, 1), (16, 2), (32, 4)),
    "micro": ((16, 1),),
}
POINT_DECODER = (512, 256, 40)


class EncoderLevel(NamedTuple):
    """One level of the encoder `local`: pointwise layers at `neighbours` points around each of
    `centres` points, then a max over the neighbours."""

    centres: int
    neighbours: int
    widths: tuple[int, ...]


LOCAL = "local"
"""Size of the encoder of neighbourhoods, which no document has."""
LOCAL_LEVELS = (
    EncoderLevel(256, 32, (32, 32, 64)),
    EncoderLevel(64, 24, (128, 128, 256)),
    EncoderLevel(1, 64, (256, 512, 512)),
)
"""At P = 1024, 141,472 multiply-accumulates a point, below the 147,648 of full."""


def feature_count(size: str) -> int:
    """N, channels that an encoder pools: full, lite, micro or local."""
    return LOCAL_LEVELS[-1].widths[-1] if size == LOCAL else POINT_ENCODERS[size][-1][0]


def encoder_activations(size: str, points: int) -> int:
    """Activations of an encoder for one cloud, a guide to its time."""
    if size != LOCAL:
        return points * sum(width for width, _ in POINT_ENCODERS[size])
    return sum(level.centres * level.neighbours * sum(level.widths) for level in LOCAL_LEVELS)


def point_encoder(widths: Sequence[tuple[int, int]]) -> list[Conv]:
    """Pointwise convolutions of g_a from (width, groups), starting from x, y, z."""
    inputs = [3, *(width for width, _ in widths)]
    return [Conv(before, width, (1,), groups=groups)
            for before, (width, groups) in zip(inputs, widths, strict=False)]


def point_decoder(latent_channels: int, widths: Sequence[int] = POINT_DECODER) -> list[Linear]:
    """Linear layers of the classifier after the latent."""
    inputs = [latent_channels, *widths]
    return [Linear(before, after) for before, after in zip(inputs, widths, strict=False)]


def layer_sizes(layers: Sequence[Conv | Linear]) -> str:
    """Output widths as Table I writes them, with the groups after a slash: `8 8 16 16/2 32/4`."""
    return " ".join(_width(layer) for layer in layers)


def _width(layer: Conv | Linear) -> str:
    if isinstance(layer, Conv) and layer.groups > 1:
        return f"{layer.outputs}/{layer.groups}"
    return str(layer.outputs)


def distribution_analysis(m_y: int, n_q: int, m_q: int, kernel: int = 15,
                          groups: int = 8) -> list[Conv]:
    """h_a,q: from p [M_y, B bins] to q [M_q, B/8]. Source: ICIP 2024, Fig. 2.4 of the thesis."""
    return [
        Conv(m_y, m_y // 2, (5,), groups=groups),
        Conv(m_y // 2, n_q, (kernel,), stride=2, groups=groups),
        Conv(n_q, n_q, (kernel,), stride=2, groups=groups),
        Conv(n_q, n_q, (kernel,), stride=2, groups=groups),
        Conv(n_q, m_q, (kernel,)),
    ]


def hyper_analysis(n: int, m: int) -> list[Conv]:
    """h_a: from y [M, h, w] to z [N, h/4, w/4]. Source: Balle et al. 2018, scale hyperprior."""
    return [Conv(m, n, (3, 3)), Conv(n, n, (5, 5), stride=2), Conv(n, n, (5, 5), stride=2)]


def factorized_analysis(n: int, m: int) -> list[Layer]:
    """g_a of bmshj2018-factorized: from an RGB image to y [M, H/16, W/16]."""
    outer, inner = Conv(3, n, (5, 5), stride=2), Conv(n, n, (5, 5), stride=2)
    return [outer, DivisiveNorm(n), inner, DivisiveNorm(n), inner, DivisiveNorm(n),
            Conv(n, m, (5, 5), stride=2)]


def factorized_model_parameters(n: int, m: int) -> int:
    """Parameters of bmshj2018-factorized: g_a and g_s with biases, distributions of M channels."""
    g_a = factorized_analysis(n, m)
    return parameter_count(g_a) + parameter_count(mirrored(g_a)) + factorized_parameter_count(m)


def adaptive_model_parameters(n: int, m: int, n_q: int, m_q: int) -> int:
    """The same with the weights of h_a,q and h_s,q on top, as Table 2.3 counts them.

    Their biases (below 1,100) and the distributions of q (58 a channel) are left out: with them the
    high-rate model would round to 7.23 million where the documents print 7.22.
    """
    h_a_q = distribution_analysis(m, n_q, m_q)
    return factorized_model_parameters(n, m) + weight_count(h_a_q) + weight_count(mirrored(h_a_q))


def mirrored(layers: Sequence[Layer]) -> list[Layer]:
    """The synthesis of an analysis: the layers in reverse order, each convolution transposed."""
    return [_turned(layer) for layer in reversed(layers)]


def _turned(layer: Layer) -> Layer:
    if isinstance(layer, Conv):
        return Conv(layer.outputs, layer.inputs, layer.kernel, layer.stride, layer.groups,
                    not layer.transposed)
    return Linear(layer.outputs, layer.inputs) if isinstance(layer, Linear) else layer
