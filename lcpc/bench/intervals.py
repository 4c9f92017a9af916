"""How long the intervals of a run take: each table and figure that shows some, and all of them."""

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from lcpc import config
from lcpc.bench import _options
from lcpc.errors import MissingData
from lcpc.registry import load
from lcpc.results.store import Results

KINDS = {"rate_accuracy", "rate_distortion"}
"""Rows that have rows of single clouds or images beside them."""

arguments = partial(_options.add, run="workstation", processes=2)


def run(options: argparse.Namespace) -> Iterator[str]:
    """A line for each product with intervals, and all of them: intervals, seconds of the clock and
    of the processor, the product's other work inside."""
    yield "| product | intervals | s | processor s |"
    yield "|---|---|---|---|"
    root, products = Path(options.root), _products(Path(options.root), options.run)
    started, intervals, worked = time.perf_counter(), 0, 0.0
    tasks = [root] * len(products), [options.run] * len(products), products
    with ProcessPoolExecutor(max(1, options.processes)) as pool:
        for product, costs in zip(products, pool.map(_costs, *tasks), strict=True):
            if costs[0]:
                intervals, worked = intervals + costs[0], worked + costs[2]
                yield _line(product, *costs)
    yield _line(f"all of {options.run}", intervals, time.perf_counter() - started, worked)


def _line(name: str, count: int, seconds: float, processor_s: float) -> str:
    return f"| {name} | {count:,} | {seconds:.1f} | {processor_s:.1f} |"


def _products(root: Path, run: str) -> list[str]:
    """Tables and figures of the run that read rows with single samples, as `tables/bd_metrics`."""
    settings = config.load(root, run)
    stems = [("tables", stem) for stem in settings.tables if stem != "audit"]
    stems += [("figures", stem) for stem in settings.figures]
    return [f"{kind}/{stem}" for kind, stem in stems
            if KINDS & set(load(f"lcpc.{kind}", stem).READS)]


def _costs(root: Path, run: str, product: str) -> tuple[int, float, float]:
    """How many intervals a product has, seconds of the clock and of the processor."""
    started, worked = time.perf_counter(), time.process_time()
    kind, _, stem = product.partition("/")
    count_intervals = _in_table if kind == "tables" else _in_figure
    count = count_intervals(load(f"lcpc.{kind}", stem), Results(root, run))
    return count, time.perf_counter() - started, time.process_time() - worked


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
