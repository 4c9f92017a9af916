"""The one training loop: rounds, a state that survives a kill, learning rates, averaged weights.

A round is whatever its training counts: an epoch of point clouds, one step of an image codec.

    def run_round(number: int) -> dict[str, Tensor]:
        set_learning_rate(optimizer, cosine_rate(1e-3, number / steps))
        loss = ...                                  # random numbers that follow from `number`
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        return {"loss": loss.detach()}

    seconds = fit(Task(network, optimizer, run_round, steps, identity, resume, unit="step"))
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from lcpc import checkpoints
from lcpc.errors import DataError, TrainingError, refusing
from lcpc.log import logger, progress

LOG = logger("lcpc.training")

Report: TypeAlias = Mapping[str, Tensor]
"""Values to log, by name; means are taken over the rounds of one line."""


class Stateful(Protocol):
    """A part of a training that goes on after a kill, such as averaged weights."""

    def state_dict(self) -> dict[str, Any]:
        """State as plain values and tensors."""

    def load_state_dict(self, state: dict[str, Any], /) -> object:
        """Go on from a state."""


def in_words(report: Report) -> str:
    """`{"bits": tensor([12.3, 40.1])}` -> `bits 12.3 40.1`."""
    numbers = {name: value.flatten().tolist() for name, value in report.items()}
    return "; ".join(f"{name} {_numbers(values)}" for name, values in numbers.items())


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.3g}" for value in values)


@dataclass(kw_only=True)
class Task:
    """One training: the network, what a round does, and where its state is kept.

    The network lies where it trains; whoever makes the task moves it there, and back.
    """

    module: nn.Module
    optimizer: torch.optim.Optimizer
    run_round: Callable[[int], Report]
    """Trains round number i, counted from 0. Its random numbers must follow from i alone."""
    rounds: int
    identity: Mapping[str, Any]
    """Plain values that say what is trained; a state of anything else is not taken over."""
    resume: Path
    """The state in the middle. It stays after `fit`: delete it when the weights are written."""
    unit: str = "epoch"
    parts: Mapping[str, Stateful] = field(default_factory=dict)
    """Further state to keep, by name."""
    report_rounds: int = 1
    """Rounds that one line of the log reports."""
    describe: Callable[[Report], str] = in_words
    save_minutes: float = 2.0
    """A killed training loses at most this much work."""
    saves_end: bool = False
    """Write the state after the last round too, for a training with further stages."""
    is_over: Callable[[], bool] = lambda: False
    """Whether to stop before the next round."""
    after_round: Callable[[], None] = lambda: None


def fit(task: Task, seconds: float = 0.0) -> float:
    """Train all rounds that are left and return the seconds that it took, a killed process
    included.

    `seconds` is what earlier stages took. Time between a kill and the next start does not count.
    """
    clock = Clock(seconds)
    begin = _resumed(task, clock)
    reports: list[Report] = []
    rounds = range(begin, task.rounds)
    for number in progress(rounds, f"{task.unit}s", len(rounds)):
        if task.is_over():
            LOG.info("stopped before %s %d: no lambda got better", task.unit, number + 1)
            break
        reports.append(task.run_round(number))
        done = number + 1
        is_last = done == task.rounds
        is_saved = (is_last and task.saves_end) or clock.minutes_unsaved() > task.save_minutes
        if is_saved or is_last:
            _refuse_divergence(task, done, reports[-1])
        if done % task.report_rounds == 0:
            mean = mean_report(reports)
            _refuse_divergence(task, done, mean)
            words = task.describe(mean)
            LOG.info("%s %d of %d: %s", task.unit, done, task.rounds, words)
            reports.clear()
        task.after_round()
        if is_saved:
            _save(task, done, clock)
    return clock.seconds()


def mean_report(reports: Sequence[Report]) -> dict[str, Tensor]:
    """Mean of each value over some reports with the same names."""
    means = {}
    for name in reports[0]:
        means[name] = torch.stack([report[name] for report in reports]).mean(0)
    return means


def _refuse_divergence(task: Task, done: int, report: Report) -> None:
    """Raise TrainingError where a reported value is no finite number: no later step mends it."""
    broken = [name for name, value in report.items() if not value.isfinite().all()]
    if broken:
        names = " and ".join(broken)
        raise TrainingError(
            f"the training diverged: {names} is no finite number at {task.unit} {done} of "
            f"{task.rounds}. Lower its learning rate in the run's config and train again; no state "
            "of it is kept")


def is_resumable(path: Path, identity: Mapping[str, Any]) -> bool:
    """Whether `path` holds the state of the training that `identity` names."""
    return path.is_file() and checkpoints.read(path).get("identity") == identity


def _save(task: Task, done: int, clock: "Clock") -> None:
    parts = {name: part.state_dict() for name, part in task.parts.items()}
    checkpoints.save(task.resume, {
        "identity": dict(task.identity), "round": done, "seconds": clock.seconds(),
        "module": task.module.state_dict(), "optimizer": task.optimizer.state_dict(),
        "parts": parts,
    })
    clock.saved()


def _resumed(task: Task, clock: "Clock") -> int:
    """Take over the state in the middle, if there is one; the number of the next round."""
    if not task.resume.is_file():
        return 0
    content = checkpoints.read(task.resume)
    if content.get("identity") != task.identity:
        LOG.info("%s belongs to another training; starting afresh", task.resume.name)
        return 0
    with refusing(DataError, task.resume, "holds no state of this training", "delete it"):
        checkpoints.restore(task.module, content["module"], task.resume)
        task.optimizer.load_state_dict(content["optimizer"])
        for name, part in task.parts.items():
            part.load_state_dict(content["parts"][name])
        clock.restart(float(content["seconds"]))
        begin = int(content["round"])
    LOG.info("going on at %s %d from %s", task.unit, begin + 1, task.resume.name)
    return begin


class Clock:
    """Seconds of work, those of earlier processes included, and how long nothing was saved."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.restart(seconds)
        self.saved()

    def restart(self, seconds: float) -> None:
        """Count on from `seconds`."""
        self._before = seconds
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Seconds of work in all."""
        return self._before + time.perf_counter() - self._start

    def saved(self) -> None:
        """The state was saved just now."""
        self._saved = time.monotonic()

    def minutes_unsaved(self) -> float:
        """Minutes since the state was saved, or since the start."""
        return (time.monotonic() - self._saved) / 60


def round_generator(seed: int, number: int) -> torch.Generator:
    """Random numbers of one round, an epoch or a step: they follow from its number, so that a
    resumed training draws the same ones."""
    return torch.Generator().manual_seed(seed * 1_000_003 + number)


def cosine_rate(first: float, share: float, final_fraction: float = 0.01) -> float:
    """Learning rate on a cosine from `first` to its `final_fraction`; `share` of training is
    over."""
    height = (1 + math.cos(math.pi * share)) / 2
    return first * (final_fraction + (1 - final_fraction) * height)


def rising_rate(settings: Mapping[str, Any], step: int) -> float:
    """Learning rate of a step, counted from 0: a cosine, after a linear rise where settings name
    `warm_up_steps`."""
    share, fraction = step / settings["steps"], settings["final_rate_fraction"]
    rise = min(1, (step + 1) / settings.get("warm_up_steps", 1))
    return cosine_rate(settings["learning_rate"], share, fraction) * rise


def parameter_groups(module: nn.Module, factors: Mapping[str, float]) -> list[dict[str, Any]]:
    """Trained parameters by the factor of their learning rate, one group a factor.

    `factors` names children of `module`; all other parameters have factor 1.
    """
    groups: dict[float, list[Tensor]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            factor = factors.get(name.partition(".")[0], 1.0)
            groups.setdefault(factor, []).append(parameter)
    return [{"params": parameters, "factor": factor} for factor, parameters in groups.items()]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the rate of each group of `parameter_groups`: `rate` times its factor."""
    for group in optimizer.param_groups:
        group["lr"] = group.get("factor", 1.0) * rate


