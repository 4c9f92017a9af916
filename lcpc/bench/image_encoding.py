"""What adapting the distributions adds to the time that the base takes to encode a picture."""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config as configs
from lcpc.jobs import JobContext

if TYPE_CHECKING:
    from lcpc.codecs.images.base import ImageCodec, Picture

STATIC, ADAPTIVE = "bmshj2018-factorized", "proposed"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument(
        "--run", default="workstation", help="run whose weights are used (default: workstation)"
    )
    parser.add_argument(
        "--threads", type=int, default=1, help="processor cores to use (default: 1)"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="times that a picture is encoded (default: 3)"
    )


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for each quality of the run."""
    from lcpc.trainer.process import prepare_process

    root = Path(options.root)
    prepare_process(options.threads)
    yield from table(
        JobContext(root, configs.load(root, options.run), options.threads), options.rounds
    )


def table(context: JobContext, rounds: int) -> Iterator[str]:
    """Lines of Markdown, one for each quality of the run."""
    from lcpc.experiments import image_codec

    pictures = [photo.rgb for photo in image_codec.photos(context)]
    yield "| quality | base, ms | adapting adds, ms | % |"
    yield "|---|---|---|---|"
    for quality in image_codec.images_of(context.config).qualities:
        base = image_codec.learned(context, STATIC, quality)
        adaptive = image_codec.learned(context, ADAPTIVE, quality)
        cost = encode_cost(base, adaptive, pictures, rounds)
        times = f"{cost.base_ms:.1f} | {cost.added_ms:.1f} | {cost.added_percent:.1f}"
        yield f"| {quality} | {times} |"


@dataclass(frozen=True)
class EncodeCost:
    """Medians over pictures and rounds of processor time, milliseconds."""

    base_ms: float
    added_ms: float
    """What the other codec takes beyond the base."""

    @property
    def added_percent(self) -> float:
        """The same as a percentage of the base's time."""
        return 100 * self.added_ms / self.base_ms


def encode_cost(base: "ImageCodec", adaptive: "ImageCodec", pictures: "Sequence[Picture]",
                rounds: int) -> EncodeCost:
    """Each picture is encoded by both in turn, so that other load on the machine meets both."""
    for codec in (base, adaptive):
        codec.encode(pictures[0])
    base_ms, added_ms = [], []
    for picture in (*pictures,) * rounds:
        alone = _encode_ms(base, picture)
        base_ms.append(alone)
        added_ms.append(_encode_ms(adaptive, picture) - alone)
    return EncodeCost(statistics.median(base_ms), statistics.median(added_ms))


def _encode_ms(codec: "ImageCodec", picture: "Picture") -> float:
    started = time.process_time()
    codec.encode(picture)
    return 1e3 * (time.process_time() - started)
