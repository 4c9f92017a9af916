"""`lcpc evaluate`: rows of one curve, one classifier or one input codec at one P, from the weights on disk."""

import argparse
from pathlib import Path
from typing import Any

from lcpc import config
from lcpc.audit.files import read_json
from lcpc.cli import _images, _latent_motion, _looking, _paths
from lcpc.cli._point_rows import Job, job_of, pointnet, proposed
from lcpc.results import fingerprint, provenance, store

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
    threads = max(1, args.threads)
    torch.set_num_threads(threads)
    name = f"proposed_{args.size}_P{args.points}" if args.what == "proposed" else f"pointnet_P{args.points}"
    job = job_of(root, settings, name, args.points, threads)
    more: dict[str, Any] = {}
    if args.what == "proposed":
        frames, kind = proposed(job, args.size), "rate_accuracy"
    elif args.what == "pointnet":
        frames, kind = pointnet(job), "classifier"
    else:
        from lcpc.cli._input_codecs import measure

        frames, more = measure(job, args.what)
        kind, name = "rate_accuracy", f"{args.what}_P{args.points}"
    rows, samples = frames
    target = _paths.rows(root, args.run, kind, name)
    store.write_rows(target, kind, rows, _provenance(job, watch, more), samples)
    return 0


def _training(job: Job) -> dict[str, Any]:
    """What the training of the job's weights took, if that is told beside them, and of these very weights."""
    told = _paths.effort(job.weights)
    if not (job.weights.is_file() and told.is_file()):
        return {}
    content = read_json(told, job.root)
    return {"training": content} if content.pop("weights", "") == provenance.file_digest(job.weights) else {}


def _provenance(job: Job, watch: provenance.Stopwatch, more: dict[str, Any]) -> dict[str, Any]:
    inputs = [job.weights] if job.weights.is_file() else []
    digests = {"train": job.content()["dataset_digest"]} if inputs else {}
    digests["test"] = job.clouds.digest
    more = {**_training(job), **more}
    return provenance.provenance(
        job.root, config.plain(job.settings), fingerprint.fingerprint("lcpc.cli.evaluate"), inputs, watch,
        run=job.settings.run, seed=job.settings.seed, dataset=job.clouds.name, dataset_digests=digests, **more)
