"""Watches a network run once and notes each layer that a value passes: what it is, its widths, the shapes before and behind."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lcpc.models.bottleneck import StackedBottleneck

Sizes = tuple[int, ...]
FUNCTIONS: Mapping[str, str] = {"relu": "ReLU", "softmax": "softmax", "log_softmax": "softmax", "detach": "detach",
                                "unflatten": "reshape", "ge": "dropout"}
"""Layers that are no modules, by the function that gives them away; `ge` stands in `rand >= rate`."""
DENSITY = "entropy bottleneck"
MADE_OF_LAYERS = frozenset({"PointEncoder"})
"""Modules in which every layer is a module; other functions there are only how it is computed."""


@dataclass(frozen=True)
class Layer:
    """One layer; shapes before and behind it are without batch and members, and what a kind does not have is empty or 0."""

    kind: str
    before: Sizes = ()
    behind: Sizes = ()
    kernel: Sizes = ()
    stride: int = 0
    groups: int = 0
    weights: int = 0
    setting: float | None = None
    """Rate of a dropout, constant factor of a gain, slope of a leaky ReLU below zero."""


@dataclass(frozen=True)
class Step:
    """A layer, and the dotted name of the module or parameter that it is."""

    path: str
    layer: Layer


class Watch(TorchFunctionMode):
    """Notes the steps of what runs inside `with Watch(...) as watch:`; the first `lead` axes of a value are no shape.

    Modules give themselves away by hooks, the other layers by functions that are called outside of any layer. `named`
    are tensors that are layers where they meet another value, each with its step.
    Raises TypeError at a module that is neither made of others nor known here, so that no layer is left out unseen.
    """

    def __init__(self, network: nn.Module, lead: int, named: Iterable[tuple[Tensor, Step]] = ()) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.network, self.lead = network, lead
        self._named = {id(tensor): (tensor, step) for tensor, step in named}
        self._open: list[tuple[str, nn.Module]] = []
        self._hooks: list[Any] = []

    def __enter__(self) -> "Watch":
        for path, module in self.network.named_modules():
            self._hooks.append(module.register_forward_pre_hook(self._entering(path)))
            self._hooks.append(module.register_forward_hook(self._leaving(path)))
        super().__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        super().__exit__(*exception)
        for hook in self._hooks:
            hook.remove()

    def _entering(self, path: str) -> Callable[..., None]:
        return lambda module, inputs: self._open.append((path, module))

    def _leaving(self, path: str) -> Callable[..., None]:
        def leaving(module: nn.Module, inputs: Any, output: Any) -> None:
            if is_layer(module) and not any(is_layer(outer) for _, outer in self._open[:-1]):
                value = output[0] if isinstance(output, tuple) else output  # entropy models give likelihoods beside it
                density = isinstance(module, StackedBottleneck)  # its channels stand in a row, whatever the value's shape
                layers = [self._alike(DENSITY)] if density else read(module, inputs[0], value, self.lead)
                self.steps += [Step(path, layer) for layer in layers]
            self._open.pop()

        return leaving

    def _shape(self, value: Tensor) -> Sizes:
        return tuple(value.shape[self.lead:])

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        """Call the function, and note what it gives away."""
        value = function(*arguments, **(keywords or {}))
        if not any(is_layer(module) or type(module).__name__ in MADE_OF_LAYERS for _, module in self._open):
            self._note_named(arguments, value)
            if (name := getattr(function, "__name__", "").strip("_")) in FUNCTIONS:
                self._note_function(FUNCTIONS[name], arguments, value)
        return value

    def _note_named(self, arguments: tuple[Any, ...], value: Any) -> None:
        """Follow named tensors, and what is worked out from them alone, to where they meet another value."""
        tensors = [one for one in arguments if isinstance(one, Tensor)]
        for one in tensors:
            if (held := self._named.get(id(one))) is None:
                continue
            factors = [other for other in arguments if isinstance(other, float)]
            step = replace(held[1], layer=replace(held[1].layer, setting=factors[0])) if factors else held[1]
            if len(tensors) == 1:
                self._named[id(value)] = value, step
            else:
                shape = step.layer.behind or self._alike("").behind
                self.steps.append(replace(step, layer=replace(step.layer, before=shape, behind=shape)))

    def _note_function(self, kind: str, arguments: tuple[Any, ...], value: Tensor) -> None:
        if kind == "dropout":
            layer = replace(self._alike(kind), setting=float(arguments[1]))
        elif kind == "softmax":
            layer = self._alike(kind)
        else:
            layer = Layer(kind, self._shape(arguments[0]), self._shape(value))
        self.steps.append(Step(self._open[-1][0] if self._open else "", layer))

    def _alike(self, kind: str) -> Layer:
        shape = self.steps[-1].layer.behind if self.steps else ()
        return Layer(kind, shape, shape)


def is_layer(module: nn.Module) -> bool:
    """Whether a module is noted as it is, whatever it is made of."""
    return type(module).__name__ in READERS or not any(module.children())


def read(module: nn.Module, value: Tensor, output: Tensor, lead: int) -> list[Layer]:
    """The layers that a module is, from what went in and came out. Raises TypeError for a module that is not known here."""
    name = type(module).__name__
    if name not in READERS:
        raise TypeError(f"{name} is no layer that can be read; add it to READERS in {__name__}")
    if name in ("Block", "PooledBlock"):
        return _block(module, value, output)
    return [replace(READERS[name](module), before=tuple(value.shape[lead:]), behind=tuple(output.shape[lead:]))]


def _plain(kind: str) -> "Reader":
    return lambda module: Layer(kind)


def _convolution(module: Any) -> Layer:
    return Layer(type(module).__name__, kernel=tuple(module.kernel_size), stride=module.stride[0], groups=module.groups,
                 weights=module.weight.numel())


def _linear(module: Any) -> Layer:
    members = module.weight.shape[0] if module.weight.dim() == 3 else 1
    return Layer("Linear", weights=module.weight.numel() // members)


def _normalisation(module: Any) -> Layer:
    return Layer("IGDN" if module.inverse else "GDN", weights=module.gamma.numel())


def _leaky(module: Any) -> Layer:
    return Layer("leaky ReLU", setting=module.negative_slope)


def _shuffle(module: Any) -> Layer:
    return Layer("channel shuffle", groups=module.groups)


def _block(module: Any, value: Tensor, output: Tensor) -> list[Layer]:
    """A pointwise block taken apart; what comes out says whether there is a ReLU, and a pool over the points.

    Blocks have the channels before the clouds, [., C, B, P], so widths come from the weights and P from the value.
    """
    conv, points = module.conv, value.shape[-1]
    before, wide = (conv.c_in, points), (conv.c_out, points)
    shuffle = [Layer("channel shuffle", before, before, groups=module.shuffle)] if module.shuffle > 1 else []
    weights = conv.weight.numel() // conv.weight.shape[0]
    relu = [Layer("ReLU", wide, wide)] if float(output.min()) >= 0 else []
    pool = [Layer("max-pool", wide, (conv.c_out,))] if output.dim() < value.dim() else []
    return [*shuffle, Layer("Conv1d", before, wide, (1,), 1, conv.groups, weights), Layer("BN", wide, wide), *relu, *pool]


Reader = Callable[[Any], Layer]
READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"), _convolution),
    **dict.fromkeys(("Linear", "StackedLinear"), _linear), **dict.fromkeys(("GDN", "GDN1"), _normalisation),
    **dict.fromkeys(("Block", "PooledBlock"), _plain("block")),
    "StackedNorm": _plain("BN"), "ReLU": _plain("ReLU"), "LeakyReLU": _leaky, "ChannelShuffle": _shuffle,
    **dict.fromkeys(("EntropyBottleneck", "StackedBottleneck"), _plain(DENSITY)),
    "GaussianConditional": _plain("Gaussian conditional"),
}
"""Known layers by the name of their class, so that nothing has to be imported to be read."""
