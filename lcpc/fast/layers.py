"""Layers of L networks of one shape, side by side on a leading lambda axis: [L, ...].

Each is made from L plain layers and copied back into L plain layers by `write`. Networks never
touch each other: training L of them together equals training each alone, up to the order of float
sums.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lcpc.fast.random_numbers import RandomSource, uniform
from lcpc.models.bottleneck import EntropyBottleneck, FactorizedDensity


def stacked(values: Sequence[Tensor]) -> nn.Parameter:
    """L equal shapes as one parameter [L, ...]."""
    return nn.Parameter(torch.stack([value.detach() for value in values]).contiguous())


class StackedLinear(nn.Module):
    """L fully connected layers: [L, B, C_in] -> [L, B, C_out]."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = stacked([layer.weight.T for layer in layers])
        self.bias = stacked([layer.bias.unsqueeze(0) for layer in layers])

    def forward(self, x: Tensor) -> Tensor:
        """Affine map of each network's batch."""
        return torch.baddbmm(self.bias, x, self.weight)

    def write(self, layers: Sequence[nn.Linear]) -> None:
        """Copy the weights into plain layers."""
        for index, layer in enumerate(layers):
            layer.weight.copy_(self.weight[index].T)
            layer.bias.copy_(self.bias[index, 0])


