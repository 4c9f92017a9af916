"""What commands take to start: seconds cold and warm, processor time and memory, beside the goals.

Each command runs in a copy of the project, so that nothing of it is written anew. Cold: the files
that Python imports are dropped from memory first; what another process has mapped stays.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from lcpc.bench import _timing
from lcpc.errors import LcpcError

COPIED = ("Snakefile", "workflow", "profiles", "envs", "config", "lcpc", "results/published",
          "tables/published", "figures/published", "results/recorded", "results/workstation",
          "tables/workstation", "figures/workstation")
TABLE = "tables/published/bd_metrics.csv"
OF_LCPC = {
    "lcpc table": "table bd_metrics",
    "lcpc figure": "figure rate_accuracy_micro",
    "lcpc trace": f"trace {TABLE} --row codec=tmc13 --column bd_rate_percent",
    "lcpc audit": "audit",
    "lcpc audit, run workstation": "audit --run workstation",
    "lcpc doctor": "doctor",
}
IMPORTED = (".py", ".pyc", ".so")
KIB_OF_MIB = 1024
"""The system counts memory in KiB."""
VERDICT = "The audit fails"
"""An audit that finds something ends with an error, but it ran."""


@dataclass(frozen=True)
class StartTime:
    """One start of a command: seconds of the clock and of the processor, and peak memory (MiB)."""

    wall_s: float
    processor_s: float
    memory_mib: float


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--repeats", type=int, default=3,
                        help="starts of each kind, whose medians are shown (default: 3)")


def run(options: argparse.Namespace) -> Iterator[str]:
    """A line for each command: medians of cold and of warm starts."""
    root = Path(options.root).resolve()
    yield from _timing.machine_lines()
    yield "| command | goal (s) | cold (s) | warm (s) | processor, warm (s) | memory (MiB) |"
    yield "|---|--:|--:|--:|--:|--:|"
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        copy_project(root, project)
        for name, words, goal_s in commands():
            start(words, project)  # bytecode and what the command makes once
            cold = [start(words, project, is_cold=True) for _ in range(options.repeats)]
            warm = [start(words, project) for _ in range(options.repeats)]
            yield _line(name, goal_s, cold, warm)


def commands() -> Iterator[tuple[str, list[str], float]]:
    """Name, words and goal (seconds) of each command."""
    for name, words in OF_LCPC.items():
        yield name, [sys.executable, "-m", "lcpc.cli", *words.split()], 2.0
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "1", "--force", TABLE]
    yield "a table by `snakemake`", snakemake, 4.0
    imports = "import lcpc.fast, lcpc.models.point_codec, lcpc.trainer.loop, torch"
    yield "imports of a training", [sys.executable, "-c", imports], 4.0
    imports = "import torch; from lcpc.entropy import rans; rans.RansDecoder(bytes(9), 0)"
    yield "imports of an image codec", [sys.executable, "-c", imports], 4.0


def copy_project(root: Path, project: Path) -> None:
    """Copy what the commands read."""
    for name in COPIED:
        source, target = root / name, project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():
            shutil.copy2(source, target)


def start(words: Sequence[str], project: Path, *, is_cold: bool = False) -> StartTime:
    """Run a command in the project. Raises LcpcError with its last words where it fails."""
    if is_cold:
        forget(chain(Path(sysconfig.get_path("purelib")).rglob("*"), project.rglob("*")))
    environment = {**os.environ, "PYTHONPATH": str(project)}
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(words, cwd=project, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        last = said.read().decode(errors="replace")[-400:]
        if process.returncode and VERDICT not in last:
            raise LcpcError(f"`{' '.join(words)}` ended with {process.returncode}: {last}")
    return StartTime(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB_OF_MIB)


def forget(paths: Iterator[Path]) -> None:
    """Drop the pages of imported files from memory, where the system can."""
    for path in paths:
        if path.suffix in IMPORTED and path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def _line(name: str, goal_s: float, cold: Sequence[StartTime], warm: Sequence[StartTime]) -> str:
    cold_s = statistics.median(start.wall_s for start in cold)
    warm_s = statistics.median(start.wall_s for start in warm)
    worked_s = statistics.median(start.processor_s for start in warm)
    memory = statistics.median(start.memory_mib for start in warm)
    return (f"| {name} | {goal_s:.0f} | {cold_s:.1f} | {warm_s:.1f} | {worked_s:.1f} | "
            f"{memory:,.0f} |")
