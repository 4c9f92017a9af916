"""Stops a run at random moments and compares what is left, and what comes of it, with an undisturbed run.

    python -m tests.interrupt --moments 100                # minutes a moment on two cores, most of them trainings
    python -m tests.interrupt --moments 20 --kinds products    # only tables and figures are drawn again
    python -m tests.interrupt --moments 100 --run published    # two tables and a figure of rows that are in the repository

A stop is a kill, a termination or an interrupt of Snakemake and all its jobs. Right after it no file may be missing
or altered that was there before; when Snakemake then finishes, all bytes are those of the undisturbed run. Kinds:

    products    tables and figures of a finished run are drawn again
    rows        rows of a finished run are measured again
    all         all of a finished run is made again, trainings too
    fresh       the run is made from nothing

The run is `smoke`, or `published`, whose rows no training makes: seconds a moment, products only.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMOKE, PUBLISHED = "smoke", "published"
COPIED = ("Snakefile", "workflow", "profiles", "envs", "config", "lcpc", "results/published", "results/recorded",
          "tables/published", "figures/published")
PRODUCTS = {
    SMOKE: ("tables/smoke/bd_metrics.csv", "tables/smoke/layer_sizes.csv", "tables/smoke/rate_at_80.csv", "tables/smoke/audit.csv",
            "figures/smoke/rate_accuracy_micro.csv", "figures/smoke/rate_accuracy_input_compression.csv"),
    PUBLISHED: ("tables/published/layer_sizes.csv", "tables/published/rate_at_80.csv", "figures/published/rate_accuracy_micro.csv"),
}
ROWS = ("results/smoke/rate_accuracy/draco_P64.csv", "results/smoke/rate_accuracy/proposed_micro_P64.csv")
FORCED = {SMOKE: {"products": ("--forcerun", *PRODUCTS[SMOKE]), "rows": ("--forcerun", *ROWS), "all": ("--forceall",), "fresh": ()},
          PUBLISHED: {"products": ("--forcerun", *PRODUCTS[PUBLISHED])}}
WHOLE = {SMOKE: (SMOKE,), PUBLISHED: PRODUCTS[PUBLISHED]}
"""What is asked of Snakemake: all of `smoke`, some products of `published`."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ROOMS = ("tables", "figures", "results", "checkpoints", "data")


def clone(folder: Path) -> Path:
    """The project as a fresh clone has it, without the rows and products of other runs."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    return folder


def digests(folder: Path, run: str) -> dict[str, str]:
    """Digest of each file of the run; of files that hold times of day, only whether they are whole."""
    held = {}
    for room in ROOMS:
        for path in sorted((folder / room / run).rglob("*")):
            if path.is_file() and path.name[0] != ".":
                held[path.relative_to(folder).as_posix()] = digest(path, room)
    return held


def digest(path: Path, room: str) -> str:
    if path.name == "manifest.sha256" or room == "checkpoints":
        return "whole" if path.stat().st_size else "empty"
    if path.suffix == ".json" and room == "results":
        return "whole" if json.loads(path.read_text())["config"] else "empty"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def command(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("snakemake")), "--cores", "2", *words]


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("LCPC_DATA", "LCPC_TMC3")}
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"}


def finish(folder: Path, *words: str) -> float:
    """Run Snakemake to its end; the seconds that it took."""
    begin = time.monotonic()
    done = subprocess.run(command(*words), cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(f"snakemake ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return time.monotonic() - begin


def stop(folder: Path, after_s: float, how: signal.Signals, *words: str) -> bool:
    """Start Snakemake and end it and its jobs after some seconds; whether it was still running."""
    process = subprocess.Popen(command(*words), cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(after_s)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, how)
        return True
    finally:
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Files that are missing or altered."""
    return [f"{file} is {'altered' if file in after else 'missing'}" for file in before if after.get(file) != before[file]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interrupt", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=5)
    parser.add_argument("--run", choices=list(FORCED), default=SMOKE)
    parser.add_argument("--kinds", nargs="+", choices=list(FORCED[SMOKE]))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="a project in which the run is finished (default: a copy is made)")
    options = parser.parse_args()
    run, whole = options.run, WHOLE[options.run]
    kinds = options.kinds or list(FORCED[run])
    if not set(kinds) <= set(FORCED[run]):
        parser.error(f"run {run} has the kinds {', '.join(FORCED[run])}")
    orders = {kind: (*whole, *FORCED[run][kind]) for kind in kinds}
    with tempfile.TemporaryDirectory(prefix="lcpc-interrupt-") as place:
        folder = options.folder or clone(Path(place, "project"))
        whole_s = finish(folder, *whole, *FORCED[run]["products"])  # committed ones may be of older code
        expected = digests(folder, run)
        print(f"undisturbed: {len(expected)} files, {whole_s:.0f} s", flush=True)
        seconds = {kind: finish(folder, *orders[kind]) if kind != "fresh" else whole_s for kind in kinds}
        if flaws := differences(expected, digests(folder, run)):
            print("two undisturbed runs differ:", *flaws, sep="\n  ")
            return 1
        failed = 0
        for number in range(options.moments):
            rng = random.Random(f"{options.seed} {number}")
            kind, how = kinds[number % len(kinds)], rng.choice(SIGNALS)
            after_s = rng.uniform(0.05, 0.85) * seconds[kind]
            project = clone(Path(place, f"fresh-{number}")) if kind == "fresh" else folder
            before = digests(project, run)
            begin = time.monotonic()
            was_running = stop(project, after_s, how, *orders[kind])
            if not was_running:  # the machine has less to do than before
                seconds[kind] = time.monotonic() - begin
            flaws = differences(before, digests(project, run))
            finish(project, *whole)
            later = differences(expected, digests(project, run))
            failed += bool(flaws or later)
            state = "" if was_running else ", which had ended"
            print(f"{number}: {how.name} to {kind} after {after_s:.1f} s{state}: {len(flaws)} files lost, {len(later)} differ at the end",
                  *flaws, *later, sep="\n    ", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
