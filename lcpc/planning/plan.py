"""The whole plan of a target: jobs, causes, estimates and schedule."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcpc.planning import graph
from lcpc.planning.causes import Cause, causes
from lcpc.planning.estimates import Estimate, estimates
from lcpc.planning.schedule import Schedule, schedule

TELL_THEIR_CODE = frozenset({"table", "figure"})
"""Rules whose products name the same fingerprint as the rule's parameter."""
CURRENT, STALE, ABSENT = 0, 3, 4
"""Exit codes: nothing would run; something that is there is out of date; nothing is, but something is not there yet."""


@dataclass(frozen=True)
class Plan:
    """What would run for `targets` on `cores`; sizes in bytes, paths relative to the project."""

    targets: tuple[str, ...]
    cores: int
    jobs: tuple[graph.Job, ...]
    causes: tuple[Cause, ...]
    estimates: dict[int, Estimate]
    schedule: Schedule
    evidence: tuple[str, ...]
    """Result rows that are taken as they are: no rule makes them, since they came without their weights."""
    resumes: tuple[str, ...]
    """Weights whose training was killed and goes on from where it was."""
    outdated: tuple[graph.Job, ...]
    """Jobs that would not run although what they made names other code than today's."""
    replaced_bytes: int
    free_bytes: int

    def pending(self) -> list[graph.Job]:
        """Jobs that would run."""
        return [job for job in self.jobs if job.runs]


def make(root: Path, targets: Sequence[str], cores: int) -> Plan:
    """Plan `targets` in the project at `root`; nothing is run and no file of a run is touched. Raises ConfigError."""
    jobs = graph.read(root, targets, cores)
    costs = estimates(root, jobs)
    return Plan(tuple(targets), cores, tuple(jobs), tuple(causes(root, jobs)), costs, schedule(jobs, costs, cores),
                _evidence(jobs), _resumes(root, jobs), _outdated(root, jobs), _replaced(root, jobs),
                shutil.disk_usage(root).free)


def exit_code(plan: Plan) -> int:
    """What the command line ends with."""
    pending = plan.pending()
    if plan.outdated or any(not job.reason.missing for job in pending):
        return STALE
    return ABSENT if pending else CURRENT


def _evidence(jobs: Sequence[graph.Job]) -> tuple[str, ...]:
    made = {path for job in jobs for path in job.outputs}
    read = {path for job in jobs for path in job.inputs}
    kept = ("results/published/", "results/recorded/")
    return tuple(sorted(path for path in read - made if path.startswith("results/") and not path.startswith(kept)))


def _resumes(root: Path, jobs: Sequence[graph.Job]) -> tuple[str, ...]:
    weights = [Path(path) for job in jobs if job.runs for path in job.outputs if path.startswith("checkpoints/")]
    return tuple(path.as_posix() for path in weights if (root / path.parent / "resume" / path.name).is_file())


def _outdated(root: Path, jobs: Sequence[graph.Job]) -> tuple[graph.Job, ...]:
    """Snakemake keeps what it has no record of, as in a fresh clone; tables and figures tell which code made them."""
    return tuple(job for job in jobs if not job.runs and job.rule in TELL_THEIR_CODE
                 and _code(root, job.outputs) not in ("", job.code))


def _code(root: Path, outputs: Sequence[str]) -> str:
    """Fingerprint of the code that made a product, by its own json; empty where that says nothing."""
    for path in outputs:
        if path.endswith(".json"):
            try:
                return str(json.loads((root / path).read_text())["code"])
            except (OSError, ValueError, KeyError, TypeError):
                return ""
    return ""


def _replaced(root: Path, jobs: Sequence[graph.Job]) -> int:
    paths = [root / path for job in jobs if job.runs for path in job.outputs]
    return sum(path.stat().st_size for path in paths if path.is_file())
