"""A training step of lcpc side by side with the plain loop of benchmarks/plain_loop.py."""

import argparse
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from lcpc.bench import _options, _timing
from lcpc.bench._timing import Case, Timing
from lcpc.errors import MissingData

LAMBDAS = 12
POINTS = (16, 64, 256, 1024)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    _options.add(parser, threads=_options.CORES, rounds=3, seconds=2.0)
    _options.add_only(parser)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line a case."""
    script = plain_loop(options.root)
    yield from _timing.machine_lines()
    yield ("| training step | cores | plain loop, ms | lcpc, ms | times faster "
           "| plain, MiB | lcpc, MiB | share |")
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for case in cases(options.threads, options.only):
        plain, fast = in_turn(case, script, options.rounds, options.seconds)
        yield compared(case, plain, fast)


def plain_loop(root: str | Path) -> Path:
    """The script of the plain loop. Raises MissingData where it is not below `root`."""
    script = Path(root) / "benchmarks" / "plain_loop.py"
    if not script.is_file():
        raise MissingData(f"{script} is not there: the plain loop comes with a checkout of lcpc; "
                          "name its folder with --root")
    return script


def cases(threads: int, only: str | None) -> list[Case]:
    """Full at P=1024 with all cores, then whole curves on one core."""
    curves = [Case(size, points, LAMBDAS) for size in ("micro", "lite") for points in POINTS]
    every = [Case("full", 1024, threads=threads), *curves, Case("full", 64, LAMBDAS)]
    return [case for case in every if only in (None, case.size)]


def in_turn(case: Case, script: Path, rounds: int, seconds: float) -> tuple[Timing, Timing]:
    """Medians over rounds of (plain loop, lcpc), in turn, each in a process of its own."""
    plain, fast = [], []
    for _ in range(rounds):
        plain.append(_timing.child([str(script), *plain_options(case, seconds)]))
        fast.append(_timing.in_own_process(case, seconds))
    return _median(plain), _median(fast)


def plain_options(case: Case, seconds: float) -> list[str]:
    """Options of the plain loop for a case."""
    return ["--size", case.size, "--points", str(case.points), "--batch", str(case.batch),
            "--threads", str(case.threads), "--seconds", str(seconds)]


def _median(timings: Sequence[Timing]) -> Timing:
    columns = zip(*(asdict(timing).values() for timing in timings), strict=True)
    least_s, median_s, steps, memory_mib = (statistics.median(values) for values in columns)
    return Timing(least_s, median_s, int(steps), memory_mib)


def compared(case: Case, plain: Timing, fast: Timing) -> str:
    """A line of the table. The plain loop trains one lambda: a curve takes as many of it."""
    plain_s = plain.median_s * case.lambdas
    share = f"{fast.memory_mib / plain.memory_mib:.2f}" if plain.memory_mib else "–"
    return (f"| {case} | {case.threads} | {plain_s * 1e3:.1f} | {fast.median_s * 1e3:.1f} "
            f"| {plain_s / fast.median_s:.1f} | {plain.memory_mib:.0f} "
            f"| {fast.memory_mib:.0f} | {share} |")
