"""Processor time of an image codec."""

import time

from lcpc.codecs.images.base import ImageCodec, Picture


def seconds(codec: ImageCodec, picture: Picture) -> tuple[float, float]:
    """Seconds of processor time to encode a picture, and to decode its stream."""
    started = time.process_time()
    stream = codec.encode(picture)
    between = time.process_time()
    codec.decode(stream)
    return between - started, time.process_time() - between
