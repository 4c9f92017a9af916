"""Verifies rows from bytes: decodes the shipped streams of a run with the shipped weights.

No data set is needed. From symbols come the class and the rate of each sample, from these the rows.
Symbols and sizes of streams must be equal. A class may differ where its logit is so near the
largest that another processor's float32 sums explain it; a rate, by the digits that are written.
Rows without streams, such as those of other seeds, are compared with the means over their samples.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc import config, experiments
from lcpc.audit import means
from lcpc.audit.files import TableCache
from lcpc.codecs.shipped import base
from lcpc.errors import BitstreamError, LcpcError, ResultError, refusing
from lcpc.jobs import Job, JobContext
from lcpc.results.csv_file import read_csv
from lcpc.results.provenance import file_digest
from lcpc.results.store import read_json

if TYPE_CHECKING:
    import pandas

    from lcpc.data.base import PointClouds

LOGIT_TOLERANCE = 1e-5
"""A class may differ if two logits are this near, as a share of the largest of the sample."""
LATENT_TOLERANCE = 1e-5
"""A symbol made anew may differ if its latent is this near to the middle of two integers, as a
share of the largest latent of the curve."""
SAMPLE_TOLERANCE, ROW_TOLERANCE = 1e-5, 1e-8
"""Shares by which a rate may differ: rows of samples have 6 digits, rows have 9."""
SHIPPED_SEED = 1
"""Of a curve of several seeds, the training whose weights and streams are in the repository."""
NAMED = 5
"""Samples that a line names; it counts the others."""

Array = NDArray[Any]


@dataclass
class Verified:
    """What was read of one curve, and how it differs from its rows."""

    file: str
    streams: int = 0
    stream_bytes: int = 0
    file_bytes: int = 0
    ties: int = 0
    """Classes that differ within the tolerance of logits, and streams within that of latents."""
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rate = self.streams / self.seconds if self.seconds else 0.0
        line = (f"{self.file}: {self.streams} streams of {self.stream_bytes} bytes decoded in "
                f"{self.seconds:.1f} s ({rate:.0f} a second)")
        if self.ties:
            line += f"; {self.ties} at a tie, as on another processor"
        return "\n".join([line, *(f"  DIFFERENT: {text}" for text in self.differences)])


def verify(root: Path, run: str, encode: bool = False, threads: int = 1,
           say: Callable[[str], None] = print) -> bool:
    """Verify all curves of a run that come with weights and streams; whether all of them hold.

    encode: make the streams anew from the run's data set too, and compare them. Raises MissingData
    without the data set.
    """
    started = time.perf_counter()
    jobs = [job for job in experiments.jobs(config.load(root, run), root)
            if (root / job.output).is_file()]
    curves = [job for job in jobs if experiments.shipped(job)]
    shipped = [job for job in curves if _is_shipped(root, job)]
    done: list[Verified] = []
    for result in _verified(root, run, shipped, encode, threads):
        say(str(result))
        done.append(result)
    holds_alone = _compare_means(root, [job for job in jobs if job not in shipped], say)
    if not curves:
        say(f"run {run} ships no streams: none of its rows come with weights and streams to decode")
        return holds_alone
    different = sum(bool(result.differences) for result in done)
    streams = sum(result.streams for result in done)
    size_mb = sum(result.file_bytes for result in done) / 1e6
    counts = f"{len(shipped)} of {len(curves)} curves{_other_seeds(curves, shipped)}"
    say(f"{run}: {counts} can be decoded here: {streams} streams, "
        f"{size_mb:.1f} MB of weights and streams, {time.perf_counter() - started:.0f} s; "
        f"{different or 'none'} of them different from the rows")
    return not different and holds_alone


def _compare_means(root: Path, jobs: Sequence[Job], say: Callable[[str], None]) -> bool:
    """Whether rows without streams are the means over their samples."""
    tables = TableCache(root)
    compared = {job.output: means.differences(tables, job) for job in jobs}
    texts_of = {file: texts for file, texts in compared.items() if texts is not None}
    for file, texts in texts_of.items():
        if texts:
            say("\n".join([f"{file.removesuffix('.csv')}: without streams",
                           *(f"  DIFFERENT: {text}" for text in texts)]))
    different = sum(map(bool, texts_of.values()))
    if texts_of:
        say(f"{len(texts_of)} files of rows without streams: {different or 'none'} of them "
            "different from the means over their samples")
    return not different


def _other_seeds(jobs: Sequence[Job], shipped: Sequence[Job]) -> str:
    """How many curves are trainings of other seeds, of which rows come alone."""
    alone = [job for job in jobs if job not in shipped]
    count = sum(job.options.get("seed", SHIPPED_SEED) != SHIPPED_SEED for job in alone)
    return f" ({count} of other seeds have rows alone)" if count else ""


def _is_shipped(root: Path, job: Job) -> bool:
    """Whether a curve has weights and streams, or its provenance says that it had."""
    files = experiments.shipped(job)
    return bool(_recorded(root, job)) or any((root / file).is_file() for file in files)


def _recorded(root: Path, job: Job) -> dict[str, str]:
    path = (root / job.output).with_suffix(".json")
    recorded = read_json(path).get("shipped") if path.is_file() else None
    return recorded if isinstance(recorded, dict) else {}


def _verified(root: Path, run: str, jobs: Sequence[Job], encode: bool,
              threads: int) -> Iterator[Verified]:
    count = len(jobs)
    tasks = ([root] * count, [run] * count, jobs, [encode] * count)
    if threads <= 1 or count <= 1:
        yield from map(verify_curve, *tasks)
        return
    with ProcessPoolExecutor(min(threads, count)) as pool:
        yield from pool.map(verify_curve, *tasks)


def verify_curve(root: Path, run: str, job: Job, encode: bool = False) -> Verified:
    """Decode all streams of one curve and compare them with its rows.

    encode: as for `verify`. Raises MissingData without the data set.
    """
    result, started = Verified(job.output.removesuffix(".csv")), time.perf_counter()
    clouds = JobContext(root, config.load(root, run)).clouds("test") if encode else None
    try:
        with refusing(ResultError, job.output, "does not fit its streams", "Evaluate again"):
            _compare(root, job, clouds, result)
    except LcpcError as error:
        result.differences.append(" ".join(str(error).split()))
    result.seconds = time.perf_counter() - started
    return result


def _compare(root: Path, job: Job, clouds: "PointClouds | None", result: Verified) -> None:
    weights, streams_path = (root / file for file in experiments.shipped(job))
    codec, streams = base.read_weights(weights), base.read_streams(streams_path)
    recorded = _recorded(root, job)
    for path in (weights, streams_path):
        result.file_bytes += path.stat().st_size
        if recorded.get(path.relative_to(root).as_posix()) != file_digest(path):
            result.differences.append(f"{path.name} is not that of the rows' provenance")
    if not base.belong_together(weights, streams):
        result.differences.append(f"{streams_path.name} was not made by {weights.name}")
    samples = read_csv(root / experiments.samples(job), root)
    rows = read_csv(root / job.output, root)
    for lambda_, of_lambda in streams.by_lambda.items():
        curve = _Lambda(codec, streams, of_lambda, lambda_, result)
        symbols = curve.decoded()
        if symbols is not None:
            curve.compare(symbols, samples[samples["lambda"] == lambda_],
                          rows[rows["lambda"] == lambda_])
            if clouds is not None:
                curve.compare_encoded(symbols, clouds.first(int(codec.header["points"])))
    if set(rows["lambda"]) != set(streams.by_lambda):
        result.differences.append("the rows have other lambdas than the streams")


@dataclass
class _Lambda:
    """The streams of one lambda of a curve."""

    codec: base.ShippedCodec
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

    def compare(self, symbols: NDArray[np.int64], samples: "pandas.DataFrame",
                rows: "pandas.DataFrame") -> None:
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
        places = np.flatnonzero(is_different)
        if len(places):
            names = ", ".join(self.all_streams.samples[places[:NAMED]].tolist())
            others = " and others" if len(places) > NAMED else ""
            text = f"lambda {self.lambda_:g}: {len(places)} {kind}: {names}{others}"
            self.result.differences.append(text)


def _reach_largest(logits: NDArray[np.float32], predicted: NDArray[np.int64]) -> Array:
    """Whether the logit of a sample's class is its largest, or as near as the tolerance: [n]."""
    largest = logits.max(axis=1)
    inside = (predicted >= 0) & (predicted < logits.shape[1])
    of_class = logits[np.arange(len(logits)), np.where(inside, predicted, 0)]
    return inside & (largest - of_class <= LOGIT_TOLERANCE * np.abs(logits).max(axis=1))
