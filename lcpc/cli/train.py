"""`lcpc train`: any weights of a run, such as the codecs of one curve; goes on where it was killed."""

import argparse
import os
from pathlib import Path

HELP = "train weights of a run by their name, such as proposed_micro_P64, pointnet_P64 or reconstruction_micro_P64"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("name", help="name of the weights, as in checkpoints/<run>/<name>.pt")
    parser.add_argument("--run", default="demo", help="the run that says how (default: demo)")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use (default: 1)")
    parser.add_argument("--device", default=os.environ.get("LCPC_DEVICE") or "cpu",
                        help="where curves and PointNets train, in torch's words, e.g. cuda (default: $LCPC_DEVICE, else cpu); "
                             "all else trains on the processor")


def run(args: argparse.Namespace) -> int:
    """Train and write the weights whole."""
    from lcpc.training import train

    train(Path(args.root), args.run, args.name, args.threads, args.device)
    return 0
