"""A trained stack of convolutions in whole numbers, so that it gives the same ones on every machine and in every order.

Both ends of a stream derive probabilities from q_hat. Floating-point convolutions differ in their last digits from machine
to machine, and one count of difference in a table ruins a stream. Here weights and activations are whole multiples of powers
of two, held in float64, and all sums stay below 2^53: they are exact, whatever order they are taken in.
"""

import copy

import torch
from torch import Tensor, nn

WEIGHT_BITS = 12
ACTIVATION_BITS = 8
LARGEST = 2.0**23
"""Activations, in units of 2^-8, are cut here: 2^23 x weights of at most 2^17 x 2^10 terms stay below 2^50. The bits that
are left hold what the slope of a leaky unit adds below the units: it must be a multiple of 1/8."""

LARGEST_WEIGHT = 2.0**17


class FixedPoint(nn.Module):
    """The same network in fixed point: layers with weights are rounded after each of them, others work as they are."""

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
                kept = self.output_bits if index == last else ACTIVATION_BITS
                h = torch.round(h * 2.0 ** (kept - ACTIVATION_BITS - WEIGHT_BITS)).clamp(-LARGEST, LARGEST)
        return h.long()


def _has_weights(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Conv1d | nn.ConvTranspose1d)


def _whole(layer: nn.Module) -> nn.Module:
    """A copy whose weights are whole multiples of 2^-12, and whose biases have the unit of the sums, 2^-20."""
    layer = copy.deepcopy(layer).double()
    if isinstance(layer, nn.Conv1d | nn.ConvTranspose1d) and layer.bias is not None:
        scale = 2.0**WEIGHT_BITS
        layer.weight.data = torch.round(layer.weight.data * scale).clamp(-LARGEST_WEIGHT, LARGEST_WEIGHT)
        layer.bias.data = torch.round(layer.bias.data * scale * 2.0**ACTIVATION_BITS).clamp(-2.0**52, 2.0**52)
    return layer
