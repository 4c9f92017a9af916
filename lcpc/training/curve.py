"""Trains the codecs of one curve (all lambdas of one size and P) in one job, and the PointNet that judges input codecs."""

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lcpc.codecs.point_clouds.proposed import frequency_arrays
from lcpc.config import Config, Curve, Training, plain
from lcpc.data.base import PointClouds
from lcpc.data.seeds import seed_of
from lcpc.errors import ConfigError, DataError, MissingData
from lcpc.models.draws import Draws
from lcpc.models.members import at_work, let_sleep, part_of, put_back, start_from
from lcpc.models.point_codec import PointClassifier, PointCodec, Shape
from lcpc.results.provenance import file_digest, value_digest
from lcpc.training import checkpoint
from lcpc.training.batches import augment
from lcpc.training.loop import Step, fit, is_resumable
from lcpc.training.losses import cross_entropy, rate_distortion
from lcpc.training.work import Work

RANKING_CLOUDS = 512
"""Clouds that say which latents carry most."""


def tensors(clouds: PointClouds) -> tuple[Tensor, Tensor]:
    """points [n, M, 3] and label [n] of a split, resident in memory."""
    return torch.from_numpy(clouds.points), torch.from_numpy(clouds.label)


def hits_percent(logits: Tensor, label: Tensor) -> Tensor:
    """Top-1 accuracy of a batch, %: logits [L, B, K] -> [L]."""
    return (logits.argmax(-1) == label).float().mean(1) * 100


def train_proposed(config: Config, size: str, points: int, clouds: PointClouds, target: Path, resume: Path,
                   start: Path = Path(), work: Work | None = None) -> None:
    """Train one curve and write its weights, with the integer tables that code its streams.

    A curve with `start_points` goes on from the weights `start` of the curve at that P: g_a and g_s are the same networks at
    every P, so what more points bring is learned on top.
    """
    work = work or Work()
    curve = config.curve(size, points)
    _check_points(points, clouds)
    seed = seed_of(config.seed, "proposed", size, points) % 2**31
    whole = codec = PointCodec(Shape(size, len(curve.lambdas), curve.head_norm, seed))
    warm = resume.with_stem(f"{resume.stem}_warm")
    identity = _identity("proposed", asdict(codec.shape), points, curve.lambdas, curve.training, clouds)
    identity |= _chosen(curve, "warm_epochs", "start_points", "latent_rate_factor", "active_channels", "prune_latents")
    if curve.start_points:
        identity["start"] = _start(codec, curve, start)
    if curve.prune_latents:
        codec, number = _pruned(whole, curve, points, clouds)
        identity["latents"] = value_digest(number.tolist())
    if not is_resumable(resume, identity):
        if curve.warm_epochs:
            _warm_start(codec, curve, points, clouds, warm, work)
        if curve.active_channels:
            _let_sleep(codec, curve, points, clouds)
    state = fit(codec, curve_step(codec, curve.lambdas), tensors(clouds), points, len(curve.lambdas), curve.training, seed,
                resume, identity, _factors(curve), work=work)
    if curve.prune_latents:
        put_back(whole, state, number)
    else:
        whole.load_state_dict(state)
    whole.eval()
    whole.settle()
    checkpoint.save(target, {**identity, "state": whole.state_dict(), "tables": frequency_arrays(whole)})
    for path in (resume, warm):
        path.unlink(missing_ok=True)


