"""Rate-accuracy rows of the proposed codec: real streams of every test cloud, decoded again, then classified."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.data.base import PointClouds
from lcpc.entropy import coder
from lcpc.errors import BitstreamError
from lcpc.log import progress
from lcpc.units import BITS_PER_BYTE

if TYPE_CHECKING:
    import pandas

BATCH = 256


def evaluate(curve: TrainedCurve, clouds: PointClouds) -> "pandas.DataFrame":
    """Per-sample rows: sample, label, lambda, rate_bits, stream_bits, predicted; lambdas in the curve's order."""
    import pandas

    points = clouds.first(curve.points)
    frames = []
    for begin in progress(range(0, len(points), BATCH), "batches"):
        batch = slice(begin, begin + BATCH)
        symbols = curve.symbols(points[batch])
        stream_bits, decoded = through_streams(curve, symbols)
        predicted = curve.logits(decoded).argmax(-1)
        rate_bits = curve.rate_bits(symbols)
        frames += [pandas.DataFrame({
            "sample": clouds.samples[batch], "label": clouds.label[batch], "lambda": lambda_,
            "rate_bits": rate_bits[member], "stream_bits": stream_bits[member], "predicted": predicted[member],
        }) for member, lambda_ in enumerate(curve.lambdas)]
    return pandas.concat(frames).sort_values("lambda", kind="stable").reset_index(drop=True)


def through_streams(curve: TrainedCurve, symbols: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Code symbols [L, B, N] to streams and back: stream_bits [L, B] and the decoded symbols [L, B, N].

    Raises BitstreamError where a stream does not decode to what went in.
    """
    stream_bits = np.empty(symbols.shape[:2], dtype=np.int64)
    decoded = np.empty_like(symbols)
    for member, cloud in np.ndindex(*symbols.shape[:2]):
        stream = coder.encode(symbols[member, cloud], curve.tables[member])
        stream_bits[member, cloud] = BITS_PER_BYTE * len(stream)
        decoded[member, cloud] = coder.decode(stream, curve.tables[member])
    if not np.array_equal(decoded, symbols):
        raise BitstreamError("a stream does not decode to the symbols that were encoded; this is a defect of lcpc")
    return stream_bits, decoded


def summarise(samples: "pandas.DataFrame", by: str) -> "pandas.DataFrame":
    """Mean rates and top-1 accuracy for each value of column `by`: samples, rate_bits, stream_bits, top1_percent."""
    hit = (samples["predicted"] == samples["label"]).astype(float) * 100
    grouped = samples.assign(top1_percent=hit).groupby(by, sort=True)
    rows = grouped[["rate_bits", "stream_bits", "top1_percent"]].mean()
    return rows.assign(samples=grouped.size()).reset_index()
