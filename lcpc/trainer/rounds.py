"""Trainings whose step is recorded on a CUDA device: rounds of many steps, which no processor
waits for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lcpc.fast.graphs import Inputs, RecordedStep
from lcpc.trainer.loop import Report

BLOCK = 100
"""Steps of a round; a state in the middle is that of the end of a round."""


@dataclass(frozen=True)
class Rounds:
    """The `count` rounds of a `Task`: `run(number)` takes `steps` steps, the last round those that
    remain."""

    optimizer: torch.optim.Optimizer
    run: Callable[[int], Report]
    count: int
    steps: int = 1

    def task(self, unit: str, report_steps: int) -> dict[str, Any]:
        """Arguments of the `Task` that trains in these rounds, by name."""
        return {"optimizer": self.optimizer, "run_round": self.run, "rounds": self.count,
                "unit": unit if self.steps == 1 else f"{self.steps} {unit}s",
                "report_rounds": max(1, report_steps // self.steps)}


def recorded_rounds(recorded: RecordedStep, inputs: Callable[[int, int], Iterator[Inputs]],
                    optimizer: torch.optim.Optimizer, steps: int) -> Rounds:
    """Rounds of `BLOCK` steps.

    inputs: what the steps from a first to before a last one take; random numbers follow from the
    first one.
    """
    def run(number: int) -> Report:
        """The steps of one round; the means of what they report."""
        first = number * BLOCK
        for values in inputs(first, min(first + BLOCK, steps)):
            recorded(values)
        return recorded.means()

    return Rounds(optimizer, run, -(-steps // BLOCK), BLOCK)


def adam(parameters: Iterable[Any], betas: tuple[float, float],
         device: torch.device) -> torch.optim.Adam:
    """Adam that can be recorded; `set_recorded_rate` gives it its rate in every step."""
    is_recorded = device.type == "cuda"
    return torch.optim.Adam(parameters, betas=betas, fused=True, capturable=is_recorded)


def set_recorded_rate(optimizer: torch.optim.Optimizer, rate: Tensor) -> None:
    """Set the rate of each group of `parameter_groups`, `rate` times its factor, on the device."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("factor", 1.0)