def curve_step(codec: PointCodec, lambdas: Sequence[float]) -> Step:
    """A step of all lambdas of a curve: its loss [L], and bits and top-1 accuracy to report."""
    weights = torch.tensor(lambdas)

    def step(x: Tensor, label: Tensor, generator: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        nonlocal weights
        logits, rate_bits = codec(x, generator)
        weights = weights.to(logits.device)
        loss = rate_distortion(rate_bits, cross_entropy(logits, label), weights)
        return loss, {"bits": rate_bits.mean(1), "top-1 %": hits_percent(logits, label)}

    return step


def _start(codec: PointCodec, curve: Curve, start: Path) -> str:
    """Give each member the weights that it has in another curve; the digest of their file."""
    if not start.is_file():
        raise MissingData(f"{start} is not there, and a curve starts from it; train it first: lcpc train proposed --run "
                          f"{start.parent.name} --size {codec.shape.size} --points {curve.start_points}")
    content = checkpoint.read(start)
    if tuple(content.get("lambdas", ())) != tuple(curve.lambdas):
        raise DataError(f"{start} holds other lambdas than the curve that starts from it; delete it and train again")
    checkpoint.restore(codec, content.get("state"), start)
    return file_digest(start)


def _pruned(codec: PointCodec, curve: Curve, points: int, clouds: PointClouds) -> tuple[PointCodec, Tensor]:
    """What `prune_latents` leaves of a network that has its starting weights, and the numbers of those latents."""
    x, _ = clouds_to_look_at(codec, curve, points, clouds)
    return part_of(codec, at_work(codec, x))


def latents_of(curve: Curve, size: str, points: int, clouds: PointClouds, start: Path) -> int:
    """How many latents a curve trains that goes on from the weights `start`; 0 is all that its size has."""
    if not curve.prune_latents:
        return 0
    codec = PointCodec(Shape(size, len(curve.lambdas), curve.head_norm))
    _start(codec, curve, start)
    return _pruned(codec, curve, points, clouds)[0].latent


def _warm_start(codec: PointCodec, curve: Curve, points: int, clouds: PointClouds, resume: Path, work: Work) -> None:
    """Start all members from one network trained at the largest lambda: an epoch of one costs a fraction of one of all."""
    single = PointCodec(replace(codec.shape, members=1))
    lambdas, seed = (max(curve.lambdas),), codec.shape.seed + 1
    training = curve.training.model_copy(update={"epochs": curve.warm_epochs})
    identity = _identity("warm start", asdict(single.shape), points, lambdas, training, clouds)
    identity |= _chosen(curve, "latent_rate_factor")
    single.load_state_dict(fit(single, curve_step(single, lambdas), tensors(clouds), points, 1, training, seed, resume,
                               identity, _factors(curve), work=work))
    start_from(codec, single)


def _let_sleep(codec: PointCodec, curve: Curve, points: int, clouds: PointClouds) -> None:
    """Start each member with few latents at work, as `active_channels` says."""
    x, generator = clouds_to_look_at(codec, curve, points, clouds)
    let_sleep(codec, x, [math.ceil(curve.active_channels * math.sqrt(value)) for value in curve.lambdas], generator)


def clouds_to_look_at(codec: PointCodec, curve: Curve, points: int, clouds: PointClouds) -> tuple[Tensor, torch.Generator]:
    """Training clouds [n, 3, P] that show which latents are used, and the generator that drew them."""
    generator = torch.Generator().manual_seed(codec.shape.seed)
    chosen = torch.randperm(len(clouds), generator=generator)[:RANKING_CLOUDS]
    return augment(torch.from_numpy(clouds.points)[chosen], points, curve.training, generator), generator


def _factors(curve: Curve) -> dict[str, float]:
    """Of the learning rate, for the parts of `PointCodec` that set the rate of the latents."""
    return dict.fromkeys(("gain", "gain_decoder", "bottleneck"), curve.latent_rate_factor)


def _chosen(curve: Curve, *names: str) -> dict[str, Any]:
    """Those of the settings `names` that are not at their defaults."""
    default = Curve()
    return {name: getattr(curve, name) for name in names if getattr(curve, name) != getattr(default, name)}


def train_classifier(config: Config, points: int, clouds: PointClouds, target: Path, resume: Path,
                     work: Work | None = None) -> None:
    """Train the PointNet of one P on uncompressed clouds and write its weights."""
    if config.input_compression is None or points not in config.input_compression.points:
        raise ConfigError(f"run {config.run} measures no input compression at P={points}; see input_compression: points")
    _check_points(points, clouds)
    training = config.input_compression.classifier
    seed = seed_of(config.seed, "pointnet", points) % 2**31
    network = PointClassifier(seed)

    def step(x: Tensor, label: Tensor, generator: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        logits = network(x, generator)
        loss = cross_entropy(logits, label)
        return loss, {"nats": loss, "top-1 %": hits_percent(logits, label)}

    identity = _identity("pointnet", {"seed": seed}, points, (), training, clouds)
    state = fit(network, step, tensors(clouds), points, 1, training, seed, resume, identity, work=work)
    checkpoint.save(target, {**identity, "state": state})
    resume.unlink(missing_ok=True)


def _identity(kind: str, shape: dict[str, Any], points: int, lambdas: tuple[float, ...], training: Training,
              clouds: PointClouds) -> dict[str, Any]:
    settings = {key: value for key, value in plain(training).items() if key != "checkpoint_minutes"}
    return {"kind": kind, "shape": shape, "points": points, "lambdas": list(lambdas),
            "training": settings, "training_digest": value_digest(settings),
            "dataset": clouds.name, "dataset_digest": clouds.digest}


def _check_points(points: int, clouds: PointClouds) -> None:
    stored = clouds.points.shape[1]
    if points > stored:
        raise ConfigError(f"P={points}, but the clouds of {clouds.name} hold {stored} points; ask for at most {stored}")
