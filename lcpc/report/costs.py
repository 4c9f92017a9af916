"""What each step of a run took: times and memory from its benchmarks, and of rows made elsewhere from their provenance."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcpc.audit.files import read_json, read_text
from lcpc.errors import LcpcError
from lcpc.report.axes import number

OWN = "report"
"""The rule that makes the report: its benchmark would differ at each making."""


@dataclass(frozen=True)
class Step:
    """One job: wall and processor time in seconds, peak memory in MiB; None where it was not recorded."""

    station: str
    name: str
    seconds: float
    cpu_seconds: float | None
    peak_mib: float | None
    machine: str = ""


@dataclass(frozen=True)
class Station:
    """All jobs of one rule together."""

    name: str
    jobs: int
    seconds: float
    peak_mib: float | None


@dataclass(frozen=True)
class Costs:
    """Jobs of the workflow on this machine, rows with the cost that their provenance tells, files that say nothing."""

    steps: Sequence[Step]
    stations: Sequence[Station]
    rows: Sequence[Step]
    unread: Sequence[str]

    @property
    def seconds(self) -> float:
        """Wall time of all jobs, one after the other."""
        return sum(step.seconds for step in self.steps)


def costs(root: Path, run: str) -> Costs:
    """All that is known of what a run took, longest first."""
    files = sorted((root / "benchmarks" / run).glob("*/*.tsv"))
    read = {path: _benchmark(path, root) for path in files if path.parent.name != OWN}
    steps = sorted((step for step in read.values() if step), key=lambda step: (-step.seconds, step.station, step.name))
    rows = sorted(_rows(root, run), key=lambda step: (-step.seconds, step.name))
    return Costs(steps, _stations(steps), rows, [path.relative_to(root).as_posix() for path, step in read.items() if not step])


def duration(seconds: float) -> str:
    """Seconds in a reader's words.

    >>> duration(3.62), duration(75), duration(3725)
    ('3.6 s', '1 min 15 s', '1 h 02 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60:02d} min"


def _benchmark(path: Path, root: Path) -> Step | None:
    try:
        lines = list(csv.DictReader(read_text(path, root).splitlines(), delimiter="\t"))
    except (LcpcError, csv.Error):
        return None
    seconds = number(lines[0].get("s")) if lines else None
    if seconds is None:
        return None
    return Step(path.parent.name, path.stem, seconds, number(lines[0].get("cpu_time")), number(lines[0].get("max_rss")))


def _stations(steps: Sequence[Step]) -> list[Station]:
    names = dict.fromkeys(step.station for step in steps)
    found = [_station(name, [step for step in steps if step.station == name]) for name in names]
    return sorted(found, key=lambda one: (-one.seconds, one.name))


def _station(name: str, steps: Sequence[Step]) -> Station:
    peaks = [step.peak_mib for step in steps if step.peak_mib is not None]
    return Station(name, len(steps), sum(step.seconds for step in steps), max(peaks, default=None))


def _rows(root: Path, run: str) -> Iterator[Step]:
    for path in sorted((root / "results" / run).glob("*/*.json")):
        try:
            content = read_json(path, root)
        except LcpcError:
            continue
        time = content.get("time")
        seconds = number(str(time.get("seconds"))) if isinstance(time, dict) else None
        if seconds is not None and isinstance(time, dict):
            peak = number(str(time.get("peak_memory_mib")))
            yield Step(path.parent.name, path.stem, seconds, None, peak, _machine(content.get("machine")))
        if step := _training(path.stem, content.get("training")):
            yield step


def _training(name: str, told: Any) -> Step | None:
    seconds = number(str(told.get("seconds"))) if isinstance(told, dict) else None
    if seconds is None:
        return None
    device = f", {told['device']}" if told.get("device") else ""
    return Step("training", name, seconds, None, None, f"{_machine(told.get('machine'))}{device}")


def _machine(told: Any) -> str:
    if not isinstance(told, dict):
        return ""
    return f"{told.get('processor', '')}, {told.get('cores', '?')} cores"
