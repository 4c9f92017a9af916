"""Random numbers of a training step: drawn on the processor whatever the device, so that a curve
trains alike on each."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor


class ReplayedNumbers:
    """Numbers drawn before the step, into the same memory each time: a CUDA graph that is replayed
    reads them there."""

    def __init__(self, generator: torch.Generator, device: torch.device) -> None:
        self._generator, self._device = generator, device
        self._buffers: list[Tensor] = []
        self._next = 0

    def refill(self, generator: torch.Generator) -> None:
        """Draw what the first step asked for anew, in its order; to be called before each step."""
        self._generator, self._next = generator, 0
        for buffer in self._buffers:
            buffer.copy_(torch.rand(buffer.shape, generator=generator))

    def uniform(self, shape: Sequence[int]) -> Tensor:
        """The next numbers of the step; the first step draws them here."""
        if self._next == len(self._buffers):
            drawn = torch.rand(shape, generator=self._generator)
            self._buffers.append(drawn.to(self._device))
        self._next += 1
        return self._buffers[self._next - 1]


RandomSource: TypeAlias = torch.Generator | ReplayedNumbers


def uniform(shape: Sequence[int], source: RandomSource, device: torch.device) -> Tensor:
    """Numbers from 0 to 1 on `device`."""
    if isinstance(source, ReplayedNumbers):
        return source.uniform(shape)
    return torch.rand(shape, generator=source).to(device)
