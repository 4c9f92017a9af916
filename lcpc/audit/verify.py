"""Verifies rows from bytes: decodes the shipped streams of a run.

Rows without streams, such as those of other seeds, are compared with the means over their samples.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from lcpc import config, experiments
from lcpc.audit import means, verify_clouds, verify_pictures
from lcpc.audit.files import TableCache
from lcpc.audit.verified import Verified, is_shipped
from lcpc.errors import LcpcError, MissingData, ResultError, refusing
from lcpc.jobs import Job, JobContext, job_named
from lcpc.results.store import PUBLISHED

SHIPPED_SEED = 1
"""Of a curve of several seeds, the training whose weights and streams are in the repository."""
PICTURES = "rate_distortion"
"""The kind of rows of image codecs."""


def verify(root: Path, run: str, encode: bool = False, threads: int = 1,
           say: Callable[[str], None] = print, names: Sequence[str] = ()) -> bool:
    """Verify all rows of a run that come with streams; whether all of them hold.

    encode: make the streams anew from the run's data set too, and compare them. names: these files
    of rows alone, as for `lcpc evaluate`. Raises MissingData without the data set, or without
    rows that are named, ConfigError for a name that the run has not.
    """
    started = time.perf_counter()
    jobs = _with_rows(root, run, names)
    streamed = [job for job in jobs if experiments.shipped(job)]
    shipped = [job for job in streamed if is_shipped(root, job)]
    done: list[Verified] = []
    for result in _verified(root, run, shipped, encode, threads):
        say(str(result))
        done.append(result)
    holds_alone = _compare_means(root, [job for job in jobs if job not in shipped], say)
    holds_alone &= bool(names) or _all_asked(root, run, jobs, say)
    if not streamed:
        say(f"run {run} ships no streams: none of its rows come with weights and streams to decode")
        return holds_alone
    different = sum(bool(result.differences) for result in done)
    streams = sum(result.streams for result in done)
    size_mb = sum(result.file_bytes for result in done) / 1e6
    decoded = {result.file for result in done if result.is_decoded}
    say(f"{run}: {_counts(streamed, decoded)} can be decoded here: {streams} streams, "
        f"{size_mb:.1f} MB of weights and streams, {time.perf_counter() - started:.0f} s; "
        f"{different or 'none'} of them different from the rows")
    alone = [job.name for job in streamed if job not in shipped and not _is_other_seed(job)]
    if alone:
        say(f"without weights and streams, so that nobody can decode them: {', '.join(alone)}")
    return not different and holds_alone


def _with_rows(root: Path, run: str, names: Sequence[str]) -> list[Job]:
    """The jobs of a run, or those of `names`, whose rows are there."""
    listed = experiments.jobs(config.load(root, run), root)
    named = [job_named(listed, name, run) for name in names]
    for job in named:
        if not (root / job.output).is_file():
            command = f"lcpc evaluate {job.kind}/{job.name} --run {run}"
            raise MissingData(f"{job.output} is not there; `{command}` makes it")
    return [job for job in named or listed if (root / job.output).is_file()]


def _counts(streamed: Sequence[Job], decoded: Collection[str]) -> str:
    """How many curves and image codecs were decoded, of those that a run has rows of."""
    kinds = {"curves": [job for job in streamed if job.kind != PICTURES],
             "image codecs": [job for job in streamed if job.kind == PICTURES]}
    texts = []
    for words, jobs in kinds.items():
        alone = [job for job in jobs if job.output.removesuffix(".csv") not in decoded]
        if jobs:
            texts.append(f"{len(jobs) - len(alone)} of {len(jobs)} {words}{_other_seeds(alone)}")
    return " and ".join(texts)


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


def _all_asked(root: Path, run: str, jobs: Sequence[Job], say: Callable[[str], None]) -> bool:
    """Whether the run's config asks for all rows on disk, which tables would read."""
    paths = (root / "results" / run).glob("*/*.csv")
    on_disk = {path.relative_to(root).as_posix() for path in paths}
    asked = {job.output for job in jobs}
    unasked = [] if run == PUBLISHED else sorted(on_disk - asked)
    for file in unasked:
        say(f"{file.removesuffix('.csv')}\n  DIFFERENT: config/{run}.yaml asks for no such rows")
    return not unasked


def _is_other_seed(job: Job) -> bool:
    return job.options.get("seed", SHIPPED_SEED) != SHIPPED_SEED


def _other_seeds(alone: Sequence[Job]) -> str:
    """How many curves are trainings of other seeds, of which rows come alone."""
    count = sum(map(_is_other_seed, alone))
    return f" ({count} of other seeds have rows alone)" if count else ""


def _verified(root: Path, run: str, jobs: Sequence[Job], encode: bool,
              threads: int) -> Iterator[Verified]:
    count = len(jobs)
    tasks = ([root] * count, [run] * count, jobs, [encode] * count)
    if threads <= 1 or count <= 1:
        yield from map(verify_rows, *tasks)
        return
    with ProcessPoolExecutor(min(threads, count)) as pool:
        yield from pool.map(verify_rows, *tasks)


def verify_rows(root: Path, run: str, job: Job, encode: bool = False) -> Verified:
    """Decode all streams of one file of rows and compare them with it.

    encode: as for `verify`. Raises MissingData without the data set.
    """
    result, started = Verified(job.output.removesuffix(".csv")), time.perf_counter()
    context = JobContext(root, config.load(root, run))
    verifier = verify_pictures if job.kind == PICTURES else verify_clouds
    samples = verifier.inputs(context) if encode else None
    try:
        with refusing(ResultError, job.output, "does not fit its streams", "Evaluate again"):
            verifier.compare(context, job, samples, result)
            if not result.streams:
                raise ResultError("it holds no streams")
    except LcpcError as error:
        result.differences.append(" ".join(str(error).split()))
    result.seconds = time.perf_counter() - started
    return result
