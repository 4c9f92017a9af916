"""A stop at any moment leaves the tree with all that it had, and what was stopped is made again."""

import os
import signal
import subprocess
import time
from functools import partial

import pytest

RUN = "demo"
ROWS = "results/demo/rate_accuracy/draco_P16.csv"


def files(project):
    found = {}
    for room in ("tables", "figures", "results", "checkpoints", "data"):
        for path in (project.folder / room).rglob("*"):
            if path.is_file() and path.name != "manifest.sha256":
                found[path.relative_to(project.folder).as_posix()] = path.read_text(errors="replace")
    return found


def stopped(project, how, *words):
    """Start Snakemake, and end it while its jobs hang in the middle of what they write."""
    (project.folder / "hang").touch()
    (project.folder / "calls.txt").write_text("")
    process = subprocess.Popen(project.command(*words), cwd=project.folder, env=project.environment(), start_new_session=True,
                               preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a shell's background ignores it
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until = time.monotonic() + 90
    while not (project.folder / "calls.txt").read_text() and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.5)
    os.killpg(process.pid, how)
    process.communicate(timeout=90)
    (project.folder / "hang").unlink()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stop_while_products_are_redrawn_loses_none_and_the_next_call_makes_them(finished, how):
    before = files(finished)
    finished.edit("lcpc/metrics/bjontegaard.py", "\nNEW = 1\n")
    stopped(finished, how, "tables/published/bd_metrics.csv")
    after = files(finished)
    assert before == after
    assert finished.calls("tables/published/bd_metrics.csv") == ["table bd_metrics --run published"]
    assert finished.calls("tables/published/bd_metrics.csv") == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_rows_that_are_measured_again_stay_until_new_ones_are_there(finished, how):
    before = files(finished)
    finished.edit("lcpc/experiments/input_compression.py", "\nNEW = 1\n")
    stopped(finished, how, ROWS)
    assert files(finished) == before
    assert finished.calls(ROWS) == ["evaluate rate_accuracy/draco_P16 --run demo --threads 1"]
    assert finished.calls(ROWS) == []


def test_a_job_that_fails_keeps_what_it_had_and_runs_again(finished):
    before = files(finished)
    finished.edit("lcpc/metrics/bjontegaard.py", "\nNEW = 1\n")
    (finished.folder / "fail-table").touch()
    assert finished.snakemake("tables/published/bd_metrics.csv").returncode != 0
    assert files(finished) == before
    (finished.folder / "fail-table").unlink()
    assert finished.calls("tables/published/bd_metrics.csv") == ["table bd_metrics --run published"]
    assert finished.calls("tables/published/bd_metrics.csv") == []


def test_what_was_new_and_not_done_is_made_again(project):
    stopped(project, signal.SIGINT, "tables/published/bd_metrics.csv")
    assert project.calls("tables/published/bd_metrics.csv") == ["table bd_metrics --run published"]
