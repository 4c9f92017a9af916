"""Verifies rows of point codecs: decodes the streams of a curve with the weights beside them.

No data set is needed. From symbols come the class and the rate of each sample, from these the rows.
Symbols and sizes of streams must be equal. A class may differ where its logit is so near the
largest that another processor's float32 sums explain it; a rate, by the digits that are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc import experiments
from lcpc.audit import verify_origin
from lcpc.audit.verified import Verified
from lcpc.codecs.shipped import base
from lcpc.data.base import PointClouds
from lcpc.errors import BitstreamError, ResultError
from lcpc.jobs import Job, JobContext
from lcpc.results.csv_file import read_csv
from lcpc.results.frames import DataFrame

LOGIT_TOLERANCE = 1e-5
"""A class may differ if two logits are this near, as a share of the largest of the sample."""
LATENT_TOLERANCE = 1e-5
"""A symbol made anew may differ if its latent is this near to the middle of two integers, as a
share of the largest latent of the curve."""
SAMPLE_TOLERANCE, ROW_TOLERANCE = 1e-5, 1e-8
"""Shares by which a rate may differ: rows of samples have 6 digits, rows have 9."""

Array = NDArray[Any]


def inputs(context: JobContext) -> PointClouds:
    """The clouds that the streams were made of. Raises MissingData without the data set."""
    return context.clouds("test")


def compare(context: JobContext, job: Job, clouds: "PointClouds | None", result: Verified) -> None:
    """Put on record how the streams of a curve differ from its rows; with `clouds`, from streams
    made anew too."""
    root = context.root
    weights, streams_path = (root / file for file in experiments.shipped(job))
    codec, streams = base.read_weights(weights), base.read_streams(streams_path)
    result.read(root, job, (weights, streams_path))
    result.differences += verify_origin.row_defects(context, job)
    if not base.belong_together(weights, streams):
        result.differences.append(f"{streams_path.name} was not made by {weights.name}")
    result.differences += verify_origin.curve_defects(context, job, codec.header, streams)
    samples = read_csv(root / experiments.samples(job), root, {"sample": "string"})
    rows = read_csv(root / job.output, root)
    for lambda_, of_lambda in streams.by_lambda.items():
        curve = _Lambda(codec, streams, of_lambda, lambda_, result)
        symbols = curve.decoded()
        if symbols is not None:
            curve.compare(symbols, samples[samples["lambda"] == lambda_],
                          rows[rows["lambda"] == lambda_])
            if clouds is not None:
                curve.compare_encoded(symbols, clouds.first(int(codec.header["points"])))
    for kind, lambdas in (("rows", rows["lambda"]), ("samples", samples["lambda"])):
        if set(lambdas) != set(streams.by_lambda):
            result.differences.append(f"the {kind} have other lambdas than the streams")
    if len(streams.header["lambdas"]) != len(streams.by_lambda):
        result.differences.append("the streams have a lambda twice")


@dataclass
class _Lambda:
    """The streams of one lambda of a curve."""

    codec: base.ShippedCurve
    all_streams: base.Streams
    streams: Sequence[bytes]
    lambda_: float
    result: Verified

    def decoded(self) -> NDArray[np.int64] | None:
        """Symbols [n, N] of all streams; None, and a difference, where one can't be decoded."""
        self.result.streams += len(self.streams)
        self.result.stream_bytes += sum(map(len, self.streams))
        try:
            return self.codec.decode(self.streams, self.lambda_)
        except BitstreamError:
            broken = [not self._can_decode(stream) for stream in self.streams]
            self._differ(np.array(broken), "streams that can't be decoded")
            return None

    def _can_decode(self, stream: bytes) -> bool:
        try:
            self.codec.decode([stream], self.lambda_)
        except BitstreamError:
            return False
        return True

    def compare(self, symbols: NDArray[np.int64], samples: DataFrame, rows: DataFrame) -> None:
        """Sizes, classes and rates of symbols [n, N] with the rows of samples and the row."""
        names, label = self.all_streams.samples, self.all_streams.label
        if samples["sample"].tolist() != names.tolist() or len(rows) != 1:
            raise ResultError(f"lambda {self.lambda_:g}: its rows are of other samples than its "
                              "streams")
        stream_bits = np.array([8 * len(stream) for stream in self.streams])
        rate_bits = self.codec.rate_bits(symbols, self.lambda_)
        logits = self.codec.classify(symbols, self.lambda_)
        predicted = samples["predicted"].to_numpy()
        self._differ(samples["label"].to_numpy() != label, "labels")
        self._differ(samples["stream_bits"].to_numpy() != stream_bits, "sizes of streams")
        self._differ(~np.isclose(samples["rate_bits"], rate_bits, SAMPLE_TOLERANCE, 0), "rates")
        is_near = _reach_largest(logits, predicted)
        self._differ(~is_near, "classes")
        self.result.ties += int((is_near & (logits.argmax(axis=1) != predicted)).sum())
        row = rows.iloc[0]
        means = {"samples": len(names), "rate_bits": rate_bits.mean(),
                 "stream_bits": stream_bits.mean(),
                 "top1_percent": 100 * np.mean(predicted == label)}
        for column, mean in means.items():
            if not np.isclose(row[column], mean, ROW_TOLERANCE, 0):
                self.result.differences.append(
                    f"lambda {self.lambda_:g}: {column} is {mean:.9g}, the row has {row[column]}")

    def compare_encoded(self, symbols: NDArray[np.int64], clouds: NDArray[np.float32]) -> None:
        """Symbols [n, N] with those that clouds [n, P, 3] have today."""
        latents = self.codec.latents(clouds, self.lambda_)
        reach = LATENT_TOLERANCE * float(np.abs(latents).max())
        if latents.shape != symbols.shape:
            raise ResultError("the data set has other clouds than the streams")
        is_same = base.symbols_of(latents) == symbols
        is_near = np.abs(latents - symbols) <= 0.5 + reach
        self._differ(~is_near.all(axis=1), "streams made anew")
        self.result.ties += int((is_near.all(axis=1) & ~is_same.all(axis=1)).sum())

    def _differ(self, is_different: Array, kind: str) -> None:
        """Put samples on record that differ."""
        differing = self.all_streams.samples[np.flatnonzero(is_different)].tolist()
        self.result.differ(differing, kind, f"lambda {self.lambda_:g}: ")


def _reach_largest(logits: NDArray[np.float32], predicted: NDArray[np.int64]) -> Array:
    """Whether the logit of a sample's class is its largest, or as near as the tolerance: [n]."""
    largest = logits.max(axis=1)
    inside = (predicted >= 0) & (predicted < logits.shape[1])
    of_class = logits[np.arange(len(logits)), np.where(inside, predicted, 0)]
    return inside & (largest - of_class <= LOGIT_TOLERANCE * np.abs(logits).max(axis=1))
