"""`lcpc train`: the codecs of one curve, what judges or shows them, the models of image codecs; goes on where it was killed."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config
from lcpc.cli import _paths, _train_images
from lcpc.errors import ConfigError, MissingData

if TYPE_CHECKING:
    from lcpc.codecs.point_clouds.proposed import TrainedCurve
    from lcpc.training.work import Work

HELP = ("train the codecs of one curve, the PointNet of one P, the decoders that show what a trained curve keeps, or, for "
        "images, the base and its distribution model")
IMAGES = ("image-base", "distribution")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("what", choices=("proposed", "pointnet", "reconstruction", *IMAGES),
                        help="the proposed codec, the judge of input codecs, decoders for looking at a trained codec; "
                             "the base of image codecs, or the model of its encoding distributions")
    parser.add_argument("--run", default="demo", help="the run that says how (default: demo)")
    parser.add_argument("--size", choices=config.SIZES, default="micro", help="size of the proposed codec")
    parser.add_argument("--points", type=int, help="P, points of the input cloud")
    parser.add_argument("--quality", type=int, default=0, help="quality of the images' base (default: the run's first)")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use (default: 1)")
    parser.add_argument("--device", default=os.environ.get("LCPC_DEVICE") or "cpu",
                        help="where curves and PointNets train, in torch's words, e.g. cuda (default: $LCPC_DEVICE, else cpu); "
                             "all else trains on the processor")


def run(args: argparse.Namespace) -> int:
    """Train and write the weights whole."""
    if args.what in IMAGES:
        return _train_images.run(args)
    if args.points is None:
        raise ConfigError(f"lcpc train {args.what} needs --points, the P of the input cloud")
    return _train_clouds(args)


def _train_clouds(args: argparse.Namespace) -> int:
    import torch

    from lcpc.data import point_clouds
    from lcpc.training.curve import train_classifier, train_proposed
    from lcpc.training.memory import keep_freed_memory
    from lcpc.training.reconstruction import train_reconstruction
    from lcpc.training.work import Work, device_of

    root = Path(args.root)
    settings = config.load(root, args.run)
    if args.what == "proposed":
        settings.curve(args.size, args.points)
    work = Work() if args.what == "reconstruction" else Work(device_of(args.device))
    torch.set_num_threads(max(1, args.threads))
    keep_freed_memory()
    clouds = point_clouds.load(settings, root, "train")
    name = f"pointnet_P{args.points}" if args.what == "pointnet" else f"{args.what}_{args.size}_P{args.points}"
    target, resume = _paths.weights(root, args.run, name), _paths.resume(root, args.run, name)
    if args.what == "proposed":
        before = settings.curve(args.size, args.points).start_points
        start = _paths.weights(root, args.run, f"proposed_{args.size}_P{before}")
        train_proposed(settings, args.size, args.points, clouds, target, resume, start, work)
    elif args.what == "reconstruction":
        train_reconstruction(settings, args.size, *_trained(root, settings, args.size, args.points), clouds, target, resume,
                             work)
    else:
        train_classifier(settings, args.points, clouds, target, resume, work)
    _tell(work, target)
    return 0


def _tell(work: "Work", weights: Path) -> None:
    """Write beside the weights what their training took, and on which machine, for the provenance of their rows."""
    import torch

    from lcpc.results.provenance import file_digest, machine
    from lcpc.results.store import write_json
    from lcpc.training.work import name_of

    write_json(_paths.effort(weights), {"weights": file_digest(weights), "seconds": round(work.seconds, 3),
                                        "threads": torch.get_num_threads(), "device": name_of(work.device),
                                        "machine": machine()})


def _trained(root: Path, settings: config.Config, size: str, points: int) -> "tuple[TrainedCurve, str]":
    from lcpc.codecs.point_clouds.proposed import TrainedCurve
    from lcpc.results.provenance import file_digest
    from lcpc.training import checkpoint

    path = _paths.weights(root, settings.run, f"proposed_{size}_P{points}")
    if not path.is_file():
        raise MissingData(f"{path} is not there; train it first: lcpc train proposed --run {settings.run} --size {size} "
                          f"--points {points}")
    return TrainedCurve.of(checkpoint.read(path), str(path)), file_digest(path)
