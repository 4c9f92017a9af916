"""Random numbers of a training step: drawn on the processor whatever the device, so that a curve trains alike on each."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor


class Drawn:
    """Numbers that are drawn before the step, into the same memory each time: a step that is replayed finds them there."""

    def __init__(self, generator: torch.Generator, device: torch.device) -> None:
        self._generator, self._device = generator, device
        self._rooms: list[Tensor] = []
        self._next = 0

    def draw(self, generator: torch.Generator) -> None:
        """Draw anew, in the order of the first step, what that one asked for; to be called before each step."""
        self._generator, self._next = generator, 0
        for room in self._rooms:
            room.copy_(torch.rand(room.shape, generator=generator))

    def uniform(self, shape: Sequence[int]) -> Tensor:
        """The next numbers of the step; the first step draws them here."""
        if self._next == len(self._rooms):
            self._rooms.append(torch.rand(shape, generator=self._generator).to(self._device))
        self._next += 1
        return self._rooms[self._next - 1]


Draws: TypeAlias = torch.Generator | Drawn
"""What a step draws from."""


def uniform(shape: Sequence[int], draws: Draws, device: torch.device) -> Tensor:
    """Numbers from 0 to 1 on `device`."""
    return draws.uniform(shape) if isinstance(draws, Drawn) else torch.rand(shape, generator=draws).to(device)
