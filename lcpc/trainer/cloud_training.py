"""Trains stacked networks on point clouds: epochs of batches, clipping, averaged weights, held-out
clouds."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lcpc.config import Training
from lcpc.data.base import PointClouds
from lcpc.errors import ConfigError
from lcpc.fast.graphs import Inputs, RecordedStep
from lcpc.fast.random_numbers import DrawnNumbers, GivenNumbers, RandomSource, drawn
from lcpc.results.provenance import value_digest
from lcpc.trainer.batches import batches
from lcpc.trainer.held_out import Data, HeldOut, Loss, split
from lcpc.trainer.loop import (
    Report,
    Task,
    WeightAverage,
    cosine_rate,
    fit,
    follow_rate,
    mean_report,
    parameter_groups,
    round_generator,
    set_learning_rate,
)
from lcpc.trainer.settings import lasting


@dataclass(kw_only=True)
class CloudTraining:
    """A stacked network of L lambdas, its loss, and the clouds that it learns from.

    On each device the same random numbers are drawn, so that the result is the same up to the
    order of sums.
    """

    network: nn.Module
    loss: Loss
    clouds: PointClouds
    points: int
    networks: int
    training: Training
    seed: int
    resume: Path
    identity: Mapping[str, Any]
    factors: Mapping[str, float] = field(default_factory=dict)
    """Factors on the learning rate of the children of `network` that they name."""
    device: str = "cpu"
    after_epoch: Callable[[], None] = lambda: None
    """Called with the weights of that epoch in `network`."""

    def fit(self, seconds: float = 0.0) -> float:
        """Train and leave the weights to evaluate in `network`: the last ones, or each lambda's
        best on held-out clouds.

        Returns seconds of work, `seconds` of earlier stages included.
        """
        self._prepare()
        held_out = self._held_out
        parts: dict[str, Any] = {"average": self._average}
        if held_out:
            parts["held_out"] = held_out
        seconds = fit(Task(
            module=self.network, optimizer=self._optimizer, run_round=self._epoch,
            rounds=self.training.epochs, identity=self.identity, resume=self.resume, parts=parts,
            save_minutes=self.training.checkpoint_minutes, after_round=self.after_epoch,
            is_over=held_out.is_over if held_out else lambda: False,
        ), seconds)
        self.network.cpu()
        best = held_out.best if held_out else {}
        self.network.load_state_dict(best or self._average.weights(self.network))
        return seconds

    def _prepare(self) -> None:
        training = self.training
        self._data, self._held_out = tensors(self.clouds), None
        if training.held_out:
            self._data, held_out = split(self._data, training.held_out)
            self._held_out = HeldOut(held_out, self.points, self.networks, training, self.seed)
        self.network.to(self.device)
        groups = parameter_groups(self.network, self.factors)
        self._parameters = [p for group in groups for p in group["params"]]
        self._optimizer = torch.optim.AdamW(
            groups, training.learning_rate, weight_decay=training.weight_decay, fused=True)
        self._average = WeightAverage(self.network, training.average_decay)
        self._recorded = RecordedStep(self._device_step, torch.device(self.device))
        self._shapes: dict[int, list[tuple[int, ...]]] = {}

    def is_recorded(self) -> bool:
        """Whether steps are recorded as graphs: on a CUDA device."""
        return torch.device(self.device).type != "cpu"

    def _gradients(self, x: Tensor, label: Tensor, source: RandomSource) -> dict[str, Tensor]:
        """Gradients of a batch, in `grad` of the parameters; values to report."""
        self._optimizer.zero_grad()
        loss, report = self.loss(x, label, source)
        loss.sum().backward()
        clip_each(self._parameters, self.networks, self.training.clip_norm)
        return {name: value.detach() for name, value in report.items()}

    def _epoch(self, epoch: int) -> Report:
        self.network.train()
        generator = round_generator(self.seed, epoch)
        steps = math.ceil(len(self._data[0]) / self.training.batch)
        reports = []
        drawn_batches = batches(*self._data, self.points, self.training, generator)
        for index, (x, label) in enumerate(drawn_batches):
            rate = learning_rate(self.training, epoch + index / steps)
            number = epoch * steps + index
            if self.is_recorded():
                self._step_on_device(x, label, generator, rate, number)
                continue
            set_learning_rate(self._optimizer, rate)
            reports.append(self._gradients(x, label, generator))
            self._optimizer.step()
            self._average.update(self.network, number)
        report = self._recorded.means() if self.is_recorded() else mean_report(reports)
        if self._held_out:
            weights = self._average.weights(self.network)
            report["held-out loss"] = self._held_out.compare(self.network, self.loss, weights)
        return report

    def _step_on_device(self, x: Tensor, label: Tensor, generator: torch.Generator, rate: float,
                        number: int) -> None:
        """Step `number`, counted from 0, of a batch on the processor. The first one of each size
        shows how many random numbers a step needs."""
        decay = self._average.decay_at(number)
        inputs = {"x": x, "label": label, "rate": torch.tensor(rate), "decay": torch.tensor(decay)}
        if len(x) in self._shapes:
            inputs["numbers"] = drawn(self._shapes[len(x)], generator)
        else:
            self._numbers = DrawnNumbers(generator, torch.device(self.device))
        self._recorded(inputs)
        self._shapes.setdefault(len(x), self._numbers.shapes)

    def _device_step(self, inputs: Inputs) -> dict[str, Tensor]:
        """All of a step on the device: gradients, weights and their averages."""
        source = GivenNumbers(inputs["numbers"]) if "numbers" in inputs else self._numbers
        follow_rate(self._optimizer, inputs["rate"])
        report = self._gradients(inputs["x"], inputs["label"], source)
        self._optimizer.step()
        self._average.move(self.network, inputs["decay"])
        return report


def learning_rate(training: Training, epoch: float) -> float:
    """Learning rate at a moment of training, in epochs."""
    if training.schedule == "constant":
        return training.learning_rate
    return cosine_rate(
        training.learning_rate, epoch / training.epochs, training.final_rate_fraction
    )


def clip_each(parameters: Sequence[Tensor], networks: int, limit: float) -> None:
    """Scale the gradients of each network to a norm of at most `limit`; parameters are [L, ...] or
    [L C, ...]. Those that all networks share, [1, ...], count as one more network."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    shared = [g.view(1, -1) for g in gradients if is_shared(g, networks)]
    if shared:
        _clip([g.view(networks, -1) for g in gradients if not is_shared(g, networks)], limit)
        _clip(shared, limit)
    else:
        _clip([g.view(networks, -1) for g in gradients], limit)


