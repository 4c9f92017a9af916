"""What a job would take, from benchmark files: its own past, else that of the most similar job."""

import csv
import math
import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lcpc import config, experiments, training
from lcpc.errors import LcpcError
from lcpc.jobs import Job
from lcpc.planning.graph import PlannedJob

PAST, SCALED, UNKNOWN = "its own past", "scaled", "unknown"
KEPT = "kept weights"
START_SECONDS = 5.0
"""Of a training that takes kept weights: a process that starts and copies a file."""


@dataclass(frozen=True)
class Estimate:
    """What a job would take, each None where nothing is known, and where that is from."""

    seconds: float | None = None
    memory_mib: float | None = None
    disk_bytes: int | None = None
    basis: str = UNKNOWN
    source: str = "never run, nor anything like it"


@dataclass(frozen=True)
class Benchmark:
    """One of Snakemake's benchmark files: mean wall and processor seconds, largest memory."""

    path: str
    seconds: float
    memory_mib: float | None
    cpu_seconds: float | None = None


def estimates(root: Path, jobs: Sequence[PlannedJob],
              kept: Collection[str] = ()) -> dict[int, Estimate]:
    """An estimate of each job that would run, by its number; `kept` ones need no training."""
    past, sizes = Past(root), _typical_sizes(root, jobs)
    return {job.id: _estimate(past, job, sizes, kept) for job in jobs if job.runs}


def _estimate(past: "Past", job: PlannedJob, sizes: Mapping[str, int],
              kept: Collection[str]) -> Estimate:
    disk = size_on_disk(past.root, job.outputs) or sizes.get(job.rule)
    if not set(kept).isdisjoint(job.outputs):
        return Estimate(START_SECONDS, None, disk, KEPT, KEPT)
    same = read_benchmark(past.root, job.benchmark)
    if same is not None:
        return Estimate(same.seconds, same.memory_mib, disk, PAST, same.path)
    similar = past.nearest(job)
    if similar is None:
        return Estimate(disk_bytes=disk)
    benchmark, ratio = similar
    source = f"{benchmark.path} x {ratio:.3g}"
    return Estimate(benchmark.seconds * ratio, benchmark.memory_mib, disk, SCALED, source)


class Past:
    """The benchmark files of a project, and how much work the jobs were that they are of."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def work(self) -> dict[str, float]:
        """Work of each training and measurement of all runs, by the path of its benchmark file."""
        return {_benchmark_path(job): job.work for job in inventory(self.root)}

    def nearest(self, job: PlannedJob) -> tuple[Benchmark, float] | None:
        """The benchmark of the same rule with the nearest work, and the ratio of the two."""
        choices = []
        for path in sorted((self.root / "benchmarks").glob(f"*/{job.rule}/*.tsv")):
            benchmark = read_benchmark(self.root, path.relative_to(self.root).as_posix())
            ratio = self._ratio(job.benchmark, benchmark.path) if benchmark else None
            if benchmark and ratio:
                choices.append((benchmark, ratio))
        return min(choices, key=lambda choice: abs(math.log(choice[1])), default=None)

    def _ratio(self, path: str, other: str) -> float | None:
        if path not in self.work and other not in self.work:
            return 1.0  # such as tables: all are small
        works = [self.work.get(each, 0.0) for each in (path, other)]
        return works[0] / works[1] if min(works) > 0 else None


def inventory(root: Path) -> Iterator[Job]:
    """All trainings and measurements of all runs; none of a run whose config is broken."""
    for settings in config.load_all(root)[0].values():
        with suppress(LcpcError):
            yield from training.jobs(settings, root)
            yield from experiments.jobs(settings, root)


def _benchmark_path(job: Job) -> str:
    verb = "train" if job.output.startswith("checkpoints/") else "evaluate"
    plugin = job.plugin.rpartition(".")[2]
    return f"benchmarks/{job.run}/{verb}_{plugin}/{job.name}.tsv"


def read_benchmark(root: Path, path: str) -> Benchmark | None:
    """A benchmark file; None where it is not there or holds no time."""
    try:
        with (root / path).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except (OSError, csv.Error, UnicodeDecodeError):
        return None
    seconds, memory = _numbers(rows, "s"), _numbers(rows, "max_rss")
    if not seconds:
        return None
    cpu = _numbers(rows, "cpu_time")
    return Benchmark(path, statistics.mean(seconds), max(memory, default=None),
                     statistics.mean(cpu) if cpu else None)


def _numbers(rows: Iterable[Mapping[str, str | None]], column: str) -> list[float]:
    """The finite numbers of a column."""
    numbers = []
    for row in rows:
        with suppress(ValueError):
            number = float(row.get(column) or "")
            if math.isfinite(number) and number >= 0:
                numbers.append(number)
    return numbers


def size_on_disk(root: Path, files: Iterable[str]) -> int:
    """Bytes of those files that are there."""
    paths = [root / file for file in files]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _typical_sizes(root: Path, jobs: Sequence[PlannedJob]) -> dict[str, int]:
    """Median bytes that a job of each rule has on disk."""
    sizes: dict[str, list[int]] = {}
    for job in jobs:
        if size := size_on_disk(root, job.outputs):
            sizes.setdefault(job.rule, []).append(size)
    return {rule: int(statistics.median(known)) for rule, known in sizes.items()}
