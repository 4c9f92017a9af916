"""Measures a codec as it is shipped, with the values of its weights file: rows of samples, and the
files of weights and streams that come with them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lcpc.codecs.shipped import base
from lcpc.codecs.shipped.base import ShippedCurve, symbols_of
from lcpc.data.base import PointClouds
from lcpc.errors import BitstreamError
from lcpc.jobs import JobContext
from lcpc.log import logger, progress
from lcpc.results.frames import DataFrame, concat, frame_of
from lcpc.results.provenance import file_digest

if TYPE_CHECKING:
    from pathlib import Path

LOG = logger("lcpc.evaluate")
MOST_BYTES = 8 << 20
StreamsByLambda: TypeAlias = Mapping[float, Sequence[bytes]]


def origin(context: JobContext, clouds: PointClouds, content: Mapping[str, Any],
           weights: "Path") -> dict[str, Any]:
    """Which training a shipped codec is from: run, training clouds, digest of its checkpoint."""
    return {"run": context.config.run, "dataset": clouds.name,
            "dataset_digest": content["dataset_digest"], "weights": file_digest(weights)}


def evaluate(codec: ShippedCurve, clouds: PointClouds) -> tuple[DataFrame, StreamsByLambda]:
    """Rows of each cloud at each lambda, and all streams.

    Columns: sample, label, lambda, rates in bits, predicted class. Raises BitstreamError where
    decoding a stream does not give the symbols that it was made of.
    """
    points = np.ascontiguousarray(clouds.first(int(codec.header["points"])))
    frames, by_lambda = [], {}
    for lambda_ in progress(sorted(codec.header["lambdas"]), "lambdas"):
        symbols = symbols_of(codec.latents(points, lambda_))
        streams = codec.encode(symbols, lambda_)
        if not np.array_equal(codec.decode(streams, lambda_), symbols):
            raise BitstreamError(f"{codec.header['codec']} at {lambda_:g}: what was decoded is not "
                                 "what was encoded; report it")
        by_lambda[lambda_] = streams
        frames.append(frame_of({
            "sample": clouds.samples, "label": clouds.label, "lambda": lambda_,
            "rate_bits": codec.rate_bits(symbols, lambda_),
            "stream_bits": [8 * len(stream) for stream in streams],
            "predicted": codec.classify(symbols, lambda_).argmax(axis=1),
        }))
    return concat(frames), by_lambda


def files(codec: ShippedCurve, clouds: PointClouds, by_lambda: StreamsByLambda) -> dict[str, bytes]:
    """The files of weights and of streams, by their endings; none where the weights take more than
    `MOST_BYTES`, which a repository should not keep."""
    weights = base.weights_file(codec)
    if len(weights) > MOST_BYTES:
        LOG.info("weights of %d bytes are not shipped: at most %d are", len(weights), MOST_BYTES)
        return {}
    streams = base.streams_file(clouds.samples, clouds.label, by_lambda, weights)
    return {"weights.npz": weights, "streams.npz": streams}
