"""A trained stack of convolutions in whole numbers: equal results on every machine, in any order.

Encoder and decoder both derive probabilities from q_hat. Floating-point convolutions differ in
their last digits from machine to machine, and one count of difference in a table ruins a stream.
Here weights and activations are whole multiples of powers of two, stored as float64, and all sums
stay below 2^53: they are exact, whatever order they are taken in.
"""

import copy

import torch
from torch import Tensor, nn

WEIGHT_BITS = 12
ACTIVATION_BITS = 8
LARGEST = 2.0**23
"""Limit of activations in units of 2^-8: 2^23 x weights up to 2^17 x 2^10 terms are below 2^50.

The remaining bits hold what the slope of a leaky unit adds, which must be a multiple of 1/8."""

LARGEST_WEIGHT = 2.0**17
LARGEST_BIAS = 2.0**52


class FixedPoint(nn.Module):
    """The same network in fixed point: activations are rounded after each layer with weights."""

    def __init__(self, network: nn.Sequential, output_bits: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_whole(layer) for layer in network)
        self.output_bits = output_bits

    @torch.no_grad()
    def forward(self, whole: Tensor) -> Tensor:
        """Whole numbers in, int64 in units of 2^-output_bits out."""
        last = max(index for index, layer in enumerate(self.layers) if _has_weights(layer))
        h = whole.double() * 2.0**ACTIVATION_BITS
        for index, layer in enumerate(self.layers):
            h = layer(h)
            if _has_weights(layer):
                bits = self.output_bits if index == last else ACTIVATION_BITS
                scale = 2.0 ** (bits - ACTIVATION_BITS - WEIGHT_BITS)
                h = torch.round(h * scale).clamp(-LARGEST, LARGEST)
        return h.long()


def _has_weights(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Conv1d | nn.ConvTranspose1d)


def _whole(layer: nn.Module) -> nn.Module:
    """A copy with weights in whole units of 2^-12 and biases in units of the sums, 2^-20."""
    layer = copy.deepcopy(layer).double()
    if isinstance(layer, nn.Conv1d | nn.ConvTranspose1d) and layer.bias is not None:
        scale = 2.0**WEIGHT_BITS
        weight = torch.round(layer.weight.data * scale)
        bias = torch.round(layer.bias.data * scale * 2.0**ACTIVATION_BITS)
        layer.weight.data = weight.clamp(-LARGEST_WEIGHT, LARGEST_WEIGHT)
        layer.bias.data = bias.clamp(-LARGEST_BIAS, LARGEST_BIAS)
    return layer
