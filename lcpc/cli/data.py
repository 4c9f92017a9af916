"""`lcpc data`: make a run's clouds, or check the ones that are there against their checksums."""

import argparse
from pathlib import Path

from lcpc import config
from lcpc.log import logger

HELP = "make or check the data set of a run"
LOG = logger("lcpc.data")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo", help="the run whose data set is meant (default: demo)")
    parser.add_argument("--threads", type=int, default=1, help="processes that sample meshes (default: 1)")
    parser.add_argument("--download", action="store_true", help="fetch dataset.source where it is an address and not there yet")


def run(args: argparse.Namespace) -> int:
    """Make or check both splits."""
    from lcpc.data import point_clouds

    root = Path(args.root)
    settings = config.load(root, args.run)
    for split, digest in point_clouds.make(settings, root, args.threads, args.download).items():
        LOG.info("%s, %s: sha256 %s", point_clouds.dataset_of(settings).name, split, digest)
    return 0
