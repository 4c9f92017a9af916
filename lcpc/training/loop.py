"""The training loop: all members of a curve in one pass, cosine schedule, clipping a member, checkpoints and resume."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from lcpc.config import Training
from lcpc.log import logger, progress
from lcpc.models.draws import Draws
from lcpc.training import checkpoint
from lcpc.training.batches import Step, batches, epoch_generator
from lcpc.training.graphed import Batchwise, Graphed
from lcpc.training.stopping import Stopping, split
from lcpc.training.work import Work

LOG = logger("lcpc.training")


def learning_rate(training: Training, epoch: float) -> float:
    """Learning rate at a moment of training (in epochs): cosine from `learning_rate` down to its final fraction."""
    if training.schedule == "constant":
        return training.learning_rate
    fraction = training.final_rate_fraction
    return training.learning_rate * (fraction + (1 - fraction) * (1 + math.cos(math.pi * epoch / training.epochs)) / 2)


def clip_members(parameters: Sequence[Tensor], members: int, limit: float) -> None:
    """Scale the gradients of each member to a norm of at most `limit`; parameters are [L, ...] or [L * C, ...]."""
    gradients = [p.grad.view(members, -1) for p in parameters if p.grad is not None]
    norm = torch.stack([torch.linalg.vector_norm(g, dim=1) for g in gradients]).square().sum(0).sqrt()
    factor = (limit / (norm + 1e-6)).clamp(max=1.0).unsqueeze(1)
    for gradient in gradients:
        gradient.mul_(factor)


class Averaged:
    """Exponential average of a module's weights, for evaluation; off with decay 0.

    The decay at step t is at most (1 + t) / (10 + t), as in TensorFlow's ExponentialMovingAverage, so that the start is soon
    forgotten: gains fall a hundredfold, and 2 % of what they were would be more than they are.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.clone() for name, value in module.state_dict().items()} if decay else {}

    def update(self, module: nn.Module, step: int) -> None:
        """Move the average towards the weights after step number `step` (from 0)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        pairs = [(self.state[name], value) for name, value in module.state_dict().items()
                 if name in self.state and value.is_floating_point()]
        if pairs:
            average, values = zip(*pairs, strict=True)
            get_ema_multi_avg_fn(decay)(average, values, step)

    def final(self, module: nn.Module) -> dict[str, Tensor]:
        """The weights to evaluate."""
        return self.state or module.state_dict()


def fit(module: nn.Module, step: Step, data: tuple[Tensor, Tensor], points: int, members: int, training: Training,
        seed: int, resume: Path, identity: dict[str, Any], factors: Mapping[str, float] | None = None,
        after: Callable[[], None] | None = None, work: Work | None = None) -> dict[str, Tensor]:
    """Train `module` and return the weights to evaluate: the last ones, or each member's best on clouds held out.

    `step(x, label, generator)` gives the loss [L] and what to report. `resume` is the checkpoint in the middle: it is
    written every few minutes, found again after a kill, and removed at the end. `identity` says what is trained; a
    checkpoint of something else is refused by starting afresh. `factors` multiply the learning rate of the parts of `module`
    that they name. `after` is called behind each epoch, with the weights as they are then in `module`. `work` says the device
    and counts the time; on each device the same random numbers are drawn, so that the result is the same up to the order of
    sums.
    """
    stopping = None
    if training.held_out:
        data, held = split(data, training.held_out)
        stopping = Stopping(held, points, members, training, seed)
    work = work or Work()
    work.begin()
    module.to(work.device)
    groups = _groups(module, factors or {})
    parameters = [p for group in groups for p in group["params"]]
    optimizer = torch.optim.AdamW(groups, training.learning_rate, weight_decay=training.weight_decay, fused=True)
    average = Averaged(module, training.average_decay)
    start = _resume(module, optimizer, average, stopping, resume, identity, work)
    gradients = _gradients(step, members, training, parameters)
    saved = time.monotonic()
    for epoch in progress(range(start, training.epochs), "epochs", training.epochs):
        if stopping and stopping.is_over:
            LOG.info("no lambda got better for %d epochs: stopped before epoch %d", training.patience, epoch + 1)
            break
        report = _epoch(module, gradients, data, points, training, seed, epoch, optimizer, average)
        if stopping:
            report += f"; {stopping.look(module, step, average.final(module))}"
        LOG.info("epoch %d of %d: %s", epoch + 1, training.epochs, report)
        if after:
            after()
        if time.monotonic() - saved > 60 * training.checkpoint_minutes:
            _save(module, optimizer, average, stopping, resume, identity, epoch + 1, work)
            saved = time.monotonic()
    module.cpu()
    work.count()
    return {name: value.cpu() for name, value in (stopping.best if stopping else average.final(module)).items()}


def _groups(module: nn.Module, factors: Mapping[str, float]) -> list[dict[str, Any]]:
    """The trained parameters by the factor of their learning rate, one group a factor."""
    groups: dict[float, list[Tensor]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            groups.setdefault(factors.get(name.partition(".")[0], 1.0), []).append(parameter)
    return [{"params": parameters, "factor": factor} for factor, parameters in groups.items()]


def _gradients(step: Step, members: int, training: Training, parameters: list[Tensor]) -> Batchwise:
    """What a batch on the processor leaves in the parameters' gradients, and reports."""

    def gradients(x: Tensor, label: Tensor, generator: Draws) -> dict[str, Tensor]:
        loss, report = step(x, label, generator)
        loss.sum().backward()
        clip_members(parameters, members, training.clip_norm)
        return {name: value.detach() for name, value in report.items()}

    return Graphed(gradients, parameters) if parameters[0].is_cuda else gradients


