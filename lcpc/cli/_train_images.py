"""`lcpc train image-base` and `lcpc train distribution` by their former words; the trainings do the work."""

import argparse
from pathlib import Path

from lcpc import config


def run(args: argparse.Namespace) -> int:
    """Train and write the weights whole."""
    from lcpc import training
    from lcpc.experiments.image_codec import images_of

    root = Path(args.root)
    quality = args.quality or images_of(config.load(root, args.run)).qualities[0]
    training.train(root, args.run, f"{args.what.replace('-', '_')}_q{quality}", args.threads)
    return 0
