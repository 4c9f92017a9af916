"""What each job of a run took, by its benchmark or by the provenance of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcpc.audit.files import read_json
from lcpc.errors import LcpcError
from lcpc.planning.estimates import read_benchmark
from lcpc.report.axes import number

REPORT_RULE = "report"
"""The rule that makes the report: its benchmark would make each report differ from the last."""


@dataclass(frozen=True)
class Cost:
    """One job: wall and processor seconds, peak memory in MiB; None where not recorded."""

    rule: str
    name: str
    seconds: float
    cpu_seconds: float | None
    peak_mib: float | None
    machine: str = ""


@dataclass(frozen=True)
class RuleCost:
    """All jobs of one rule together."""

    rule: str
    jobs: int
    seconds: float
    peak_mib: float | None


@dataclass(frozen=True)
class Costs:
    """Jobs of the workflow, files of rows by their provenance, benchmarks that cannot be read."""

    jobs: Sequence[Cost]
    rules: Sequence[RuleCost]
    rows: Sequence[Cost]
    unread: Sequence[str]

    @property
    def seconds(self) -> float:
        """Wall time of all jobs, one after the other."""
        return sum(job.seconds for job in self.jobs)


def costs(root: Path, run: str) -> Costs:
    """All that is known of what a run took, longest first."""
    jobs, unread = [], []
    for path in sorted((root / "benchmarks" / run).glob("*/*.tsv")):
        file = path.relative_to(root).as_posix()
        if path.parent.name == REPORT_RULE:
            continue
        if known := read_benchmark(root, file):
            jobs.append(Cost(path.parent.name, path.stem, known.seconds, known.cpu_seconds,
                             known.memory_mib))
        else:
            unread.append(file)
    jobs.sort(key=lambda job: (-job.seconds, job.rule, job.name))
    rows = sorted(_rows(root, run), key=lambda cost: (-cost.seconds, cost.name))
    return Costs(jobs, _rules(jobs), rows, unread)


def _rules(jobs: Sequence[Cost]) -> list[RuleCost]:
    by_rule: dict[str, list[Cost]] = {}
    for job in jobs:
        by_rule.setdefault(job.rule, []).append(job)
    totals = []
    for rule, members in by_rule.items():
        peaks = [job.peak_mib for job in members if job.peak_mib is not None]
        seconds = sum(job.seconds for job in members)
        totals.append(RuleCost(rule, len(members), seconds, max(peaks, default=None)))
    return sorted(totals, key=lambda total: (-total.seconds, total.rule))


def _rows(root: Path, run: str) -> Iterator[Cost]:
    """Measuring of each file of rows, and the training of the weights that it measured."""
    for path in sorted((root / "results" / run).glob("*/*.json")):
        try:
            content = read_json(path, root)
        except LcpcError:
            continue
        time, training = _group(content, "time"), _group(content, "training")
        seconds, training_seconds = _number(time, "seconds"), _number(training, "seconds")
        if seconds is not None:
            peak_mib = _number(time, "peak_memory_mib")
            yield Cost(path.parent.name, path.stem, seconds, None, peak_mib, _machine(content))
        if training_seconds is not None:
            device = f", {training['device']}" if training.get("device") else ""
            yield Cost("training", path.stem, training_seconds, None, None, _machine(training)
                       + device)


def _group(content: dict[str, Any], name: str) -> dict[str, Any]:
    group = content.get(name)
    return group if isinstance(group, dict) else {}


def _number(group: dict[str, Any], name: str) -> float | None:
    return number(str(group.get(name)))


def _machine(content: dict[str, Any]) -> str:
    machine = _group(content, "machine")
    return f"{machine.get('processor', '')}, {machine.get('cores', '?')} cores" if machine else ""
