"""How long work takes: wall seconds of a call, processor seconds of image codecs in turn."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from lcpc.codecs.images.base import ImageCodec, Picture
from lcpc.log import progress

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """The result of `work`, and the seconds that it took."""
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def processor_seconds(codecs: Sequence[ImageCodec],
                      pictures: Sequence[Picture]) -> list[list[tuple[float, float]]]:
    """Processor seconds to encode each picture and to decode its stream, a list for each codec.

    Each picture goes through all codecs in turn, so that other load on the machine meets all; the
    first one goes twice, and counts once.
    """
    seconds: list[list[tuple[float, float]]] = [[] for _ in codecs]
    for picture in progress([pictures[0], *pictures], "pictures"):
        for pairs, codec in zip(seconds, codecs, strict=True):
            pairs.append(_encode_and_decode(codec, picture))
    return [pairs[1:] for pairs in seconds]


def _encode_and_decode(codec: ImageCodec, picture: Picture) -> tuple[float, float]:
    started = time.process_time()
    stream = codec.encode(picture)
    between = time.process_time()
    codec.decode(stream)
    return between - started, time.process_time() - between
