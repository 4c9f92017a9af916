"""What adapting the distributions adds to the time that the base takes to encode a picture, measured side by side."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from lcpc.codecs.images.base import ImageCodec, Picture


@dataclass(frozen=True)
class EncodeCost:
    """Medians over pictures and rounds: the base alone, and what the other codec adds to it, milliseconds of processor time."""

    base_ms: float
    added_ms: float

    @property
    def added_percent(self) -> float:
        """Of the base's time."""
        return 100 * self.added_ms / self.base_ms


def encode_cost(base: ImageCodec, adaptive: ImageCodec, pictures: Sequence[Picture], rounds: int) -> EncodeCost:
    """Each picture is encoded by both in turn, `rounds` times, so that what else the machine does meets both alike."""
    for codec in (base, adaptive):
        codec.encode(pictures[0])
    times = [(_encode_ms(base, picture), _encode_ms(adaptive, picture)) for _ in range(rounds) for picture in pictures]
    return EncodeCost(statistics.median(alone for alone, _ in times), statistics.median(both - alone for alone, both in times))


def _encode_ms(codec: ImageCodec, picture: Picture) -> float:
    started = time.process_time()
    codec.encode(picture)
    return 1e3 * (time.process_time() - started)
