"""`lcpc evaluate`: rows of one curve, one classifier or one input codec at one P, from the weights on disk."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc import config
from lcpc.cli import _images, _latent_motion, _looking, _paths
from lcpc.errors import ConfigError, MissingData
from lcpc.results import fingerprint, provenance, store

if TYPE_CHECKING:
    import pandas

    from lcpc.data.base import PointClouds

HELP = "measure one curve, one classifier, or one input codec at one P"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    more = ", ".join((_latent_motion.NAME, *_looking.NAMES, *_images.NAMES))
    parser.add_argument("what", help=f"proposed, pointnet, an input codec (draco, draco-best, tmc13), or {more}")
    parser.add_argument("--run", default="demo", help="the run that says how (default: demo)")
    parser.add_argument("--size", choices=config.SIZES, default="micro", help="size of the proposed codec")
    parser.add_argument("--points", type=int, default=0, help="P, points of the input cloud")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use (default: 1)")
    _latent_motion.arguments(parser)
    _images.arguments(parser)


@dataclass(frozen=True)
class Job:
    """What one evaluation needs: the run, its test clouds, P, and the weights."""

    root: Path
    settings: config.Config
    clouds: "PointClouds"
    points: int
    weights: Path

    def content(self) -> dict[str, Any]:
        """Content of the weights. Raises MissingData with the command that trains them."""
        from lcpc.training import checkpoint

        if not self.weights.is_file():
            raise MissingData(f"{self.weights} is not there; train it first: snakemake --cores 2 {self.weights}")
        content = checkpoint.read(self.weights)
        if content["dataset"] != self.clouds.name or content["points"] != self.points:
            raise ConfigError(f"{self.weights} was trained on {content['dataset']} at P={content['points']}, but "
                              f"{self.clouds.name} at P={self.points} is asked; delete it and train again")
        return content

    def row(self, **values: Any) -> dict[str, Any]:
        """What all rows of the job share, and what they differ in."""
        return {"run": self.settings.run, "dataset": self.clouds.name, "points": self.points,
                "seed": self.settings.seed, "evidence": "measured", "status": "done", "note": "", **values}


def job_of(root: Path, settings: config.Config, name: str, points: int) -> Job:
    """The job that measures the weights `name` at P on the run's test clouds. Raises ConfigError where P is missing."""
    from lcpc.data import point_clouds

    if points < 1:
        raise ConfigError("--points is missing: say P, the points of the input cloud, such as --points 1024")
    return Job(root, settings, point_clouds.load(settings, root, "test"), points, _paths.weights(root, settings.run, name))


def run(args: argparse.Namespace) -> int:
    """Evaluate and write rows, per-sample rows and provenance."""
    import torch

    if args.what == _latent_motion.NAME:
        return _latent_motion.run(args)
    if args.what in _looking.NAMES:
        return _looking.run(args)
    if args.what in _images.NAMES:
        return _images.run(args)
    watch = provenance.Stopwatch()
    root = Path(args.root)
    settings = config.load(root, args.run)
    torch.set_num_threads(max(1, args.threads))
    name = f"proposed_{args.size}_P{args.points}" if args.what == "proposed" else f"pointnet_P{args.points}"
    job = job_of(root, settings, name, args.points)
    more: dict[str, Any] = {}
    if args.what == "proposed":
        frames, kind = _proposed(job, args.size), "rate_accuracy"
    elif args.what == "pointnet":
        frames, kind = _pointnet(job), "classifier"
    else:
        from lcpc.cli._input_codecs import measure

        frames, more = measure(job, args.what)
        kind, name = "rate_accuracy", f"{args.what}_P{args.points}"
    rows, samples = frames
    target = _paths.rows(root, args.run, kind, name)
    store.write_rows(target, kind, rows, _provenance(job, watch, more), samples)
    return 0


def _proposed(job: Job, size: str) -> "tuple[pandas.DataFrame, pandas.DataFrame]":
    from lcpc.codecs.point import TrainedCurve
    from lcpc.evaluation.rate_accuracy import evaluate, summarise

    curve = TrainedCurve.of(job.content(), str(job.weights))
    samples = evaluate(curve, job.clouds)
    rows = summarise(samples, "lambda").assign(**job.row(codec="proposed", size=size, scale=None, setting=""))
    return rows, samples


def _pointnet(job: Job) -> "tuple[pandas.DataFrame, pandas.DataFrame]":
    import pandas

    from lcpc.evaluation.classification import classifier_of, predict

    network = classifier_of(job.content(), str(job.weights))
    predicted = predict(network, list(job.clouds.first(job.points)))
    samples = pandas.DataFrame({"sample": job.clouds.samples, "label": job.clouds.label, "predicted": predicted})
    top1 = 100 * float((predicted == job.clouds.label).mean())
    return pandas.DataFrame([job.row(model="pointnet", samples=len(samples), top1_percent=top1)]), samples


def _provenance(job: Job, watch: provenance.Stopwatch, more: dict[str, Any]) -> dict[str, Any]:
    inputs = [job.weights] if job.weights.is_file() else []
    digests = {"train": job.content()["dataset_digest"]} if inputs else {}
    digests["test"] = job.clouds.digest
    return provenance.provenance(
        job.root, config.plain(job.settings), fingerprint.fingerprint("lcpc.cli.evaluate"), inputs, watch,
        run=job.settings.run, seed=job.settings.seed, dataset=job.clouds.name, dataset_digests=digests, **more)
