"""`lcpc train`: train all lambdas of one codec size and P, or the PointNet of one P; goes on where it was killed."""

import argparse
from pathlib import Path

from lcpc import config
from lcpc.cli import _paths

HELP = "train the codecs of one curve, or the PointNet of one P"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("what", choices=("proposed", "pointnet"), help="the proposed codec, or the judge of input codecs")
    parser.add_argument("--run", default="demo", help="the run that says how (default: demo)")
    parser.add_argument("--size", choices=config.SIZES, default="micro", help="size of the proposed codec")
    parser.add_argument("--points", type=int, required=True, help="P, points of the input cloud")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use (default: 1)")


def run(args: argparse.Namespace) -> int:
    """Train and write the weights whole."""
    import torch

    from lcpc.data import point_clouds
    from lcpc.training.curve import train_classifier, train_proposed

    root = Path(args.root)
    settings = config.load(root, args.run)
    if args.what == "proposed":
        settings.curve(args.size, args.points)
    torch.set_num_threads(max(1, args.threads))
    clouds = point_clouds.load(settings, root, "train")
    name = f"proposed_{args.size}_P{args.points}" if args.what == "proposed" else f"pointnet_P{args.points}"
    target, resume = _paths.weights(root, args.run, name), _paths.resume(root, args.run, name)
    if args.what == "proposed":
        train_proposed(settings, args.size, args.points, clouds, target, resume)
    else:
        train_classifier(settings, args.points, clouds, target, resume)
    return 0
