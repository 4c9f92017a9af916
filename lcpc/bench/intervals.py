"""How long the intervals of all measured curves of a run take, by their table."""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument(
        "--run", default="workstation", help="run whose curves are resampled (default: workstation)"
    )


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line: curves, replicates, seconds of the clock and of the processor."""
    from lcpc.metrics.intervals import REPLICATES
    from lcpc.results.store import Results
    from lcpc.tables import steady_metrics

    yield "| run | curves with intervals | replicates | s | processor s |"
    yield "|---|---|---|---|---|"
    started, worked = time.perf_counter(), time.process_time()
    table = steady_metrics.build(Results(Path(options.root), options.run))
    seconds, processor_s = time.perf_counter() - started, time.process_time() - worked
    curves = sum(not row[steady_metrics.ENDS[0]].missing for row in table.rows)
    yield f"| {options.run} | {curves} | {REPLICATES:,} | {seconds:.1f} | {processor_s:.1f} |"
