"""Jobs that were stopped: no file is lost, and what they left is made again.

Outputs are marked `update`, so that Snakemake deletes no file before its successor is there, and
puts files back after a failure. It then takes them for new, so each job leaves a mark while it
runs. A mark that is found when no Snakemake is alive counts as a stop, and the count is a parameter
of the rule: the job runs once more.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

RUNNING = Path(".snakemake/running")
STOPPED = Path(".snakemake/stopped")
BACKUPS = Path(".snakemake/backups")


def marked(command: str) -> str:
    """A rule's shell line: the command, what it says also in the log, and the mark of a job that is
    not done."""
    mark = f"{RUNNING}/{{log}}"
    log = "2>&1 | tee -i {log} >&2"
    return f"mkdir -p $(dirname {mark}); touch {mark}; {command} {log}; rm -f {mark}"


def stops(log: str) -> Callable[[Any], int]:
    """How often the job with this log was stopped, as a parameter of its rule."""

    def count(wildcards: Any) -> int:
        return _count(STOPPED / log.format(**dict(wildcards.items())))

    return count


def count_stops() -> None:
    """Count the jobs that were stopped, and put back what a killed Snakemake had kept of them.

    To be called where no other Snakemake is alive in this folder.
    """
    if "--mode" in sys.argv:  # a job of a Snakemake elsewhere, such as on a cluster
        return
    try:
        for backup in _files(BACKUPS):
            target = backup.relative_to(BACKUPS)
            if target.parent.is_dir():
                os.replace(backup, target)
        for mark in _files(RUNNING):
            counter = STOPPED / mark.relative_to(RUNNING)
            counter.parent.mkdir(parents=True, exist_ok=True)
            counter.write_text(str(_count(counter) + 1))
            mark.unlink()
    except OSError:
        return  # a project that can't be written: nothing can be made in it either


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _count(counter: Path) -> int:
    try:
        return int(counter.read_text())
    except (OSError, ValueError):
        return 0
