"""Trains the networks of one curve: all lambdas of one size and P, stacked on a lambda axis.

    warm start, or the weights of another P ─► few channels, or used ones only ─► all lambdas
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from lcpc import fast
from lcpc.codecs.point_clouds.proposed import frequency_tables_of
from lcpc.config import Curve
from lcpc.data.base import PointClouds
from lcpc.fast.channels import channels_in_use, freeze_unused, limit_active, prune, restore_pruned
from lcpc.fast.mixed import StackedMixedPointCodec
from lcpc.fast.networks import StackedPointCodec
from lcpc.fast.random_numbers import RandomSource
from lcpc.models.point_codec import PointCodec
from lcpc.results.provenance import value_digest
from lcpc.trainer.batches import augment
from lcpc.trainer.cloud_training import CloudTraining, check_points, description
from lcpc.trainer.held_out import Loss
from lcpc.trainer.loop import is_resumable
from lcpc.trainer.losses import cross_entropy, rate_distortion, top1_percent

RANKING_CLOUDS = 512
"""Training clouds that show which channels a codec uses."""
STAGES = ("warm_epochs", "start_points", "latent_rate_factor", "active_channels", "prune_latents")
"""Settings of a curve that say how its training begins."""


@dataclass(frozen=True)
class StartWeights:
    """The networks of another curve that a curve starts from, and the digest of their file."""

    models: Sequence[Any]
    digest: str


@dataclass
class CurveTraining:
    """One curve: from initial networks, or those of `start`, to trained ones. `resume` holds the
    state in the middle."""

    curve: Curve
    size: str
    points: int
    clouds: PointClouds
    seed: int
    resume: Path
    device: str = "cpu"
    start: StartWeights | None = None
    seeds: Sequence[int] = (1,)
    """Networks of all lambdas for each of them, one seed after the other. They differ in their
    initial weights and see the same batches."""
    seconds: float = 0.0
    kind: ClassVar[str] = "proposed"

    def run(self) -> dict[str, Any]:
        """Train, and return the content of the checkpoint."""
        check_points(self.points, self.clouds)
        models, channels = self.initial_models()
        if channels is None:
            models = self._trained(fast.stack(models), self._identity())
        else:
            models = self._trained_pruned(models, channels)
        content = self._identity() | self.coding_content(models)
        self._warm_path().unlink(missing_ok=True)
        return content

    def coding_content(self, models: list[Any]) -> dict[str, Any]:
        """Trained networks as a checkpoint holds them, with what codes their streams."""
        trained = fast.stack(models)
        trained.entropy_bottleneck.solve_medians()
        models = trained.unstack()
        states = [model.state_dict() for model in models]
        return {"models": states, "tables": list(map(frequency_tables_of, models))}

    def initial_models(self) -> tuple[list[PointCodec], Tensor | None]:
        """Networks of all lambdas before training, and which channels [L, N] they use if the
        others are pruned."""
        models = list(self.start.models) if self.start else self._for_lambdas(self.networks())
        if not self.curve.prune_latents:
            return models, None
        x, _ = self.example_clouds()
        return models, channels_in_use(fast.stack(models), x)

    def networks(self) -> list[Any]:
        """A network before training for each seed."""
        return [self.network((self.seed + number) % 2**31) for number in range(len(self.seeds))]

    def network(self, seed: int) -> Any:
        """A network before training."""
        return PointCodec(self.size, len(self.clouds.classes), self.curve.head_norm, seed=seed)

    def _for_lambdas(self, models: list[PointCodec]) -> list[PointCodec]:
        """Each seed's network at all lambdas."""
        return [model for model in models for _ in self.curve.lambdas]

    def example_clouds(self) -> tuple[Tensor, torch.Generator]:
        """Training clouds [n, 3, P] that show which channels are used, and the generator that drew
        them."""
        generator = torch.Generator().manual_seed(self.seed)
        chosen = torch.randperm(len(self.clouds), generator=generator)[:RANKING_CLOUDS]
        points = torch.from_numpy(self.clouds.points)[chosen]
        return augment(points, self.points, self.curve.training, generator), generator

    def _trained_pruned(self, models: list[PointCodec], in_use: Tensor) -> list[PointCodec]:
        """Train the used channels only, and put them back among the others."""
        parts, channels = prune(models, in_use)
        codec = fast.stack(parts)
        freeze_unused(codec)
        identity = self._identity() | {"channels": value_digest(channels.tolist())}
        restore_pruned(models, self._trained(codec, identity), channels)
        return models

    def _trained(self, codec: StackedPointCodec, identity: dict[str, Any]) -> list[PointCodec]:
        """Train all lambdas on from the weights in `codec`, or from the state in the middle."""
        curve = self.curve
        if not is_resumable(self.resume, identity):
            if curve.warm_epochs:
                codec = self._warm_start()
            if curve.active_channels:
                self._limit_active(codec)
        lambdas = tuple(curve.lambdas) * len(self.seeds)
        self._fit(codec, lambdas, curve, self.seed, self.resume, identity)
        return codec.unstack()

    def _warm_start(self) -> StackedPointCodec:
        """All lambdas from one network a seed, trained at the largest: an epoch of one costs a
        fraction of one of all."""
        lambdas = (max(self.curve.lambdas),) * len(self.seeds)
        training = self.curve.training.model_copy(update={"epochs": self.curve.warm_epochs})
        curve = self.curve.model_copy(update={"training": training})
        identity = self._identity() | {"kind": "warm start", "warm_epochs": curve.warm_epochs}
        codec = fast.stack(self.networks())
        self._fit(codec, lambdas, curve, self.seed + 1, self._warm_path(), identity)
        return fast.stack(self._for_lambdas(codec.unstack()))

    def _warm_path(self) -> Path:
        return self.resume.with_stem(f"{self.resume.stem}_warm")

    def _limit_active(self, codec: StackedPointCodec) -> None:
        """Start each lambda with `active_channels` x sqrt(lambda) active channels."""
        x, generator = self.example_clouds()
        factor = self.curve.active_channels
        counts = [math.ceil(factor * math.sqrt(lambda_)) for lambda_ in self.curve.lambdas]
        limit_active(codec, x, counts * len(self.seeds), generator)

    def _fit(self, codec: StackedPointCodec, lambdas: Sequence[float], curve: Curve, seed: int,
             resume: Path, identity: dict[str, Any]) -> None:
        latent_parts = ("gain", "gain_decoder", "entropy_bottleneck")
        self.seconds = CloudTraining(
            network=codec, loss=self.loss_of(codec, lambdas), clouds=self.clouds,
            points=self.points, networks=len(lambdas), training=curve.training, seed=seed,
            resume=resume, identity=identity, device=self.device,
            factors=dict.fromkeys(latent_parts, curve.latent_rate_factor),
        ).fit(self.seconds)

    def loss_of(self, codec: Any, lambdas: Sequence[float]) -> Loss:
        """What a step minimises."""
        return curve_loss(codec, lambdas)

    def _identity(self) -> dict[str, Any]:
        stages = {name: getattr(self.curve, name) for name in STAGES}
        start = {"start": self.start.digest} if self.start else {}
        about = description(
            self.kind, self.points, self.curve.lambdas, self.curve.training, self.seed, self.clouds
        )
        return {**about, "size": self.size, "head_norm": self.curve.head_norm,
                "seeds": list(self.seeds), **stages, **start}


def curve_loss(
    codec: StackedPointCodec | StackedMixedPointCodec,
    lambdas: Sequence[float],
    smoothing: float = 0.0,
    per_lambda: bool = False,
) -> Loss:
    """L = R + lambda D of all lambdas of a curve, [L]; bits and top-1 accuracy to report.

    smoothing: of the labels in D. per_lambda: L / lambda = D + R / lambda, where networks share
    weights, so that none outweighs the others.
    """
    weights_by_device: dict[torch.device, Tensor] = {}

    def loss(x: Tensor, label: Tensor, source: RandomSource) -> tuple[Tensor, dict[str, Tensor]]:
        """Clouds x [B, 3, P], label [B] to L [L] and values to report."""
        logits, rate_bits = codec(x, source)
        if logits.device not in weights_by_device:
            weights_by_device[logits.device] = torch.tensor(lambdas, device=logits.device)
        weight = weights_by_device[logits.device]
        value = rate_distortion(rate_bits, cross_entropy(logits, label, smoothing), weight)
        if per_lambda:
            value = value / weight
        return value, {"bits": rate_bits.mean(1), "top-1 %": top1_percent(logits, label)}

    return loss
