"""How much slower a training step on several cores is while another process keeps one of them busy.

Threads that spin while they wait for each other take the time of the one that they wait for. The
three programs are measured in turn, alone and beside the busy process, each in a process of its
own.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lcpc.bench import _options, _timing
from lcpc.bench._timing import Case
from lcpc.bench.training_step import plain_loop, plain_options
from lcpc.errors import LcpcError

BUSY = "while True: pass"
POLICY = "OMP_WAIT_POLICY"
PASSIVE = {POLICY: "PASSIVE"}
"""What the command line sets."""


@dataclass(frozen=True)
class Program:
    """What a Python process is told, and the environment that it has in addition."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]


arguments = partial(_options.add, threads=_options.CORES, size="full", points=1024, rounds=3,
                    seconds=3.0)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line a program."""
    script = plain_loop(options.root)
    case = Case(options.size, options.points, threads=options.threads)
    yield from _timing.machine_lines()
    yield f"{case}, {case.threads} cores; medians of {options.rounds} rounds."
    yield ""
    yield "| training step | alone, ms | beside a busy process, ms | times slower |"
    yield "|---|--:|--:|--:|"
    listed = programs(case, script, options.seconds)
    for program, (alone_s, beside_s) in zip(listed, in_turn(listed, options.rounds), strict=True):
        yield (f"| {program.name} | {alone_s * 1e3:.1f} | {beside_s * 1e3:.1f} "
               f"| {beside_s / alone_s:.2f} |")


def programs(case: Case, script: Path, seconds: float) -> list[Program]:
    """The plain loop as anyone would start it, and lcpc with threads that spin and that sleep."""
    plain = [str(script), *plain_options(case, seconds)]
    fast = _timing.words(case, seconds)
    return [Program("plain loop", plain, {}),
            Program("lcpc, waiting threads spin", fast, {}),
            Program("lcpc, waiting threads sleep", fast, PASSIVE)]


def in_turn(listed: Sequence[Program], rounds: int) -> list[tuple[float, float]]:
    """(alone, beside a busy process) of each program: medians over rounds of its seconds a step."""
    times: list[tuple[list[float], list[float]]] = [([], []) for _ in listed]
    for _ in range(rounds):
        for program, (alone, beside) in zip(listed, times, strict=True):
            alone.append(seconds_a_step(program))
            with busy_process():
                beside.append(seconds_a_step(program))
    return [(statistics.median(alone), statistics.median(beside)) for alone, beside in times]


def seconds_a_step(program: Program) -> float:
    """Median over the steps of one process. Raises LcpcError with its last words if it fails."""
    inherited = {name: value for name, value in os.environ.items() if name != POLICY}
    return _timing.child(program.words, {**inherited, **program.environment}).median_s


@contextmanager
def busy_process() -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that computes all the time. Raises LcpcError if it has ended by itself."""
    busy = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        yield busy
        if busy.poll() is not None:
            raise LcpcError(f"the busy process ended with {busy.returncode}; measure again")
    finally:
        busy.kill()
        busy.wait()
