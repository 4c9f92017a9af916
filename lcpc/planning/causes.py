"""Why jobs would run, cause by cause: what changed, in words, and all the jobs that follow from it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcpc.planning import book
from lcpc.planning.graph import Job, downstream

STATIONS = {"data": "data set", "train": "training", "evaluate": "measurement", "table": "table", "figure": "figure",
            "audit": "audit", "report": "report"}
"""The first word of a rule's name, and what such a job is called."""
LISTED = 4
"""Names that are listed before the rest is counted."""
MISSING, CHANGED = "missing", "changed"


@dataclass(frozen=True)
class Cause:
    """One reason in words, and the numbers of the jobs that would run for it: directly, and because those do."""

    words: str
    kind: str
    direct: frozenset[int]
    jobs: frozenset[int]


def causes(root: Path, jobs: Sequence[Job]) -> list[Cause]:
    """All causes of a plan, the ones with the most jobs first; causes behind the same jobs stand in one line."""
    direct: dict[tuple[str, str], set[int]] = {}
    for job in jobs:
        for kind, words in _own(root, job) if job.runs else ():
            direct.setdefault((kind, words), set()).add(job.id)
    for files, ids in _newer(jobs):
        words = f"newer than what was made of {_it(files)}: {listed(files)}"
        direct.setdefault((CHANGED, words), set()).update(ids)
    found = [Cause(words, kind, frozenset(ids), frozenset(downstream(jobs, ids))) for (kind, words), ids in direct.items()]
    return sorted(_joined(found), key=lambda cause: (cause.kind == MISSING, -len(cause.jobs), cause.words))


def _newer(jobs: Sequence[Job]) -> list[tuple[list[str], set[int]]]:
    """Newer inputs with the numbers of the jobs that read them; lists that share a file are told as one."""
    groups: list[tuple[set[str], set[int]]] = []
    for job in jobs:
        if not job.runs or not job.reason.newer:
            continue
        files, ids = set(job.reason.newer), {job.id}
        for group in [group for group in groups if not files.isdisjoint(group[0])]:
            groups.remove(group)
            files |= group[0]
            ids |= group[1]
        groups.append((files, ids))
    return [(sorted(files), ids) for files, ids in groups]


def _own(root: Path, job: Job) -> Iterator[tuple[str, str]]:
    reason = job.reason
    if reason.missing:
        yield MISSING, "not there yet"
    if reason.incomplete:
        yield CHANGED, "left unfinished by a killed or failed job"
    if reason.inputs_changed:
        yield CHANGED, f"inputs came or went: {listed(reason.inputs_changed)}"
    yield from ((CHANGED, words) for words in reason.other)
    if job.code in reason.new_params:
        yield from ((CHANGED, words) for words in _code(root, job))
    if job.settings in reason.new_params:
        yield from ((CHANGED, words) for words in _settings(root, job))


def _code(root: Path, job: Job) -> list[str]:
    for old in job.reason.old_params:
        if changed := book.changed_code(root, old, job.code):
            return [_module(name, parts) for name, parts in changed.items()]
    return [f"code behind {_station(job.rule)} changed; what it was is not on record"]


def _module(name: str, parts: Sequence[str]) -> str:
    where = f"{name.replace('.', '/')}.py"
    return f"{where} changed: {listed(parts)}" if parts else f"{where} changed, came or went"


def _settings(root: Path, job: Job) -> list[str]:
    where = f"config/{job.run}.yaml"
    if (changes := setting_changes(root, job)) is None:
        return [f"{where} changed for {_station(job.rule)}; what it said is not on record"]
    return [f"{where}: {change.words()}" for change in changes]


def setting_changes(root: Path, job: Job) -> list[book.Change] | None:
    """Settings of a job that are not those that its outputs were made with; None where they are not on record."""
    if job.settings not in job.reason.new_params:
        return []
    for old in job.reason.old_params:
        if (changes := book.changed_settings(root, old, job.settings)) is not None:
            return changes
    return None


def _joined(found: Iterable[Cause]) -> Iterator[Cause]:
    groups: dict[tuple[str, frozenset[int]], list[Cause]] = {}
    for cause in found:
        groups.setdefault((cause.kind, cause.jobs), []).append(cause)
    for (kind, jobs), members in groups.items():
        words = "; ".join(sorted(cause.words for cause in members))
        yield Cause(words, kind, frozenset().union(*(cause.direct for cause in members)), jobs)


def counted(jobs: Iterable[Job]) -> str:
    """Jobs by station, e.g. `3 trainings, 1 measurement, 12 tables`."""
    counts = Counter(_kind(job.rule) for job in jobs)
    order = [*STATIONS.values(), "job"]
    return ", ".join(f"{counts[name]} {name}{'s' * (counts[name] > 1)}" for name in order if counts[name])


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    shown = ", ".join(names[:LISTED])
    return f"{shown} and {len(names) - LISTED} more" if len(names) > LISTED else shown


def _kind(rule: str) -> str:
    return STATIONS.get(rule.split("_")[0], "job")


def _station(rule: str) -> str:
    return rule.replace("_", " ")


def _it(files: Sequence[str]) -> str:
    return "it" if len(files) == 1 else "them"
