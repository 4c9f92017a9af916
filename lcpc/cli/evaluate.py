"""`lcpc evaluate`: rows of one codec, network or other job of a run, from the weights on disk."""

import argparse
from pathlib import Path

HELP = "measure one job of a run, such as rate_accuracy/proposed_micro_P64"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("rows", help="kind and name of the rows, such as latency/micro_P64")
    parser.add_argument("--run", default="demo", help="the run that says how (default: demo)")
    parser.add_argument("--threads", type=int, default=1, help="processor cores (default: 1)")


def run(args: argparse.Namespace) -> int:
    """Measure, and write rows, rows of samples and provenance."""
    from lcpc import experiments

    experiments.evaluate(Path(args.root), args.run, args.rows, args.threads)
    return 0
