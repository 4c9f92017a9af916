"""`lcpc bench busy_core` measures each program alone and beside a process that takes a core."""

import os
import signal
import time

import pytest

from lcpc.bench import _timing, busy_core
from lcpc.bench._timing import Timing
from lcpc.bench.busy_core import Program
from lcpc.cli import main
from lcpc.errors import LcpcError

TIMES_S = "import json, os, sys; print(json.dumps(dict(least_s=0, median_s={}, steps=1, memory_mib=0)))"


def program(name, words, environment=None):
    return Program(name, ["-c", words], environment or {})


def test_the_table_compares_the_medians_of_all_rounds(monkeypatch, capsys, root):
    times_ms = iter([10, 20, 5, 25, 4, 8, 12, 20, 5, 15, 4, 9, 11, 90, 5, 20, 4, 10])
    monkeypatch.setattr(_timing, "child", lambda words, environment: Timing(0, next(times_ms) / 1e3, 1, 0))
    assert main(["--root", str(root), "bench", "busy_core", "--threads", "2"]) == 0
    machine, case, *_, plain, spin, sleep = filter(None, capsys.readouterr().out.splitlines())
    assert machine.startswith("Machine: ")
    assert case == "full, P=1024, 1 lambda, batch 32, 2 cores; medians of 3 rounds."
    assert plain == "| plain loop | 11.0 | 20.0 | 1.82 |"
    assert spin == "| lcpc, waiting threads spin | 5.0 | 20.0 | 4.00 |"
    assert sleep == "| lcpc, waiting threads sleep | 4.0 | 9.0 | 2.25 |"


def test_both_ways_to_wait_are_what_they_are_called(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    asked = TIMES_S.format("1 if os.environ.get('OMP_WAIT_POLICY') == 'PASSIVE' else 0")
    listed = busy_core.programs(_timing.Case(), "plain_loop.py", 0)
    policies = [busy_core.seconds_a_step(program(each.name, asked, each.environment)) for each in listed]
    assert policies == [0, 0, 1]


def test_the_busy_process_computes_and_is_gone_afterwards():
    before = os.times().children_user
    with busy_core.busy_process() as busy:
        time.sleep(1)
        assert busy.poll() is None
    assert busy.returncode == -signal.SIGKILL
    assert os.times().children_user > before


def test_a_busy_process_that_ends_is_no_measurement(monkeypatch):
    monkeypatch.setattr(busy_core, "BUSY", "raise SystemExit(3)")
    with pytest.raises(LcpcError, match="the busy process ended with 3; measure again"), busy_core.busy_process() as busy:
        busy.wait()