class StackedNorm(nn.Module):
    """L batch normalisations over [L, B, C], with statistics, scale and shift [L, C]."""

    NAMES = ("weight", "bias", "running_mean", "running_var")

    def __init__(self, layers: Sequence[nn.BatchNorm1d]) -> None:
        super().__init__()
        momentum = layers[0].momentum
        if momentum is None:
            raise ValueError("a batch norm without momentum has no stacked form")
        self.momentum, self.eps = momentum, layers[0].eps
        self.weight = stacked([layer.weight for layer in layers])
        self.bias = stacked([layer.bias for layer in layers])
        self.running_mean: Tensor
        self.running_var: Tensor
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, stacked([getattr(layer, name) for layer in layers]).detach())

    def update(self, running: tuple[Tensor, Tensor], mean: Tensor, var: Tensor, count: int) -> None:
        """Move running statistics towards a batch of `count` values a channel (the variance
        unbiased)."""
        running[0].lerp_(mean.detach(), self.momentum)
        running[1].lerp_(var.detach() * (count / max(count - 1, 1)), self.momentum)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise [L, B, C] over the batch (training) or by the running statistics."""
        mean, var = self.running_mean, self.running_var
        if self.training:  # two plain means: torch.var_mean is many times slower on the CPU
            mean = x.mean(1)
            var = (x - mean.unsqueeze(1)).square().mean(1)
            self.update((self.running_mean, self.running_var), mean, var, x.shape[1])
        scale = self.weight * torch.rsqrt(var + self.eps)
        shift = self.bias - mean * scale
        return torch.addcmul(shift.unsqueeze(1), x, scale.unsqueeze(1))

    def write(self, layers: Sequence[nn.BatchNorm1d]) -> None:
        """Copy scales, shifts and statistics into plain layers."""
        for index, layer in enumerate(layers):
            for name in self.NAMES:
                getattr(layer, name).copy_(getattr(self, name)[index])


class StackedPointwise(nn.Module):
    """The weights [L, G, O/G, K/G] of L convolutions of kernel size 1 with G groups;
    `lcpc.fast.encoder` applies them."""

    def __init__(self, layers: Sequence[nn.Conv1d]) -> None:
        super().__init__()
        first = layers[0]
        self.c_in, self.c_out, self.groups = first.in_channels, first.out_channels, first.groups
        self.weight = stacked(
            [layer.weight.squeeze(-1).unflatten(0, (first.groups, -1)) for layer in layers]
        )

    def matrix(self, shuffle: int = 1) -> Tensor:
        """The matrix [L, C_out, C_in] that convolves a point: groups as blocks on its diagonal.

        With `shuffle` G, a channel shuffle of the input (G groups of C -> C groups of G) is in the
        order of its columns, so that no activations move.
        """
        if self.groups == 1:
            dense = self.weight[:, 0]
        else:
            diagonal = torch.eye(self.groups, dtype=self.weight.dtype, device=self.weight.device)
            blocks = diagonal.view(1, self.groups, 1, self.groups, 1) * self.weight.unsqueeze(3)
            dense = blocks.flatten(3).flatten(1, 2)
        if shuffle == 1:
            return dense
        return dense.unflatten(-1, (-1, shuffle)).transpose(-1, -2).flatten(-2)

    def write(self, layers: Sequence[nn.Conv1d]) -> None:
        """Copy the weights into plain layers."""
        for index, layer in enumerate(layers):
            layer.weight.copy_(self.weight[index].flatten(0, 1).unsqueeze(-1))


class StackedBottleneck(FactorizedDensity):
    """L x N densities and medians; likelihoods of y [L, B, N]."""

    def __init__(self, layers: Sequence[EntropyBottleneck]) -> None:
        super().__init__(len(layers) * layers[0].channels)
        self.networks = len(layers)
        for name, values in self._parameters_of(layers):
            self.get_parameter(name).data = torch.cat(values)
        self.medians: Tensor
        self.register_buffer("medians", torch.stack([layer.medians for layer in layers]))

    def _parameters_of(self, layers: Sequence[EntropyBottleneck]) -> list[tuple[str, list[Tensor]]]:
        parameters = []
        for name, _ in self.named_parameters():
            parameters.append((name, [layer.get_parameter(name).detach() for layer in layers]))
        return parameters

    def likelihood(self, y: Tensor) -> Tensor:
        """P(y - 1/2 < Y < y + 1/2) of each element: [L, B, N] -> [L, B, N], at least 1e-9."""
        columns = y.transpose(0, 1).flatten(1)
        likelihood = super().likelihood(columns)
        return likelihood.unflatten(1, (self.networks, -1)).transpose(0, 1)

    def symbols(self, y: Tensor) -> Tensor:
        """Integers to code, round(y - median): [L, B, N] int64."""
        return torch.round(y - self.medians.unsqueeze(1)).long()

    def dequantise(self, symbols: Tensor) -> Tensor:
        """y_hat [L, B, N] of coded integers."""
        return symbols.to(self.medians.dtype) + self.medians.unsqueeze(1)

    @torch.no_grad()
    def solve_medians(self) -> None:
        """Solve the medians that evaluation rounds around."""
        self.medians.copy_(self.quantile(0.5).view_as(self.medians))

    def write(self, layers: Sequence[EntropyBottleneck]) -> None:
        """Copy densities and medians into plain layers."""
        for name, values in self._parameters_of(layers):
            parts = self.get_parameter(name).chunk(self.networks)
            for target, part in zip(values, parts, strict=True):
                target.copy_(part)
        for layer, medians in zip(layers, self.medians, strict=True):
            layer.medians.copy_(medians)


class StackedMLP(nn.Module):
    """L fully connected networks of Linear, BN, ReLU and dropout: [L, B, C_in] -> [L, B, C_out].

    Norms are registered after all linear layers, so that the norm of the gradients, a sum over the
    parameters in their order, rounds as it did when the committed results were trained.
    """

    def __init__(self, networks: Sequence[nn.Sequential]) -> None:
        super().__init__()
        self._order = [_stacked_layer(layers) for layers in zip(*networks, strict=True)]
        self.linear = nn.ModuleList(
            layer for layer in self._order if isinstance(layer, StackedLinear)
        )
        self.others = nn.ModuleList(
            layer for layer in self._order if not isinstance(layer, StackedLinear)
        )

    def forward(self, x: Tensor, source: RandomSource) -> Tensor:
        """Outputs; `source` draws the dropout, the same for all networks (training only)."""
        for layer in self._order:
            x = layer(x, source) if isinstance(layer, StackedDropout) else layer(x)
        return x

    def write(self, networks: Sequence[nn.Sequential]) -> None:
        """Copy the weights into plain networks."""
        for stack, layers in zip(self._order, zip(*networks, strict=True), strict=True):
            if isinstance(stack, StackedLinear | StackedNorm):
                stack.write(layers)


class StackedDropout(nn.Module):
    """Drops units, the same for all networks, scaled to keep the mean: [L, B, C]."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor, source: RandomSource) -> Tensor:
        """Drop in training; evaluation leaves x as it is."""
        if not self.training:
            return x
        keep = uniform(x.shape[1:], source, x.device) >= self.rate
        return x * (keep / (1 - self.rate))


def _stacked_layer(layers: Sequence[nn.Module]) -> nn.Module:
    first = layers[0]
    if isinstance(first, nn.Linear):
        return StackedLinear(layers)  # type: ignore[arg-type]
    if isinstance(first, nn.BatchNorm1d):
        return StackedNorm(layers)  # type: ignore[arg-type]
    if isinstance(first, nn.Dropout):
        return StackedDropout(first.p)
    if isinstance(first, nn.ReLU):
        return nn.ReLU()
    raise TypeError(f"{type(first).__name__} has no stacked form; add it to {__name__}")
