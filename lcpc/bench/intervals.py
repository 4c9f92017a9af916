"""How long the intervals of a run take: each table and figure that shows some, and all of them."""

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lcpc.errors import MissingData

KINDS = {"rate_accuracy", "rate_distortion"}
"""Rows that have rows of single clouds or images beside them."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument(
        "--run", default="workstation", help="run whose rows are resampled (default: workstation)"
    )


def run(options: argparse.Namespace) -> Iterator[str]:
    """A line for each product with intervals, and their sum: intervals, seconds of the clock and of
    the processor, the product's other work inside."""
    yield "| product | intervals | s | processor s |"
    yield "|---|---|---|---|"
    totals = [0, 0.0, 0.0]
    for name, intervals_of in _products(Path(options.root), options.run):
        started, worked = time.perf_counter(), time.process_time()
        count = intervals_of()
        costs = [count, time.perf_counter() - started, time.process_time() - worked]
        if count:
            totals = [total + cost for total, cost in zip(totals, costs, strict=True)]
            yield _line(name, costs)
    yield _line(f"all of {options.run}", totals)


def _line(name: str, costs: list[float]) -> str:
    count, seconds, processor_s = costs
    return f"| {name} | {count:,.0f} | {seconds:.1f} | {processor_s:.1f} |"


def _products(root: Path, run: str) -> Iterator[tuple[str, Callable[[], int]]]:
    """Tables and figures of the run that read rows with single samples, and what counts their
    intervals."""
    from lcpc import config
    from lcpc.registry import load
    from lcpc.results.store import Results

    settings, results = config.load(root, run), Results(root, run)
    for kind, stems in (("tables", settings.tables), ("figures", settings.figures)):
        for stem in stems:
            module = None if stem == "audit" else load(f"lcpc.{kind}", stem)
            if module and KINDS & set(module.READS):
                count = _in_table if kind == "tables" else _in_figure
                yield f"{kind}/{stem}", partial(count, module, results)


def _in_table(module: Any, results: Any) -> int:
    table = module.build(results)
    names = [name for name in table.columns if name.startswith("low_")]
    return sum(not row[name].missing for row in table.rows for name in names)


def _in_figure(module: Any, results: Any) -> int:
    """0 where the run has nothing to show."""
    try:
        points = module.points(results)
    except MissingData:
        return 0
    lows = points[[name for name in points if str(name).startswith("low_")]]
    return int(lows.notna().to_numpy().sum())
