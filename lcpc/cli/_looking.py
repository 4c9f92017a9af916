"""`lcpc evaluate` for what is looked at beside the curves: layers, critical points, reconstructions, latency."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lcpc import config
from lcpc.cli import _paths
from lcpc.errors import ConfigError, MissingData
from lcpc.results import fingerprint, provenance, store

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

    from lcpc.cli._point_rows import Job
    from lcpc.codecs.point_clouds.proposed import TrainedCurve

CRITICAL_CLOUDS = 200
"""Clouds whose critical points are counted, spread evenly over the test split."""


@dataclass
class Found:
    """What a measurement gives: rows, per-sample rows, arrays of a picture, and more for the provenance."""

    rows: "pandas.DataFrame"
    samples: "pandas.DataFrame | None" = None
    picture: "dict[str, NDArray[Any]]" = field(default_factory=dict)
    inputs: list[Path] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


def run(args: argparse.Namespace) -> int:
    """Measure and write rows, per-sample rows, a picture where there is one, and provenance."""
    import torch

    watch, root = provenance.Stopwatch(), Path(args.root)
    settings = config.load(root, args.run)
    torch.set_num_threads(max(1, args.threads))
    found = MEASURES[args.what](args, root, settings)
    code = fingerprint.fingerprint("lcpc.cli._looking")
    what = provenance.provenance(root, config.plain(settings), code, found.inputs, watch,
                                 run=settings.run, seed=settings.seed, **found.more)
    name = NAMED.get(args.what, f"{args.size}_P{args.points}")
    kind = args.what.replace("-", "_")
    target = _paths.rows(root, settings.run, kind, name)
    if found.picture:
        from lcpc.data.store import npz_bytes

        store.write_whole(target.with_suffix(".npz"), npz_bytes(found.picture))
    store.write_rows(target, kind, found.rows, what, found.samples)
    return 0


def _complexity(args: argparse.Namespace, root: Path, settings: config.Config) -> Found:
    from lcpc.experiments.complexity import counted

    trained = {size for curve in settings.proposed for size in curve.sizes}
    if not trained:
        raise ConfigError(f"run {settings.run} trains no proposed codec to count; see proposed: sizes")
    rows = counted(tuple(size for size in config.SIZES if size in trained))
    return Found(rows.assign(run=settings.run, codec="proposed", evidence="measured", status="done", note=""))


def _architecture(args: argparse.Namespace, root: Path, settings: config.Config) -> Found:
    from lcpc.experiments import architecture

    return Found(architecture.of_run(settings).assign(run=settings.run, evidence="measured", status="done", note=""))


def _critical_points(args: argparse.Namespace, root: Path, settings: config.Config) -> Found:
    from lcpc.experiments import critical_points

    job, curve = _curve(args, root, settings)
    samples = critical_points.evaluate(curve, job.clouds, min(CRITICAL_CLOUDS, len(job.clouds)))
    example = critical_points.example(curve, job.clouds)
    rows = critical_points.summarise(samples).merge(example.rows, on="lambda")
    rows = rows.assign(example=example.name, example_class=example.class_name)
    picture = {"lambdas": example.rows["lambda"].to_numpy(float), "cloud": example.cloud, "critical": example.critical}
    return _found(args, job, rows, samples, picture)


def _reconstruction(args: argparse.Namespace, root: Path, settings: config.Config) -> Found:
    from lcpc.experiments import reconstruction
    from lcpc.training import checkpoint

    if settings.reconstruction is None:
        raise ConfigError(f"run {settings.run} reconstructs nothing; add `reconstruction:` to config/{settings.run}.yaml")
    job, curve = _curve(args, root, settings)
    decoders = _paths.weights(root, settings.run, f"reconstruction_{args.size}_P{args.points}")
    if not decoders.is_file():
        raise MissingData(f"{decoders} is not there; train it first: lcpc train reconstruction --run {settings.run} "
                          f"--size {args.size} --points {args.points}")
    look = reconstruction.look_of(checkpoint.read(decoders), curve, provenance.file_digest(job.weights), str(decoders))
    samples = reconstruction.evaluate(look, job.clouds, min(settings.reconstruction.test_clouds, len(job.clouds)))
    told, picture = reconstruction.example(look, job.clouds)
    found = _found(args, job, reconstruction.summarise(samples).merge(told, on="lambda"), samples, picture)
    found.inputs.append(decoders)
    return found


def _latency(args: argparse.Namespace, root: Path, settings: config.Config) -> Found:
    from lcpc.experiments import latency

    if settings.latency is None:
        raise ConfigError(f"run {settings.run} measures no latency; add `latency:` to config/{settings.run}.yaml")
    job, curve = _curve(args, root, settings)
    samples = latency.evaluate(curve, job.clouds, settings.latency)
    chosen = settings.latency
    rows = latency.summarise(samples).assign(
        threads=max(1, args.threads), input_codec=chosen.input_codec, server_speedup=chosen.server_speedup,
        input_setting=f"S={chosen.input_scale}" if chosen.input_codec == "draco" else "float32 coordinates")
    found = _found(args, job, rows, samples, {})
    found.more["warm_up_clouds"] = latency.WARM_UP
    return found


def _curve(args: argparse.Namespace, root: Path, settings: config.Config) -> "tuple[Job, TrainedCurve]":
    from lcpc.cli._point_rows import job_of
    from lcpc.codecs.point_clouds.proposed import TrainedCurve

    job = job_of(root, settings, f"proposed_{args.size}_P{args.points}", args.points)
    return job, TrainedCurve.of(job.content(), str(job.weights))


def _found(args: argparse.Namespace, job: "Job", rows: "pandas.DataFrame", samples: "pandas.DataFrame",
           picture: "dict[str, NDArray[Any]]") -> Found:
    digests = {"train": job.content()["dataset_digest"], "test": job.clouds.digest}
    more = {"dataset": job.clouds.name, "dataset_digests": digests}
    return Found(rows.assign(**job.row(codec="proposed", size=args.size)), samples, picture, [job.weights], more)


Measure: TypeAlias = Callable[[argparse.Namespace, Path, config.Config], Found]
MEASURES: dict[str, Measure] = {"complexity": _complexity, "architecture": _architecture, "critical-points": _critical_points,
                                "reconstruction": _reconstruction, "latency": _latency}
NAMES = tuple(MEASURES)
NAMED = {"complexity": "point_codec", "architecture": "networks"}
"""Files of what is no matter of a size and P."""
