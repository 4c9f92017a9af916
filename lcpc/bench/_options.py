"""Options that benchmarks share; each benchmark names its own defaults."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from lcpc.config import SIZES, load
from lcpc.jobs import JobContext

CORES = min(2, os.cpu_count() or 1)
MEANINGS: Mapping[str, str] = {
    "run": "the run whose data, weights and rows are used",
    "quality": "quality of the base",
    "size": "size of the codec",
    "points": "P",
    "epochs": "epochs of all lambdas from scratch, or to pick from",
    "steps": "steps of a training",
    "device": "cpu or cuda",
    "threads": "processor cores",
    "clouds": "test clouds, coded one at a time",
    "together": "test clouds coded at once",
    "rounds": "times that all are measured in turn",
    "seconds": "least length of one measurement",
    "processes": "products made at a time",
}


def add(parser: argparse.ArgumentParser, **defaults: str | int | float) -> None:
    """An option of each name, whose values are of its default's type."""
    for name, default in defaults.items():
        choices = SIZES if name == "size" else None
        parser.add_argument(f"--{name}", type=type(default), default=default, choices=choices,
                            help=f"{MEANINGS[name]} (default: {default})")


def add_only(parser: argparse.ArgumentParser) -> None:
    """The option --only: a size, or None for all."""
    parser.add_argument("--only", choices=SIZES, help="cases of one size only")


def job_context(options: argparse.Namespace) -> JobContext:
    """The run that options name, on the threads and the device that they name."""
    from lcpc.trainer.process import prepare_process, usable_device

    prepare_process(options.threads)
    root, device = Path(options.root), usable_device(getattr(options, "device", "cpu"))
    return JobContext(root, load(root, options.run), options.threads, device)
