"""The whole plan of a target: jobs, causes, and what they would take."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lcpc.config import load
from lcpc.errors import LcpcError
from lcpc.jobs import JobContext
from lcpc.planning import graph
from lcpc.planning.causes import Cause, causes
from lcpc.planning.estimates import Estimate, estimates, inventory, size_on_disk
from lcpc.planning.graph import PlannedJob
from lcpc.results.provenance import value_digest
from lcpc.results.store import read_json
from lcpc.trainer import kept

RECORD_THEIR_CODE = frozenset({"table", "figure"})
"""Rules whose products hold the digest of the code that made them, in their json."""
CURRENT, STALE, ABSENT = 0, 3, 4
"""Exit codes: nothing would run; a file is out of date; no file is, but some are not there yet."""


@dataclass(frozen=True)
class Plan:
    """What would run for `targets` on `cores`; paths are relative to the project's folder."""

    targets: Sequence[str]
    cores: int
    jobs: Sequence[PlannedJob]
    """In order: each after those that it waits for."""
    causes: Sequence[Cause] = ()
    estimates: Mapping[int, Estimate] = field(default_factory=dict)
    evidence: Sequence[str] = ()
    """Rows that are taken as they are: no rule makes them, since they came without weights."""
    resumes: Sequence[str] = ()
    """Weights whose training was killed and goes on from where it was."""
    taken: Sequence[str] = ()
    """Weights that a training takes from the repository, in seconds."""
    outdated: Sequence[PlannedJob] = ()
    """Jobs that would not run although other code than today's made their files."""
    replaced_bytes: int = 0
    free_bytes: int = 0

    @property
    def pending(self) -> list[PlannedJob]:
        """Jobs that would run."""
        return [job for job in self.jobs if job.runs]

    @property
    def seconds(self) -> float:
        """At least so long: the longest chain, or all work shared evenly by the cores."""
        core_seconds = 0.0
        for job in self.pending:
            core_seconds += self._seconds(job) * min(job.threads, self.cores)
        return max(self.chain_seconds, core_seconds / self.cores)

    @property
    def chain_seconds(self) -> float:
        """The longest chain of jobs that wait for each other: no number of cores is faster."""
        ends: dict[int, float] = {}
        for job in self.pending:
            starts = [ends.get(need, 0.0) for need in job.needs]
            ends[job.id] = max(starts, default=0.0) + self._seconds(job)
        return max(ends.values(), default=0.0)

    @property
    def memory_mib(self) -> float:
        """At most so much at once: the largest jobs that the cores can run side by side."""
        free, total = self.cores, 0.0
        for job in sorted(self.pending, key=self._memory_mib, reverse=True):
            if free > 0:
                total += self._memory_mib(job)
            free -= job.threads
        return total

    @property
    def exit_code(self) -> int:
        """What the command line ends with."""
        absent = [job for job in self.pending if job.reason.missing]
        if self.outdated or len(absent) < len(self.pending):
            return STALE
        return ABSENT if self.pending else CURRENT

    def _seconds(self, job: PlannedJob) -> float:
        return self.estimates[job.id].seconds or 0.0

    def _memory_mib(self, job: PlannedJob) -> float:
        return self.estimates[job.id].memory_mib or 0.0


def make(root: Path, targets: Sequence[str], cores: int) -> Plan:
    """Plan `targets` in the project at `root`; runs nothing. Raises ConfigError."""
    jobs = graph.read(root, targets, cores)
    of_repository = taken(root, jobs)
    return Plan(
        targets, cores, jobs, causes(jobs), estimates(root, jobs, of_repository),
        evidence=_evidence(jobs), resumes=_resumes(root, jobs), taken=of_repository,
        outdated=_outdated(root, jobs),
        replaced_bytes=size_on_disk(root, _pending_outputs(jobs)),
        free_bytes=shutil.disk_usage(root).free)


def taken(root: Path, jobs: Sequence[PlannedJob]) -> list[str]:
    """Outputs of the trainings among `jobs` for which `lcpc train` would take kept weights."""
    pending = set(_pending_outputs(jobs))
    runs = {path.parent.parent.name for path in root.glob(f"results/*/{kept.FOLDER}/*.pt")}
    trainings = [job for job in inventory(root) if job.output in pending and job.run in runs]
    return [job.output for job in trainings
            if kept.is_taken(JobContext(root, load(root, job.run)), job)]


def _evidence(jobs: Sequence[PlannedJob]) -> list[str]:
    made = {path for job in jobs for path in job.outputs}
    read = {path for job in jobs for path in job.inputs}
    ours = ("results/published/", "results/recorded/")
    rows = [path for path in read - made if path.startswith("results/")]
    return sorted(path for path in rows if not path.startswith(ours))


def _resumes(root: Path, jobs: Sequence[PlannedJob]) -> list[str]:
    resumes = []
    for path in _pending_outputs(jobs):
        weights = root / path
        state = weights.parent / "resume" / weights.name
        if path.startswith("checkpoints/") and state.is_file():
            resumes.append(path)
    return resumes


def _pending_outputs(jobs: Sequence[PlannedJob]) -> list[str]:
    return [path for job in jobs if job.runs for path in job.outputs]


def _outdated(root: Path, jobs: Sequence[PlannedJob]) -> list[PlannedJob]:
    """Jobs that Snakemake keeps, having no record of them, though their json names other code."""
    outdated = []
    for job in jobs:
        if not job.runs and job.rule in RECORD_THEIR_CODE:
            recorded = _recorded_code(root, job)
            if recorded and recorded != value_digest(job.code):
                outdated.append(job)
    return outdated


def _recorded_code(root: Path, job: PlannedJob) -> str:
    """Digest of the code that made a product, from its json; empty where that says nothing."""
    for path in job.outputs:
        if path.endswith(".json"):
            with suppress(OSError, LcpcError):
                return str(read_json(root / path).get("code", ""))
    return ""
