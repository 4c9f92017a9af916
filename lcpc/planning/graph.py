"""The job graph of a target: each job with its files, what it waits for, and why Snakemake would run it."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcpc.errors import ConfigError, did_you_mean


@dataclass(frozen=True)
class Reason:
    """Why Snakemake would run a job; all empty where it would not."""

    missing: tuple[str, ...] = ()
    """Outputs that are not there."""
    incomplete: tuple[str, ...] = ()
    """Outputs that a killed or failed job left."""
    newer: tuple[str, ...] = ()
    """Inputs that are newer than the outputs."""
    remade: tuple[str, ...] = ()
    """Inputs that another job of the plan makes."""
    old_params: tuple[str, ...] = ()
    """Digests of code and settings that the outputs were made with and that hold no more."""
    new_params: tuple[str, ...] = ()
    inputs_changed: tuple[str, ...] = ()
    """Inputs that came or went since."""
    other: tuple[str, ...] = ()
    """Anything else, in Snakemake's words."""


@dataclass(frozen=True)
class Job:
    """One job of the graph; paths are relative to the project's folder."""

    id: int
    rule: str
    title: str
    outputs: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    wildcards: tuple[tuple[str, str], ...] = ()
    threads: int = 1
    benchmark: str = ""
    needs: tuple[int, ...] = ()
    code: str = ""
    settings: str = ""
    runs: bool = False
    reason: Reason = Reason()

    @property
    def run(self) -> str:
        """The run that the job belongs to; empty where its rule has none."""
        return dict(self.wildcards).get("run", "")


def read(root: Path, targets: Sequence[str], cores: int) -> list[Job]:
    """All jobs behind `targets`, those that are up to date included.

    Raises ConfigError where Snakemake refuses: an unknown target, a config that is wrong, an input that nothing makes.
    """
    command = [sys.executable, "-m", "lcpc.planning.snake", str(cores), *targets]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    try:
        content = json.loads(done.stdout)
    except ValueError as error:
        raise ConfigError(f"Snakemake can't read {root.name}/Snakefile: {_tail(done.stderr)}") from error
    if "error" in content:
        raise ConfigError(_refusal(root, targets, content["error"]))
    return jobs(content["jobs"])


def jobs(content: Iterable[dict[str, Any]]) -> list[Job]:
    """Jobs from their JSON, in the order of their numbers."""
    return sorted(map(_job, content), key=lambda job: job.id)


def _job(content: dict[str, Any]) -> Job:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}
    values["reason"] = Reason(**{name: tuple(value) for name, value in content["reason"].items()})
    values["wildcards"] = tuple(content["wildcards"].items())
    return Job(**values)


def downstream(all_jobs: Sequence[Job], first: Iterable[int]) -> set[int]:
    """Numbers of the jobs that would run because those of `first` do, these included."""
    found = set(first)
    for job in in_order(all_jobs):
        if job.runs and not found.isdisjoint(job.needs):
            found.add(job.id)
    return found


def in_order(all_jobs: Sequence[Job]) -> Iterator[Job]:
    """Jobs so that each comes behind those that it waits for."""
    by_id = {job.id: job for job in all_jobs}
    done: set[int] = set()

    def visit(job: Job) -> Iterator[Job]:
        if job.id not in done:
            done.add(job.id)
            for need in job.needs:
                if need in by_id:
                    yield from visit(by_id[need])
            yield job

    for job in all_jobs:
        yield from visit(job)


def _refusal(root: Path, targets: Sequence[str], error: str) -> str:
    runs = sorted(path.stem for path in (root / "config").glob("*.yaml"))
    unknown = [target for target in targets if target not in (*runs, "all") and target in error]
    hint = f" {did_you_mean(unknown[0], [*runs, 'all'])} Or a file by its path." if unknown and "/" not in unknown[0] else ""
    return f"{error}{hint}"


def _tail(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
