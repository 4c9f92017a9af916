"""Why jobs would run: what changed, in words, and all the jobs that follow from it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lcpc.planning.graph import PlannedJob
from lcpc.results.fingerprint import PROJECT, source_path

STATIONS = {
    "data": "data set", "train": "training", "evaluate": "measurement", "table": "table",
    "figure": "figure", "audit": "audit", "report": "report",
}
"""The first word of a rule's name, and what such a job is called."""
LISTED = 4
"""Names that are listed before the rest is counted."""
SHOWN = 60
"""Characters of a setting that are shown."""

MISSING = "not there yet"
UNFINISHED = "left unfinished by a killed or failed job"
CODE = "{} changed"
SETTINGS = "config: {}"
NEWER = "newer than what was made from it: {}"
ADDED = "inputs added: {}"
REMOVED = "inputs removed: {}"
NO_RECORD = "code or config of {} changed; there is no record of what it was"
SNAKEMAKE = "{}"


@dataclass(frozen=True)
class Cause:
    """One reason in words, and the numbers of the jobs that would run because of it."""

    words: str
    jobs: Sequence[int]


def causes(jobs: Sequence[PlannedJob]) -> list[Cause]:
    """All causes of a plan whose jobs are in order, those with the most jobs first.

    What has the same reason and leads to the same jobs shares a line.
    """
    direct: dict[tuple[str, str], set[int]] = defaultdict(set)
    for job in jobs:
        for sentence, subject in _reasons(job) if job.runs else ():
            direct[sentence, subject].add(job.id)
    groups: dict[tuple[str, tuple[int, ...]], list[str]] = defaultdict(list)
    for (sentence, subject), first in direct.items():
        groups[sentence, downstream(jobs, first)].append(subject)
    joined = [Cause(sentence.format(listed(sorted(subjects))), reached)
              for (sentence, reached), subjects in groups.items()]
    return sorted(joined, key=lambda cause: (cause.words == MISSING, -len(cause.jobs), cause.words))


def downstream(jobs: Sequence[PlannedJob], first: Iterable[int]) -> tuple[int, ...]:
    """Numbers of the jobs that would run because those of `first` do, these included."""
    reached = set(first)
    for job in jobs:
        if job.runs and not reached.isdisjoint(job.needs):
            reached.add(job.id)
    return tuple(sorted(reached))


def _reasons(job: PlannedJob) -> Iterator[tuple[str, str]]:
    """A job's own reasons: a sentence, and what is named in it."""
    reason = job.reason
    if reason.missing:
        yield MISSING, ""
    if reason.incomplete:
        yield UNFINISHED, ""
    for sentence, subjects in (
        (NEWER, reason.newer), (ADDED, reason.added), (REMOVED, reason.removed),
        (SNAKEMAKE, reason.other),
    ):
        yield from ((sentence, subject) for subject in subjects)
    if reason.new.keys() != reason.old.keys():
        yield NO_RECORD, job.rule.replace("_", " ")
        return
    modules = _changed_modules(reason.old.get("code", {}), reason.new.get("code", {}))
    yield from ((CODE, _file(module)) for module in modules)
    for name in ("values", "param"):
        path = () if name == "values" else (name,)
        changes = _changes(path, reason.old.get(name), reason.new.get(name))
        yield from ((SETTINGS, change) for change in changes)


def _changed_modules(old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[str]:
    """Modules whose digests differ; those that came or went where no digest differs."""
    changed = [name for name in old if name in new and old[name] != new[name]]
    return changed or old.keys() ^ new.keys()


def _file(module: str) -> str:
    path = source_path(module)
    return path.relative_to(PROJECT).as_posix() if path else f"{module.replace('.', '/')}.py"


def _changes(path: tuple[str, ...], old: Any, new: Any) -> Iterator[str]:
    """Settings that differ, such as `training.epochs 20 -> 40`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _changes((*path, key), old.get(key), new.get(key))
    elif old != new:
        yield f"{'.'.join(path)} {_shown(old)} -> {_shown(new)}"


def _shown(value: Any) -> str:
    text = "none" if value is None else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN - 3]}..."


def counted(jobs: Iterable[PlannedJob]) -> str:
    """Jobs by station, such as `3 trainings, 1 measurement, 12 tables`."""
    counts = Counter(STATIONS.get(job.rule.split("_")[0], "job") for job in jobs)
    order = [name for name in (*STATIONS.values(), "job") if counts[name]]
    return ", ".join(f"{counts[name]} {name}{plural(counts[name])}" for name in order)


def plural(count: int) -> str:
    """The ending of a word that is counted."""
    return "s" if count > 1 else ""


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    shown = ", ".join(names[:LISTED])
    return f"{shown} and {len(names) - LISTED} more" if len(names) > LISTED else shown
