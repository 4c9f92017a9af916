"""Pixels that a position of a tensor sees: exactly by the layers that run, and by their weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.overrides import TorchFunctionMode

from lcpc.motion.lattice import Lattice, LatticeAxis, grid

Tensors = Callable[[torch.Tensor], Mapping[str, torch.Tensor]]
"""From images [B, 3, H, W] to the tensors of the layers by name."""


@dataclass(frozen=True)
class Reach:
    """Pixels to either side on which a position depends, and their middle, from its centre."""

    px: float
    lean_x_px: float
    lean_y_px: float

    def columns(self) -> dict[str, float]:
        """The three as columns of a row."""
        return {"reach_px": self.px, "lean_x_px": self.lean_x_px, "lean_y_px": self.lean_y_px}


WINDOWS = ("conv2d", "max_pool2d", "avg_pool2d")
PROJECTIONS = 4


@dataclass(frozen=True)
class _Field:
    """Both axes (y, x) of a tensor as (stride, low, high)."""

    axes: tuple[tuple[int, int, int], tuple[int, int, int]]

    def windowed(self, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int],
                 dilation: Sequence[int]) -> "_Field":
        """After a window of these shapes (y, x)."""
        windows = zip(self.axes, kernel, stride, padding, dilation, strict=True)
        grown = [(step * s, low - step * p, high + step * (d * (k - 1) - p))
                 for (step, low, high), k, s, p, d in windows]
        return _Field((grown[0], grown[1]))

    def padded(self, before: Sequence[int]) -> "_Field":
        """After padding in front of each axis (y, x)."""
        moved = [(step, low - step * p, high - step * p)
                 for (step, low, high), p in zip(self.axes, before, strict=True)]
        return _Field((moved[0], moved[1]))

    def joined(self, other: "_Field") -> "_Field":
        """Field of a sum or concatenation. Raises ValueError where the strides differ."""
        pairs = list(zip(self.axes, other.axes, strict=True))
        if any(a[0] != b[0] for a, b in pairs):
            raise ValueError("tensors of different strides meet in one operation; "
                             "their receptive field has no one stride")
        union = [(a[0], min(a[1], b[1]), max(a[2], b[2])) for a, b in pairs]
        return _Field((union[0], union[1]))


class _Tracer(TorchFunctionMode):
    """Follows the receptive field through every operation, whatever the network's graph."""

    def __init__(self, images: torch.Tensor) -> None:
        super().__init__()
        self._fields: dict[int, tuple[_Field, torch.Tensor]] = {}
        self._keep(images, _Field(((1, 0, 0), (1, 0, 0))))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        if isinstance(output, torch.Tensor):
            field = self._after(func, args, kwargs or {}, output)
            if field:
                self._keep(output, field)
        return output

    def field(self, tensor: torch.Tensor) -> _Field | None:
        """The field of a tensor that was seen, else None."""
        return self._fields[id(tensor)][0] if id(tensor) in self._fields else None

    def _keep(self, tensor: torch.Tensor, field: _Field) -> None:
        # The tensor is kept as well: a freed one would lend its id to another.
        self._fields[id(tensor)] = (field, tensor)

    def _after(self, func: Any, args: Any, kwargs: Mapping[str, Any],
               output: torch.Tensor) -> _Field | None:
        inputs = [tensor for tensor in _tensors([*args, *kwargs.values()]) if self.field(tensor)]
        if not inputs:
            return None
        field = self.field(inputs[0])
        assert field is not None
        name = getattr(func, "__name__", "").lstrip("_")
        if name in WINDOWS:
            return field.windowed(*_window(name, args, kwargs))
        if name == "pad":
            left_right_top_bottom = [*(args[1] if len(args) > 1 else kwargs["pad"]), 0, 0][:4]
            return field.padded((left_right_top_bottom[2], left_right_top_bottom[0]))
        for other in inputs[1:]:
            field = field.joined(self.field(other) or field)
        if output.shape[2:] != inputs[0].shape[2:]:
            raise ValueError(f"the receptive field of operation {name!r} is not known: it turns "
                             f"{tuple(inputs[0].shape)} into {tuple(output.shape)}")
        return field


