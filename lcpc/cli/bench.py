"""`lcpc bench`: what a training step costs here, beside the plain loop of benchmarks/plain_loop.py, and how cost grows."""

import argparse
import json
import os
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config
from lcpc.cli import _bench_child, _bench_images, _bench_run, _bench_selection, _bench_warm
from lcpc.errors import MissingData

if TYPE_CHECKING:
    from lcpc.training.bench import Case, Timing

HELP = "time training steps side by side with the plain loop of benchmarks/, or show how their cost grows"
LAMBDAS = 12
POINTS = (16, 64, 256, 1024)
OTHERS = {"images": _bench_images, "run": _bench_run, "selection": _bench_selection, "warm": _bench_warm}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("what", nargs="?", default="plain",
                        choices=("plain", "growth", "run", "step", "warm", "selection", "images"),
                        help="plain: against the plain loop (default); growth: cost over P, batch and lambdas; "
                             "run: what all point-cloud trainings of a run take on this machine; "
                             "step: one case, as a line of JSON; warm: a curve trained with and without a warm start; "
                             "selection: what picking epochs on the test split is worth; "
                             "images: encode time that adaptive coding adds")
    parser.add_argument("--run", default="workstation",
                        help="run, warm, selection, images: the run that is timed, or whose data are used "
                             "(default: workstation)")
    parser.add_argument("--epochs", type=int, default=40,
                        help="warm: epochs of all lambdas from scratch; selection: epochs to pick from (default: 40)")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1),
                        help="cores for full at P=1024 (default: 2, if there)")
    parser.add_argument("--rounds", type=int, default=3, help="times that the two are measured in turn (default: 3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="least length of one measurement (default: 2)")
    parser.add_argument("--only", choices=config.SIZES, help="cases of one size only")
    parser.add_argument("--size", choices=config.SIZES, default="full", help="step, warm, selection: size of the codec")
    parser.add_argument("--points", type=int, default=1024, help="step, warm, selection: P")
    parser.add_argument("--lambdas", type=int, default=1, help="step: lambdas in one network")
    parser.add_argument("--batch", type=int, default=32, help="step: clouds a step")
    parser.add_argument("--latents", type=int, default=0, help="step: latents of each lambda (default: all that the size has)")


def run(args: argparse.Namespace) -> int:
    """Print a table in Markdown, each line as soon as it is known."""
    from lcpc.training import bench

    if args.what in OTHERS:
        return OTHERS[args.what].run(args)
    if args.what == "step":
        case = bench.Case(args.size, args.points, args.lambdas, args.batch, args.threads, args.latents)
        print(json.dumps(asdict(_own(case, args.seconds))))
        return 0
    lines = _against_plain(args) if args.what == "plain" else _growth(args)
    for line in lines:
        print(line, flush=True)
    return 0


def _own(case: "Case", seconds: float) -> "Timing":
    from lcpc.training import bench
    from lcpc.training.memory import keep_freed_memory

    keep_freed_memory()
    return bench.measure(case, steps=5, seconds=seconds)


def cases(threads: int, only: str | None) -> "list[Case]":
    """What is held against the plain loop: full at P=1024 on its own, then whole curves on one core."""
    from lcpc.training.bench import Case

    curves = [Case(size, points, LAMBDAS) for size in ("micro", "lite") for points in POINTS]
    every = [Case("full", 1024, threads=threads), *curves, Case("full", 64, LAMBDAS)]
    return [case for case in every if only in (None, case.size)]


def _against_plain(args: argparse.Namespace) -> Iterator[str]:
    script = Path(args.root) / "benchmarks" / "plain_loop.py"
    if not script.is_file():
        raise MissingData(f"{script} is not there: the plain loop comes with a checkout of lcpc; name its folder with --root")
    yield from _bench_child.machine()
    yield "| training step | cores | plain loop, ms | lcpc, ms | times faster | plain, MiB | lcpc, MiB | share |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for case in cases(args.threads, args.only):
        yield _compared(case, *_in_turn(case, script, args.rounds, args.seconds))


def _in_turn(case: "Case", script: Path, rounds: int, seconds: float) -> "tuple[Timing, Timing]":
    """Medians over rounds of (plain, own), each in a process of its own, one after the other in every round."""
    plain, own = [], []
    for _ in range(rounds):
        plain.append(_bench_child.child([str(script), *_bench_child.options(case, seconds)]))
        own.append(_bench_child.step(case, seconds))
    return _middle(plain), _middle(own)


def _middle(timings: "Sequence[Timing]") -> "Timing":
    columns = zip(*(asdict(one).values() for one in timings), strict=True)
    least, median, steps, memory = (statistics.median(values) for values in columns)
    return replace(timings[0], least_s=least, median_s=median, steps=int(steps), memory_mib=memory)


def _compared(case: "Case", plain: "Timing", own: "Timing") -> str:
    before = plain.median_s * case.lambdas
    share = f"{own.memory_mib / plain.memory_mib:.2f}" if plain.memory_mib else "–"
    return (f"| {case} | {case.threads} | {before * 1e3:.1f} | {own.median_s * 1e3:.1f} | {before / own.median_s:.1f} "
            f"| {plain.memory_mib:.0f} | {own.memory_mib:.0f} | {share} |")


def _growth(args: argparse.Namespace) -> Iterator[str]:
    from lcpc.training import bench

    yield from _bench_child.machine()
    rate = bench.matrix_rate(1)
    yield f"Float32 matrix product on one core: {2e-9 * rate:.0f} GFLOP/s."
    yield ""
    yield "| training step, one core | ms | million MAC | arithmetic limit, ms | times the limit |"
    yield "|---|--:|--:|--:|--:|"
    for case in _grown(args.only):
        timing = _bench_child.step(case, args.seconds)
        count = bench.macs(case)
        yield (f"| {case} | {timing.median_s * 1e3:.1f} | {count / 1e6:.0f} | {count / rate * 1e3:.1f} "
               f"| {timing.median_s * rate / count:.1f} |")


def _grown(only: str | None) -> "Iterator[Case]":
    from lcpc.training.bench import Case

    for size in config.SIZES if only is None else (only,):
        yield from (Case(size, points) for points in POINTS)
        yield from (Case(size, 64, lambdas) for lambdas in (4, 12))
        yield from (Case(size, 64, 1, batch) for batch in (8, 128))
