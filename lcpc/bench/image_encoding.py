"""What adapting the distributions adds to the time that the base takes to encode a picture, measured side by side."""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config as configs
from lcpc import registry
from lcpc.context import Context
from lcpc.errors import ConfigError

if TYPE_CHECKING:
    from lcpc.codecs.images.base import ImageCodec, Picture

HELP = "encode time of the base of image codecs, and what adaptive coding adds"
BASE, ADAPTIVE = "bmshj2018-factorized", "proposed"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--run", default="workstation", help="the run whose weights are used (default: workstation)")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use (default: 1)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each picture is encoded (default: 3)")


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for each quality of the run, on the photographs that come with scikit-image."""
    from lcpc.data import photographs, photos
    from lcpc.training._process import prepare_process

    config = configs.load(Path(options.root), options.run)
    if config.images is None:
        raise ConfigError(f"run {config.run} measures no images; add `images:` to config/{config.run}.yaml")
    context = Context(Path(options.root), config)
    prepare_process(options.threads)
    pictures = [photo.rgb for photo in photos.load() if photo.name not in photographs.TRAIN]
    yield "| quality | base, ms | adapting adds, ms | % |"
    yield "|---|---|---|---|"
    for quality in config.images.qualities:
        base, adaptive = (learned(context, name, quality) for name in (BASE, ADAPTIVE))
        cost = encode_cost(base, adaptive, pictures, options.rounds)
        yield f"| {quality} | {cost.base_ms:.1f} | {cost.added_ms:.1f} | {cost.added_percent:.1f} |"


def learned(context: Context, name: str, quality: int) -> "ImageCodec":
    """A learned codec with the run's weights. Raises MissingData with the command that trains them."""
    module = registry.load("lcpc.codecs.images", name)
    names = [f"{training}_q{quality}" for training in module.WEIGHTS]
    weights = [(context.checkpoint(stem), str(context.weights(stem))) for stem in names]
    codec: ImageCodec = module.codec(*weights)
    return codec


@dataclass(frozen=True)
class EncodeCost:
    """Medians over pictures and rounds: the base alone, and what the other codec adds to it, ms of processor time."""

    base_ms: float
    added_ms: float

    @property
    def added_percent(self) -> float:
        """Of the base's time."""
        return 100 * self.added_ms / self.base_ms


def encode_cost(base: "ImageCodec", adaptive: "ImageCodec", pictures: "Sequence[Picture]", rounds: int) -> EncodeCost:
    """Each picture is encoded by both in turn, `rounds` times, so that what else the machine does meets both alike."""
    for codec in (base, adaptive):
        codec.encode(pictures[0])
    times = [(_encode_ms(base, picture), _encode_ms(adaptive, picture)) for _ in range(rounds) for picture in pictures]
    alone = statistics.median(base_ms for base_ms, _ in times)
    added = statistics.median(both_ms - base_ms for base_ms, both_ms in times)
    return EncodeCost(alone, added)


def _encode_ms(codec: "ImageCodec", picture: "Picture") -> float:
    started = time.process_time()
    codec.encode(picture)
    return 1e3 * (time.process_time() - started)
