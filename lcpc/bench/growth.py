"""How the cost of a training step grows over P, batch and lambdas, against the arithmetic limit of
the machine."""

import argparse
from collections.abc import Iterator

from lcpc.bench import _options, _timing
from lcpc.bench._timing import Case
from lcpc.config import SIZES

POINTS = (16, 64, 256, 1024)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    _options.add(parser, seconds=2.0)
    _options.add_only(parser)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line a case, on one core."""
    yield from _timing.machine_lines()
    rate = _timing.matrix_rate(1)
    yield f"Float32 matrix product on one core: {2e-9 * rate:.0f} GFLOP/s."
    yield ""
    yield "| training step, one core | ms | million MAC | arithmetic limit, ms | times the limit |"
    yield "|---|--:|--:|--:|--:|"
    for case in cases(options.only):
        step_s = _timing.in_own_process(case, options.seconds).median_s
        count = _timing.macs(case)
        limit_s = count / rate
        arithmetic = f"{count / 1e6:.0f} | {limit_s * 1e3:.1f} | {step_s / limit_s:.1f}"
        yield f"| {case} | {step_s * 1e3:.1f} | {arithmetic} |"


def cases(only: str | None) -> Iterator[Case]:
    """P, lambdas and batch, each on its own."""
    for size in SIZES if only is None else (only,):
        yield from (Case(size, points) for points in POINTS)
        yield from (Case(size, 64, lambdas) for lambdas in (4, 12))
        yield from (Case(size, 64, 1, batch) for batch in (8, 128))
