"""A training step on a CUDA device as one graph: launched whole, where its thousand small kernels
would wait for Python."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from lcpc.fast.random_numbers import RandomSource, ReplayedNumbers

Report: TypeAlias = dict[str, Tensor]
Gradients: TypeAlias = Callable[[Tensor, Tensor, RandomSource], Report]
"""Works out the gradients of a batch x [B, 3, P], label [B]; what to report of it."""
Batchwise: TypeAlias = Callable[[Tensor, Tensor, torch.Generator], Report]
"""The same of a batch that lies on the processor, wherever the network is."""

EAGER_STEPS = 3
"""Steps after which all buffers that a step needs are there."""


class Graphed:
    """`gradients` for batches of one size: some steps as they are, then one recorded and replayed.

    Gradients stay in the memory that the recorded step gave them; a batch of another size goes
    through as it is.
    """

    def __init__(self, gradients: Gradients, parameters: list[Tensor]) -> None:
        self._gradients, self._parameters = gradients, parameters
        self._device = parameters[0].device
        self._graph: torch.cuda.CUDAGraph | None = None
        self._stream = torch.cuda.Stream(self._device)
        self._count = 0
        self._size = 0

    def __call__(self, x: Tensor, label: Tensor, generator: torch.Generator) -> Report:
        """Gradients of a batch on the processor, in `grad` of the parameters; what to report of
        it."""
        if not self._size:
            self._size, self._numbers = len(x), ReplayedNumbers(generator, self._device)
            self._x, self._label = (
                torch.empty_like(value, device=self._device) for value in (x, label)
            )
        if len(x) != self._size:
            self._forget()
            return self._gradients(x.to(self._device), label.to(self._device), generator)
        self._x.copy_(x)
        self._label.copy_(label)
        self._numbers.refill(generator)
        self._count += 1
        if self._count <= EAGER_STEPS:
            return self._eager()
        if self._graph is None:
            self._record()
        assert self._graph is not None
        for parameter, gradient in zip(self._parameters, self._kept, strict=True):
            parameter.grad = gradient
        self._graph.replay()
        return {name: value.clone() for name, value in self._report.items()}

    def _eager(self) -> Report:
        """One step as it is, on the stream that the graph will be recorded on."""
        self._forget()
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            report = self._gradients(self._x, self._label, self._numbers)
        torch.cuda.current_stream(self._device).wait_stream(self._stream)
        return report

    def _record(self) -> None:
        self._forget()
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, stream=self._stream):
            self._report = self._gradients(self._x, self._label, self._numbers)
        self._kept = [parameter.grad for parameter in self._parameters]

    def _forget(self) -> None:
        for parameter in self._parameters:
            parameter.grad = None
