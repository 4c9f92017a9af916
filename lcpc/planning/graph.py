"""The job graph of a target: each job's files, what it waits for, and why it would run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lcpc.config import require_project, runs
from lcpc.errors import ConfigError, did_you_mean

RECORDS = Path(".snakemake") / "metadata"


@dataclass(frozen=True)
class Reason:
    """Why Snakemake would run a job; all empty where it would not."""

    missing: Sequence[str] = ()
    """Outputs that are not there."""
    incomplete: Sequence[str] = ()
    """Outputs that a killed or failed job left."""
    newer: Sequence[str] = ()
    """Inputs that are newer than the outputs and that no job of the plan makes."""
    added: Sequence[str] = ()
    """Inputs that the outputs were made without."""
    removed: Sequence[str] = ()
    """Inputs that the outputs were made from and that are not inputs any more."""
    old: Mapping[str, Any] = field(default_factory=dict)
    """The params `code` and `values` that the outputs were made with, where they have changed."""
    new: Mapping[str, Any] = field(default_factory=dict)
    """The same as they are today."""
    other: Sequence[str] = ()
    """Anything else, in Snakemake's words."""


@dataclass(frozen=True)
class PlannedJob:
    """One job of the graph; paths are relative to the project's folder."""

    id: int
    rule: str
    title: str
    outputs: Sequence[str]
    inputs: Sequence[str] = ()
    threads: int = 1
    benchmark: str = ""
    needs: Sequence[int] = ()
    """Numbers of the jobs that it waits for."""
    code: Mapping[str, str] = field(default_factory=dict)
    """Digests of its code today, by module."""
    runs: bool = False
    reason: Reason = Reason()


def read(root: Path, targets: Sequence[str], cores: int) -> list[PlannedJob]:
    """All jobs for `targets`, up to date or not, each after those that it waits for.

    Raises ConfigError where Snakemake refuses: an unknown target, a wrong config, or an input that
    nothing makes.
    """
    require_project(root)
    command = [sys.executable, "-m", "lcpc.planning.snake", str(cores), *targets]
    with writable(root) as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
    try:
        content = json.loads(done.stdout)
    except ValueError as error:
        lines = done.stderr.strip().splitlines() or ["it printed nothing"]
        raise ConfigError(f"Snakemake can't read {root.name}/Snakefile: {lines[-1]}") from error
    if "error" in content:
        raise ConfigError(_refusal(root, targets, content["error"]))
    return in_order(_job(job) for job in content["jobs"])


@contextmanager
def writable(root: Path) -> Iterator[Path]:
    """The project's folder; if read-only, links to it and a copy of Snakemake's records."""
    if os.access(root, os.W_OK):
        yield root
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        for path in root.iterdir():
            if path.name != RECORDS.parts[0]:
                (copy / path.name).symlink_to(path.resolve())
        if (root / RECORDS).is_dir():
            shutil.copytree(root / RECORDS, copy / RECORDS)
        yield copy


def _job(content: dict[str, Any]) -> PlannedJob:
    return PlannedJob(**{**content, "reason": Reason(**content["reason"])})


def in_order(jobs: Iterable[PlannedJob]) -> list[PlannedJob]:
    """The jobs so that each comes after those that it waits for."""
    by_id = {job.id: job for job in jobs}
    needs = {number: by_id[number].needs for number in sorted(by_id)}
    order = TopologicalSorter(needs).static_order()
    return [by_id[number] for number in order if number in by_id]


def _refusal(root: Path, targets: Sequence[str], error: str) -> str:
    known = [*runs(root), "all"]
    unknown = [target for target in targets if target not in known and target in error]
    if unknown and "/" not in unknown[0]:
        return f"{error} {did_you_mean(unknown[0], known)} Or a file by its path."
    return error
