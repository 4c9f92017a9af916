"""Counts weights and multiply-accumulates (MAC) from descriptions of layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod


@dataclass(frozen=True)
class Conv:
    """A convolution, kernel (k,) or (k, k), padded: output = input / stride, rounded up.

    `transposed` runs it backwards: the output is the input times the stride.
    """

    inputs: int
    outputs: int
    kernel: tuple[int, ...]
    stride: int = 1
    groups: int = 1
    transposed: bool = False

    def __post_init__(self) -> None:
        if self.inputs % self.groups or self.outputs % self.groups:
            raise ValueError(f"{self.inputs} to {self.outputs} channels do not divide into "
                             f"{self.groups} groups")

    @property
    def weights(self) -> int:
        """Weights without biases."""
        return self.inputs * self.outputs * prod(self.kernel) // self.groups

    @property
    def biases(self) -> int:
        """One for each output channel."""
        return self.outputs

    def output_size(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Positions along each axis after the layer, for `size` positions before it."""
        if self.transposed:
            return tuple(length * self.stride for length in size)
        return tuple(-(-length // self.stride) for length in size)

    def macs(self, size: tuple[int, ...]) -> int:
        """MACs on `size` positions: every weight once for each position of the smaller side."""
        return self.weights * prod(size if self.transposed else self.output_size(size))


@dataclass(frozen=True)
class Linear:
    """A fully connected layer; used once, whatever the size before it."""

    inputs: int
    outputs: int

    @property
    def weights(self) -> int:
        """Weights without biases."""
        return self.inputs * self.outputs

    @property
    def biases(self) -> int:
        """One for each output."""
        return self.outputs

    def output_size(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """No positions are left."""
        return ()

    def macs(self, size: tuple[int, ...]) -> int:
        """Every weight once."""
        return self.weights


@dataclass(frozen=True)
class DivisiveNorm:
    """Generalised divisive normalisation, forward or inverse: a matrix gamma and a vector beta."""

    channels: int

    @property
    def weights(self) -> int:
        """Entries of gamma."""
        return self.channels**2

    @property
    def biases(self) -> int:
        """Entries of beta."""
        return self.channels

    def output_size(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """The layer keeps all positions."""
        return size

    def macs(self, size: tuple[int, ...]) -> int:
        """Gamma once for each position."""
        return self.weights * prod(size)


Layer = Conv | Linear | DivisiveNorm


def weight_count(layers: Sequence[Layer]) -> int:
    """Weights of all layers without biases, as the papers count them."""
    return sum(layer.weights for layer in layers)


def parameter_count(layers: Sequence[Layer]) -> int:
    """Weights and biases of all layers."""
    return sum(layer.weights + layer.biases for layer in layers)


def mac_count(layers: Sequence[Layer], size: tuple[int, ...] = (1,)) -> int:
    """MACs of layers in sequence for an input of `size` positions; by default one point."""
    total = 0
    for layer in layers:
        total += layer.macs(size)
        size = layer.output_size(size)
    return total


def macs_per_pixel(layers: Sequence[Layer], size: tuple[int, ...],
                   image_size: tuple[int, int]) -> float:
    """MACs of the layers on an input of `size`, per pixel of the image (height, width)."""
    return mac_count(layers, size) / prod(image_size)


def factorized_parameter_count(channels: int, filters: Sequence[int] = (3, 3, 3, 3)) -> int:
    """Parameters of a factorized entropy model: matrices, biases and factors of each channel.

    The three quantiles a channel are left out: they bound the coder's tables and shape no
    distribution. Source: Balle et al. 2018, appendix 6.1, with the filter widths of CompressAI.
    """
    widths = [1, *filters, 1]
    matrices = sum(before * after for before, after in pairwise(widths))
    return channels * (matrices + sum(widths[1:]) + sum(filters))
