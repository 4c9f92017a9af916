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
    joined = []
    for (sentence, reached), subjects in groups.items():
        words = sentence.format(listed(sorted(subjects)))
        joined.append(Cause(words, reached))
    return sorted(joined, key=_rank)


def _rank(cause: Cause) -> tuple[bool, int, str]:
    return cause.words == MISSING, -len(cause.jobs), cause.words


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
    named = {NEWER: reason.newer, ADDED: reason.added, REMOVED: reason.removed,
             SNAKEMAKE: reason.other}
    for sentence, subjects in named.items():
        yield from ((sentence, subject) for subject in subjects)
    if reason.new.keys() != reason.old.keys():
        yield NO_RECORD, job.rule.replace("_", " ")
        return
    for name, new in reason.new.items():
        old = reason.old[name]
        if name == "code":
            yield from ((CODE, file) for file in _changed_files(old, new))
        else:
            path = () if name == "values" else (name,)
            yield from ((SETTINGS, change) for change in _changes(path, old, new))


def _changed_files(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Files of modules whose digests differ; of those that came or went if no digest differs."""
    changed = [name for name in old if new.get(name, old[name]) != old[name]]
    return [_file(name) for name in changed or old.keys() ^ new.keys()]


def _file(module: str) -> str:
    path = source_path(module)
    if path is None:
        path = PROJECT.joinpath(*module.split(".")).with_suffix(".py")
    return path.relative_to(PROJECT).as_posix()


def _changes(path: tuple[str, ...], old: Any, new: Any) -> Iterator[str]:
    """Settings that differ, such as `training.epochs 20 -> 40`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _changes((*path, key), old.get(key), new.get(key))
    elif old != new:
        yield f"{'.'.join(path)} {_shown(old)} -> {_shown(new)}"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) > SHOWN:
        text = f"{text[:SHOWN - 3]}..."
    return text


def counted(jobs: Iterable[PlannedJob]) -> str:
    """Jobs by station, such as `3 trainings, 1 measurement, 12 tables`."""
    counts = Counter(STATIONS.get(job.rule.split("_")[0], "job") for job in jobs)
    order = [*STATIONS.values(), "job"]
    return ", ".join(several(counts[name], name) for name in order if counts[name])


def several(count: int, noun: str) -> str:
    """Such as `1 table` or `3 tables`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    shown = ", ".join(names[:LISTED])
    rest = len(names) - LISTED
    return f"{shown} and {rest} more" if rest > 0 else shown