def lattices(tensors: Tensors, size_px: int) -> dict[str, Lattice]:
    """Positions of each layer's tensor for square images of `size_px`, traced through the network.

    Raises ValueError for a network with an operation whose field is not known.
    """
    images = torch.zeros(1, 3, size_px, size_px)
    tracer = _Tracer(images)
    with torch.no_grad(), tracer:
        outputs = dict(tensors(images))
    return {name: _lattice(tracer.field(tensor), tensor, size_px, name)
            for name, tensor in outputs.items()}


def effective_reach(tensors: Tensors, images: torch.Tensor, lattices_: Mapping[str, Lattice],
                    share: float, seed: int) -> dict[str, Reach]:
    """Pixels around a middle position of each layer on which it depends.

    The squared derivative of the position's values with respect to every pixel is averaged over
    the images [B, 3, H, W]; the reach is that of the smallest square around the position with
    `share` of it, and never more than the receptive field. Receptive fields of deep layers are
    wider than the image, but their weights look at the middle (Luo et al., NeurIPS 2016).
    """
    generator = torch.Generator().manual_seed(seed)
    energy: dict[str, torch.Tensor] = {}
    for image in images:
        pixels = image[None].clone().requires_grad_(True)
        for name, tensor in tensors(pixels).items():
            of_image = _energy(tensor, pixels, lattices_[name], generator)
            energy[name] = energy[name] + of_image if name in energy else of_image
    return {name: _reach(total.numpy().astype(np.float64), lattices_[name], share)
            for name, total in energy.items()}


def _energy(tensor: torch.Tensor, pixels: torch.Tensor, lattice: Lattice,
            generator: torch.Generator) -> torch.Tensor:
    column, row = _middle(lattice)
    values, total = tensor[0, :, row, column], torch.zeros(pixels.shape[2:])
    for _ in range(PROJECTIONS):
        weight = torch.randn(len(values), generator=generator)
        gradient, = torch.autograd.grad(values @ weight, pixels, retain_graph=True)
        total += gradient[0].square().sum(dim=0)
    return total


def _reach(energy: NDArray[np.float64], lattice: Lattice, share: float) -> Reach:
    centre = lattice.to_pixels(np.array(_middle(lattice), dtype=np.float64))
    away = grid(energy.shape[1], energy.shape[0]) - centre
    radii, ring_of = np.unique(np.abs(away).max(axis=-1), return_inverse=True)
    within = np.cumsum(np.bincount(ring_of.ravel(), weights=energy.ravel()))
    radius = float(radii[np.searchsorted(within, share * within[-1])])
    lean = (away * energy[..., None]).sum(axis=(0, 1)) / within[-1]
    return Reach(min(radius, lattice.reach_px), float(lean[0]), float(lean[1]))


def _middle(lattice: Lattice) -> tuple[int, int]:
    """The position (x, y) nearest to the centre of the image."""
    x, y = lattice.centre
    return _nearest(x, lattice.x), _nearest(y, lattice.y)


def _nearest(centre: float, axis: LatticeAxis) -> int:
    position = round((centre - axis.offset) / axis.stride)
    return min(max(position, 0), axis.count - 1)


def _lattice(field: _Field | None, tensor: torch.Tensor, size_px: int, name: str) -> Lattice:
    if field is None:
        raise ValueError(f"layer {name!r} does not follow from the image")
    axis = LatticeAxis(0, size_px, 1, 0, 0)
    y, x = (replace(axis, count=count, stride=stride, low=low, high=high)
            for count, (stride, low, high) in zip(tensor.shape[2:], field.axes, strict=True))
    return Lattice(x, y)


def _window(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[int], ...]:
    names = {"conv2d": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
             "max_pool2d": ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode"),
             "avg_pool2d": ("input", "kernel_size", "stride", "padding")}[name]
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    kernel = _pair(given["weight"].shape[2:] if name == "conv2d" else given["kernel_size"])
    stride = given.get("stride") or (1 if name == "conv2d" else kernel)
    dilation = 1 if name == "avg_pool2d" else given.get("dilation", 1)
    return kernel, _pair(stride), _pair(given.get("padding", 0)), _pair(dilation)


def _pair(value: Any) -> tuple[int, int]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return (int(values[0]), int(values[-1]))


def _tensors(values: Sequence[Any]) -> list[torch.Tensor]:
    flat: list[Any] = []
    for value in values:
        flat += value if isinstance(value, list | tuple) else [value]
    return [item for item in flat if isinstance(item, torch.Tensor)]