def _epoch(module: nn.Module, gradients: Batchwise, data: tuple[Tensor, Tensor], points: int, training: Training, seed: int,
           epoch: int, optimizer: torch.optim.Optimizer, average: Averaged) -> str:
    module.train()
    generator = epoch_generator(seed, epoch)
    steps = math.ceil(len(data[0]) / training.batch)
    seen: dict[str, list[Tensor]] = {}
    for index, (x, label) in enumerate(batches(*data, points, training, generator)):
        for group in optimizer.param_groups:
            group["lr"] = group.get("factor", 1.0) * learning_rate(training, epoch + index / steps)
        optimizer.zero_grad()
        report = gradients(x, label, generator)
        optimizer.step()
        average.update(module, epoch * steps + index)
        for name, value in report.items():
            seen.setdefault(name, []).append(value)
    return "; ".join(f"{name} {_list(torch.stack(values).mean(0))}" for name, values in seen.items())


def _list(values: Tensor) -> str:
    return " ".join(f"{value:.3g}" for value in values.tolist())


def _save(module: nn.Module, optimizer: torch.optim.Optimizer, average: Averaged, stopping: Stopping | None, path: Path,
          identity: dict[str, Any], epoch: int, work: Work) -> None:
    checkpoint.save(path, {"identity": identity, "epoch": epoch, "seconds": work.count(), "module": module.state_dict(),
                           "optimizer": optimizer.state_dict(), "average": average.state,
                           "stopping": stopping.saved() if stopping else {}})


def is_resumable(path: Path, identity: dict[str, Any]) -> bool:
    """Whether a checkpoint in the middle of this very training is there."""
    return path.is_file() and checkpoint.read(path).get("identity") == identity


def _resume(module: nn.Module, optimizer: torch.optim.Optimizer, average: Averaged, stopping: Stopping | None, path: Path,
            identity: dict[str, Any], work: Work) -> int:
    if not path.is_file():
        return 0
    content = checkpoint.read(path)
    if content["identity"] != identity:
        LOG.info("%s belongs to another training; starting afresh", path.name)
        return 0
    checkpoint.restore(module, content["module"], path)
    optimizer.load_state_dict(content["optimizer"])
    average.state = {name: value.to(average.state[name].device) for name, value in content["average"].items()}
    if stopping:
        stopping.restore(content["stopping"])
    work.begin(float(content.get("seconds", 0)))
    LOG.info("going on at epoch %d from %s", content["epoch"] + 1, path.name)
    return int(content["epoch"])
