"""What a job would take, from benchmarks: its own past, else that of the most similar job, and always which of the two."""

import csv
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lcpc import config
from lcpc.errors import LcpcError
from lcpc.planning.causes import setting_changes
from lcpc.planning.graph import Job
from lcpc.planning.work import work

PAST, SCALED, UNKNOWN = "its own past", "scaled", "unknown"
PROPORTIONAL = frozenset({"epochs", "draws", "test_clouds", "clouds", "train_per_class", "base_steps", "distribution_steps"})
"""Settings that a job's time is proportional to, by their last key."""


@dataclass(frozen=True)
class Estimate:
    """Seconds, memory and bytes on disk of one job, each None where nothing is known, and where they are from."""

    seconds: float | None = None
    memory_mib: float | None = None
    disk_bytes: int | None = None
    basis: str = UNKNOWN
    source: str = "never run, and nothing like it was"


@dataclass(frozen=True)
class Benchmark:
    """One of Snakemake's benchmark files: mean seconds, largest memory."""

    path: str
    seconds: float
    memory_mib: float | None


def estimates(root: Path, jobs: Sequence[Job]) -> dict[int, Estimate]:
    """An estimate for each job that would run, by its number."""
    sizes = _typical_sizes(root, jobs)
    measure = partial(_measure, _Runs(root))
    return {job.id: _estimate(root, job, sizes, measure) for job in jobs if job.runs}


Measure = Callable[[str], float | None]


def _estimate(root: Path, job: Job, sizes: Mapping[str, int], measure: Measure) -> Estimate:
    disk = _bytes(root, job.outputs) or sizes.get(job.rule)
    own = read_benchmark(root, job.benchmark)
    if own is not None:
        return _from_past(root, job, own, disk)
    near = _nearest(root, job, measure)
    if near is None:
        return Estimate(disk_bytes=disk)
    benchmark, ratio = near
    return Estimate(benchmark.seconds * ratio, benchmark.memory_mib, disk, SCALED, f"{benchmark.path} x {ratio:.3g}")


def _from_past(root: Path, job: Job, own: Benchmark, disk: int | None) -> Estimate:
    ratio = math.prod(change.new / change.old for change in setting_changes(root, job) or []
                      if change.path[-1] in PROPORTIONAL and _positive(change.old) and _positive(change.new))
    if ratio == 1:
        return Estimate(own.seconds, own.memory_mib, disk, PAST, own.path)
    return Estimate(own.seconds * ratio, own.memory_mib, disk, SCALED, f"{own.path} x {ratio:.3g}, as its settings changed")


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and value > 0


def _nearest(root: Path, job: Job, measure: Measure) -> tuple[Benchmark, float] | None:
    """The benchmark of the same rule whose work is nearest to the job's, and the job's work as a multiple of it."""
    own = measure(job.benchmark)
    if own is None:
        return None
    found = []
    for path in sorted((root / "benchmarks").glob(f"*/{job.rule}/*.tsv")):
        relative = path.relative_to(root).as_posix()
        benchmark, its = read_benchmark(root, relative), measure(relative)
        if benchmark is not None and its:
            found.append((benchmark, own / its))
    return min(found, key=lambda one: abs(math.log(one[1])), default=None)


class _Runs(dict[str, "config.Config | None"]):
    """Configs of the runs, read when they are asked for; None for a run that is gone or broken."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def __missing__(self, run: str) -> "config.Config | None":
        try:
            self[run] = config.load(self.root, run)
        except LcpcError:
            self[run] = None
        return self[run]


def _measure(runs: _Runs, benchmark: str) -> float | None:
    """Work of the job that writes a benchmark file, `benchmarks/<run>/<rule>/<name>.tsv`, as its run is configured now."""
    parts = Path(benchmark).parts
    settings = runs[parts[1]] if len(parts) == 4 else None
    return work(settings, parts[2], Path(benchmark).stem) if settings is not None else None


def read_benchmark(root: Path, path: str) -> Benchmark | None:
    """A benchmark file; None where it is not there or says nothing."""
    try:
        with (root / path).open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except (OSError, csv.Error, UnicodeDecodeError):
        return None
    seconds = [value for row in rows if (value := _number(row.get("s"))) is not None]
    memory = [value for row in rows if (value := _number(row.get("max_rss"))) is not None]
    return Benchmark(path, statistics.mean(seconds), max(memory, default=None)) if seconds else None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _bytes(root: Path, outputs: Sequence[str]) -> int:
    return sum((root / path).stat().st_size for path in outputs if (root / path).is_file())


def _typical_sizes(root: Path, jobs: Sequence[Job]) -> dict[str, int]:
    """What the jobs of a rule have on disk, the median of those that are there."""
    found: dict[str, list[int]] = {}
    for job in jobs:
        if size := _bytes(root, job.outputs):
            found.setdefault(job.rule, []).append(size)
    return {rule: int(statistics.median(sizes)) for rule, sizes in found.items()}
