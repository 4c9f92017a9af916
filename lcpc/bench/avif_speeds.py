"""What the speed setting of AVIF's encoder is worth: PSNR at equal rate, and processor time.

CompressAI's benchmark codes AV1 at speed 0; rows of codec `avif` are of speed 6.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lcpc import config as configs
from lcpc.codecs.formats import avif
from lcpc.errors import ConfigError, MissingTool
from lcpc.jobs import JobContext

if TYPE_CHECKING:
    from lcpc.codecs.images.base import ImageCodec, Picture

QUALITIES = (25, 40, 55, 70)
"""About 1/4, 1/2, 1 and 3/2 bits a pixel on Kodak."""
SPEEDS = range(11)
PIXELS = 1e6
"""A megapixel."""


class MeanPoint(NamedTuple):
    """Means over pictures at one setting; seconds are of processor time a megapixel."""

    bpp: float
    psnr_db: float
    encode_s: float
    decode_s: float


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--run", default="zoo", help="run with the pictures (default: zoo)")
    parser.add_argument("--pictures", type=int, default=4,
                        help="how many, spread evenly over the run's (default: 4)")
    parser.add_argument("--speeds", type=int, nargs="+", default=[3, 0],
                        help="compared with speed 6 (default: 3 0; 0 takes a minute a picture)")


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for each speed and quality. Raises ConfigError, or MissingTool without AVIF."""
    from lcpc.bench._timing import machine_lines
    from lcpc.experiments import image_codec

    if options.pictures < 1:
        raise ConfigError(f"--pictures {options.pictures}: name at least one")
    if unknown := set(options.speeds) - set(SPEEDS):
        raise ConfigError(f"--speeds {min(unknown)}: name speeds from 0 to {SPEEDS[-1]}")
    if reason := avif.codec(QUALITIES[0]).missing():
        raise MissingTool(reason)
    root = Path(options.root)
    context = JobContext(root, configs.load(root, options.run))
    photos = image_codec.photos(context)
    photos = photos[::max(1, len(photos) // options.pictures)][:options.pictures]
    yield from machine_lines()
    yield f"Pictures: {', '.join(photo.name for photo in photos)}."
    yield ""
    yield ("| speed | quality | bits a pixel | PSNR, dB | above speed "
           f"{avif.SPEED} at equal rate, dB | encode, s a megapixel | decode, s a megapixel |")
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    yield from lines([photo.rgb for photo in photos], options.speeds)


def lines(pictures: "Sequence[Picture]", speeds: Sequence[int]) -> Iterator[str]:
    """A line for each setting; those of the rows' own speed first."""
    from lcpc.metrics.difference import points_above

    usual = {quality: mean(avif.codec(quality), pictures) for quality in avif.QUALITIES}
    rates, qualities = zip(*((point.bpp, point.psnr_db) for point in usual.values()), strict=True)
    for speed in (avif.SPEED, *speeds):
        for quality in QUALITIES:
            is_usual = speed == avif.SPEED
            point = usual[quality] if is_usual else mean(avif.codec(quality, speed), pictures)
            (above,) = points_above(rates, qualities, [point.bpp], [point.psnr_db])
            yield (f"| {speed} | {quality} | {point.bpp:.3f} | {point.psnr_db:.2f} | {above:+.2f} "
                   f"| {point.encode_s:.2f} | {point.decode_s:.3f} |")


def mean(codec: "ImageCodec", pictures: "Sequence[Picture]") -> MeanPoint:
    """Means over pictures of a codec at its setting."""
    import numpy as np

    points = [measured(codec, picture) for picture in pictures]
    return MeanPoint(*np.mean(points, axis=0).tolist())


def measured(codec: "ImageCodec", picture: "Picture") -> MeanPoint:
    """One picture through a codec."""
    from lcpc.codecs.images.base import mean_squared_error
    from lcpc.metrics.distortion import psnr_db
    from lcpc.units import bits_from_bytes, bits_per_pixel

    started = time.process_time()
    stream = codec.encode(picture)
    between = time.process_time()
    decoded = codec.decode(stream)
    ended = time.process_time()
    height, width = picture.shape[:2]
    megapixels = height * width / PIXELS
    return MeanPoint(
        bits_per_pixel(bits_from_bytes(len(stream)), height, width),
        psnr_db(mean_squared_error(decoded, picture)),
        (between - started) / megapixels, (ended - between) / megapixels)