def is_shared(value: Tensor, networks: int) -> bool:
    """Whether a parameter, or its gradient, belongs to all of L networks: [1, ...]."""
    return networks > 1 and len(value) == 1


def _clip(gradients: Sequence[Tensor], limit: float) -> None:
    """Scale gradients [L, n] in place, each row of all of them together."""
    norms = torch.stack([torch.linalg.vector_norm(gradient, dim=1) for gradient in gradients])
    norm = norms.square().sum(0).sqrt()
    factor = (limit / (norm + 1e-6)).clamp(max=1.0).unsqueeze(1)
    for gradient in gradients:
        gradient.mul_(factor)


def tensors(clouds: PointClouds) -> Data:
    """points [n, M, 3] and label [n] of a split."""
    return torch.from_numpy(clouds.points), torch.from_numpy(clouds.label)


def description(kind: str, points: int, lambdas: Sequence[float], training: Training, seed: int,
                clouds: PointClouds) -> dict[str, Any]:
    """What a checkpoint says of its training, beside its networks."""
    settings = lasting(training)
    return {
        "kind": kind, "points": points, "lambdas": list(lambdas), "seed": seed,
        "training": settings, "training_digest": value_digest(settings),
        "dataset": clouds.name, "dataset_digest": clouds.digest, "classes": len(clouds.classes),
    }


def check_points(points: int, clouds: PointClouds) -> None:
    """Raises ConfigError where the clouds hold fewer than P points."""
    stored = clouds.points.shape[1]
    if points > stored:
        raise ConfigError(
            f"P={points}, but the clouds of {clouds.name} hold {stored} points; "
            f"ask for at most {stored}"
        )
