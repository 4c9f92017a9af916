"""`lcpc evaluate` for images by its former words; the experiments do the work."""

import argparse
from pathlib import Path

from lcpc import config

CODEC, DISTRIBUTIONS, COMPLEXITY = NAMES = ("image-codec", "image-distributions", "image-complexity")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of these measurements, beside those of the verb."""
    group = parser.add_argument_group("images")
    group.add_argument("--codec", default="", help=f"image codec, for {CODEC}")
    group.add_argument("--quality", type=int, default=0, help="quality of the base, for all but file formats")


def run(args: argparse.Namespace) -> int:
    """Measure and write rows."""
    from lcpc import experiments
    from lcpc.experiments import image_codec

    root = Path(args.root)
    images = image_codec.images_of(config.load(root, args.run))
    quality = args.quality or images.qualities[0]
    suffix = f"_q{quality}" if image_codec.is_learned(args.codec) else ""
    names = {CODEC: f"rate_distortion/{args.codec}{suffix}", DISTRIBUTIONS: f"image_distributions/q{quality}",
             COMPLEXITY: "image_complexity/image_codec"}
    experiments.evaluate(root, args.run, names[args.what], args.threads)
    return 0
