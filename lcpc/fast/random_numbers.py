"""Random numbers of a training step: drawn on the processor whatever the device, so that a curve
trains alike on each."""

import math
from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor


class DrawnNumbers:
    """Draws what a step asks for and remembers the shapes, so that the numbers of steps to come can
    be drawn before."""

    def __init__(self, generator: torch.Generator, device: torch.device) -> None:
        self._generator, self._device = generator, device
        self.shapes: list[tuple[int, ...]] = []

    def uniform(self, shape: Sequence[int]) -> Tensor:
        """The next numbers of the step."""
        self.shapes.append(tuple(shape))
        return torch.rand(shape, generator=self._generator).to(self._device)


class GivenNumbers:
    """The numbers of a step from one flat tensor on the device, in the order of its asking."""

    def __init__(self, numbers: Tensor) -> None:
        self._numbers, self._next = numbers, 0

    def uniform(self, shape: Sequence[int]) -> Tensor:
        """The next numbers of the step."""
        begin, self._next = self._next, self._next + math.prod(shape)
        return self._numbers[begin:self._next].view(tuple(shape))


RandomSource: TypeAlias = torch.Generator | DrawnNumbers | GivenNumbers


def drawn(shapes: Sequence[Sequence[int]], generator: torch.Generator) -> Tensor:
    """Numbers of these shapes, drawn one after the other, as one flat tensor."""
    numbers = torch.empty(sum(math.prod(shape) for shape in shapes))
    begin = 0
    for shape in shapes:
        end = begin + math.prod(shape)
        torch.rand(tuple(shape), generator=generator, out=numbers[begin:end].view(tuple(shape)))
        begin = end
    return numbers


def uniform(shape: Sequence[int], source: RandomSource, device: torch.device) -> Tensor:
    """Numbers from 0 to 1 on `device`."""
    if isinstance(source, torch.Generator):
        return torch.rand(shape, generator=source).to(device)
    return source.uniform(shape)
