"""A training step on a CUDA device as one graph: launched whole, where its thousand small kernels
would wait for Python.

    step = RecordedStep(take_step, device)      # forward, backward, optimiser, averages: all of it
    step({"x": x, "label": label, ...})         # tensors on the processor
    report = step.means()                       # waits for all steps, and starts anew

Several trainings run side by side in threads of one process: each has its own stream, so that a
device works on the small kernels of all of them at once.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

Inputs: TypeAlias = Mapping[str, Tensor]
StepValues: TypeAlias = dict[str, Tensor]

EAGER_STEPS = 3
"""Steps after which all buffers that a step needs are there."""
ALONE = threading.RLock()
"""Held where kernels are launched one by one or recorded: other threads may only replay then."""


class RecordedStep:
    """`step(inputs)` trains one batch and returns values to report, without asking the device.

    On a CUDA device the first steps of each shape of inputs run as they are; then one is recorded
    and replayed. On a processor each step runs as it is. `generators` of the device that the step
    draws from go on from one replay to the next.
    """

    def __init__(
        self,
        step: Callable[[Inputs], StepValues],
        device: torch.device,
        generators: Sequence[torch.Generator] = (),
    ) -> None:
        self._step, self._device, self._generators = step, device, generators
        self._records: dict[tuple[object, ...], Record] = {}
        self._sums: StepValues = {}
        self._count = 0
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None

    def __call__(self, inputs: Inputs) -> None:
        """Take one step with inputs that lie on the processor."""
        self._count += 1
        if self._stream is None:
            self._counted(inputs)
            return
        shapes = tuple((name, value.shape, value.dtype) for name, value in inputs.items())
        if shapes not in self._records:
            self._records[shapes] = Record(inputs, self._device)
        record = self._records[shapes]
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            record.fill(inputs)
            record.count += 1
            if record.count <= EAGER_STEPS:
                with ALONE:
                    self._counted(record.inputs)
                return
            if record.graph is None:
                record.graph = self._recorded(record)
            record.graph.replay()

    def means(self) -> StepValues:
        """Means of what the steps since the last call reported, on the processor; all steps are
        done then."""
        if self._stream is not None:
            self._stream.synchronize()
        count, self._count = max(1, self._count), 0
        means = {name: value.cpu() / count for name, value in self._sums.items()}
        for value in self._sums.values():
            value.zero_()
        return means

    def _counted(self, inputs: Inputs) -> None:
        report = self._step(inputs)
        with torch.no_grad():
            for name, value in report.items():
                if name not in self._sums:
                    self._sums[name] = torch.zeros_like(value)
                self._sums[name] += value

    def _recorded(self, record: "Record") -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        for generator in self._generators:
            graph.register_generator_state(generator)
        with ALONE, torch.cuda.graph(
            graph, stream=self._stream, capture_error_mode="thread_local"
        ):
            self._counted(record.inputs)
        return graph


class Record:
    """Inputs of one shape in memory of the device that stays where it is, and the graph that reads
    them there."""

    def __init__(self, inputs: Inputs, device: torch.device) -> None:
        self.inputs = {
            name: torch.empty_like(value, device=device) for name, value in inputs.items()
        }
        self.graph: torch.cuda.CUDAGraph | None = None
        self.count = 0

    def fill(self, inputs: Inputs) -> None:
        """Copy inputs to the device, without waiting for it."""
        for name, value in inputs.items():
            self.inputs[name].copy_(value.pin_memory(), non_blocking=True)
