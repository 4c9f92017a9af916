"""What a built network consists of, read off its modules in the terms in which `lcpc.metrics.complexity` counts."""

from collections.abc import Iterator

from torch import nn

from lcpc.metrics.complexity import Conv, Linear
from lcpc.models.point_codec import PointCodec
from lcpc.models.stacked import StackedLinear, StackedPointwise


def encoder_layers(codec: PointCodec) -> list[Conv]:
    """Pointwise convolutions of g_a in their order, of one member."""
    return [layer for layer in layers(codec.g_a) if isinstance(layer, Conv)]


def decoder_layers(codec: PointCodec) -> list[Linear]:
    """Linear layers of the classifier behind y_hat in their order, of one member."""
    return [layer for layer in layers(codec.head) if isinstance(layer, Linear)]


def layers(module: nn.Module) -> Iterator[Conv | Linear]:
    """All layers with weights below a module, by the shapes of these weights: [L, G, O, K] and [L, C_in, C_out]."""
    for part in module.modules():
        if isinstance(part, StackedPointwise):
            _, groups, outputs, inputs = part.weight.shape
            yield Conv(groups * inputs, groups * outputs, (1,), groups=groups)
        elif isinstance(part, StackedLinear):
            _, inputs, outputs = part.weight.shape
            yield Linear(inputs, outputs)
        elif isinstance(part, nn.Conv1d | nn.Linear):
            raise TypeError(f"{type(part).__name__} is no layer of a stacked network")


def trained_values(module: nn.Module, members: int) -> int:
    """Trained numbers of one member: weights, biases, scales and shifts, gains."""
    return sum(parameter.numel() for parameter in module.parameters()) // members
