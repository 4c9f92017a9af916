"""The layers of a built network: counted in the terms of `lcpc.metrics.complexity`, or traced
while it runs once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lcpc.metrics.complexity import Conv, Linear

Shape = tuple[int, ...]
FUNCTIONS: Mapping[str, str] = {
    "relu": "ReLU",
    "softmax": "softmax",
    "log_softmax": "softmax",
    "detach": "detach",
    "unflatten": "reshape",
}
"""Layers that are no modules, by the name of their function."""
DENSITY = "entropy bottleneck"


def weighted_layers(module: nn.Module) -> Iterator[Conv | Linear]:
    """Pointwise convolutions and linear layers of a network, in their order."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv1d):
            kernel = (layer.kernel_size[0],)
            yield Conv(layer.in_channels, layer.out_channels, kernel, groups=layer.groups)
        elif isinstance(layer, nn.Linear):
            yield Linear(layer.in_features, layer.out_features)


def trained_values(module: nn.Module) -> int:
    """Trained numbers: weights, biases, scales and shifts, gains, densities."""
    return sum(parameter.numel() for parameter in module.parameters())


@dataclass(frozen=True)
class LayerDescription:
    """One layer; `before` and `after` are shapes without the batch. What a kind does not have is
    empty or 0."""

    kind: str
    before: Shape = ()
    after: Shape = ()
    kernel: Shape = ()
    stride: int = 0
    groups: int = 0
    weights: int = 0
    setting: float | None = None
    """Rate of a dropout, constant factor of a gain, slope of a leaky ReLU below zero."""


@dataclass(frozen=True)
class TracedLayer:
    """A layer, and the dotted name of the module or parameter that it is."""

    path: str
    layer: LayerDescription


class LayerTracer(TorchFunctionMode):
    """Lists the layers that a value passes inside `with LayerTracer(network) as tracer:`, in order.

    Modules are seen by hooks, other layers by functions that are called outside of any layer.
    `named` are tensors, such as gains, that are layers where they meet another value. Raises
    TypeError at a module that is neither made of others nor known here, so that no layer is left
    out.
    """

    def __init__(
        self, network: nn.Module, named: Iterable[tuple[Tensor, TracedLayer]] = ()
    ) -> None:
        super().__init__()
        self.layers: list[TracedLayer] = []
        self.network = network
        self._named = {id(tensor): (tensor, traced) for tensor, traced in named}
        self._open: list[tuple[str, nn.Module]] = []
        self._hooks: list[Any] = []

    def __enter__(self) -> "LayerTracer":
        for path, module in self.network.named_modules():
            self._hooks.append(module.register_forward_pre_hook(self._before(path)))
            self._hooks.append(module.register_forward_hook(self._after))
        super().__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        super().__exit__(*exception)
        for hook in self._hooks:
            hook.remove()

    def _before(self, path: str) -> Callable[..., None]:
        return lambda module, inputs: self._open.append((path, module))

    def _after(self, module: nn.Module, inputs: Any, output: Any) -> None:
        path, _ = self._open.pop()
        if not is_layer(module) or self._inside_a_layer():
            return
        value = (
            output[0] if isinstance(output, tuple) else output
        )  # entropy models return likelihoods too
        layer = read(module)
        if layer.kind == DENSITY:  # some flatten what they are given: a density changes no shape
            layer = self._same_shape(layer)
        else:
            layer = replace(layer, before=_shape(inputs[0]), after=_shape(value))
        self.layers.append(TracedLayer(path, layer))

    def _inside_a_layer(self) -> bool:
        return any(is_layer(module) for _, module in self._open)

    def __torch_function__(
        self, function: Any, types: Any, arguments: Any = (), keywords: Any = None
    ) -> Any:
        """Call the function, and list it if it is a layer."""
        value = function(*arguments, **(keywords or {}))
        if not self._inside_a_layer():
            self._trace_named(arguments, value)
            name = getattr(function, "__name__", "").strip("_")
            if name in FUNCTIONS:
                self._trace_function(FUNCTIONS[name], arguments[0], value)
        return value

    def _trace_named(self, arguments: tuple[Any, ...], value: Any) -> None:
        """Follow named tensors, and tensors computed from them alone, to where they meet another
        value."""
        tensors = [argument for argument in arguments if isinstance(argument, Tensor)]
        factors = [argument for argument in arguments if isinstance(argument, float)]
        for tensor in tensors:
            if id(tensor) not in self._named:
                continue
            _, traced = self._named[id(tensor)]
            if factors:
                traced = replace(traced, layer=replace(traced.layer, setting=factors[0]))
            if len(tensors) == 1:
                self._named[id(value)] = value, traced
            else:
                shape = traced.layer.after
                self.layers.append(replace(traced, layer=replace(traced.layer, before=shape)))

    def _trace_function(self, kind: str, before: Tensor, after: Tensor) -> None:
        layer = LayerDescription(kind, _shape(before), _shape(after))
        if kind == "softmax":
            layer = self._same_shape(layer)
        self.layers.append(TracedLayer(self._open[-1][0] if self._open else "", layer))

    def _same_shape(self, layer: LayerDescription) -> LayerDescription:
        """A layer that keeps the shape that the last one left."""
        shape = self.layers[-1].layer.after if self.layers else ()
        return replace(layer, before=shape, after=shape)


def _shape(value: Tensor) -> Shape:
    """Shape without the batch."""
    return tuple(value.shape[1:])


def is_layer(module: nn.Module) -> bool:
    """Whether a module is one layer, whatever it is made of."""
    return type(module).__name__ in READERS or not any(module.children())


def read(module: nn.Module) -> LayerDescription:
    """The layer that a module is, without shapes. Raises TypeError for a module that is not known
    here."""
    name = type(module).__name__
    if name not in READERS:
        raise TypeError(f"{name} is no layer that can be read; add it to READERS in {__name__}")
    return READERS[name](module)


def _plain(kind: str) -> "LayerReader":
    return lambda module: LayerDescription(kind)


def _convolution(module: Any) -> LayerDescription:
    kind, weights = type(module).__name__, module.weight.numel()
    kernel = tuple(module.kernel_size)
    return LayerDescription(kind, (), (), kernel, module.stride[0], module.groups, weights)


def _divisive_norm(module: Any) -> LayerDescription:
    return LayerDescription("IGDN" if module.inverse else "GDN", weights=module.gamma.numel())


LayerReader = Callable[[Any], LayerDescription]
READERS: Mapping[str, LayerReader] = {
    **dict.fromkeys(("Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"), _convolution),
    "Linear": lambda module: LayerDescription("Linear", weights=module.weight.numel()),
    **dict.fromkeys(("GDN", "GDN1"), _divisive_norm),
    "BatchNorm1d": _plain("BN"), "ReLU": _plain("ReLU"), "MaxPool": _plain("max-pool"),
    "LeakyReLU": lambda module: LayerDescription("leaky ReLU", setting=module.negative_slope),
    "Dropout": lambda module: LayerDescription("dropout", setting=module.p),
    "ChannelShuffle": lambda module: LayerDescription("channel shuffle", groups=module.groups),
    **dict.fromkeys(("EntropyBottleneck", "FactorizedDensity"), _plain(DENSITY)),
    "GaussianConditional": _plain("Gaussian conditional"),
}
"""Known layers by the name of their class, so that nothing has to be imported to be read."""