@torch.no_grad()
def follow_rate(optimizer: torch.optim.Optimizer, rate: Tensor) -> None:
    """The same for a rate that lies on the device of the weights, as a recorded step needs it."""
    for group in optimizer.param_groups:
        if not isinstance(group["lr"], Tensor) or group["lr"].device != rate.device:
            group["lr"], group["capturable"] = torch.zeros_like(rate), True
        group["lr"].copy_(rate * group.get("factor", 1.0))


class WeightAverage:
    """Exponential moving average of a module's weights, for evaluation; off with decay 0.

    The decay at step t is at most (1 + t) / (10 + t), as in TensorFlow's ExponentialMovingAverage:
    gains fall a hundredfold in training, so that 2 % of their start would be too much.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        state = module.state_dict() if decay else {}
        self.average = {name: value.clone() for name, value in state.items()}

    def decay_at(self, step: int) -> float:
        """Decay at step number `step`, counted from 0."""
        return min(self.decay, (1 + step) / (10 + step))

    def update(self, module: nn.Module, step: int) -> None:
        """Move the average towards the weights after step number `step`, counted from 0."""
        average, weights = self._pairs(module)
        if weights:
            get_ema_multi_avg_fn(self.decay_at(step))(average, weights, step)

    @torch.no_grad()
    def move(self, module: nn.Module, decay: Tensor) -> None:
        """The same for a decay that lies on the device, as a recorded step needs it."""
        average, weights = self._pairs(module)
        if weights:
            torch._foreach_mul_(average, decay)
            torch._foreach_add_(average, torch._foreach_mul(weights, 1 - decay))

    def _pairs(self, module: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
        weights = {name: value for name, value in module.state_dict().items()
                   if name in self.average and value.is_floating_point()}
        return [self.average[name] for name in weights], list(weights.values())

    def weights(self, module: nn.Module) -> dict[str, Tensor]:
        """The weights to evaluate: the average, or the module's own without one."""
        return self.average or module.state_dict()

    def state_dict(self) -> dict[str, Any]:
        """The averaged weights."""
        return self.average

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from an average, on the device of the present one."""
        for name, value in state.items():
            self.average[name].copy_(value)
