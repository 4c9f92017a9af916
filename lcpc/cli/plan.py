"""`lcpc plan`: what Snakemake would run for a target, why, and what it would cost."""

import argparse
import json
import os
from pathlib import Path

HELP = ("say what would run for a target and why, with time, memory and disk; "
        "ends with 3 or 4 where anything would")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    target = "a run or a file's path, as for snakemake (default: all, which is published and demo)"
    parser.add_argument("target", nargs="*", default=["all"], help=target)
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--cores", type=_cores, default=cores, metavar="N",
                        help="cores that the plan may use (default: those of this machine)")
    parser.add_argument("--jobs", action="store_true",
                        help="list every job that would run, with its estimate")
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the plan; 0: nothing would run, 3: something is out of date, 4: not there yet."""
    from lcpc.planning import plan, words

    planned = plan.make(Path(args.root), args.target, args.cores)
    if args.json:
        print(json.dumps(words.plain(planned), indent=1))
    else:
        print("\n".join(words.lines(planned, every_job=args.jobs)))
    return planned.exit_code


def _cores(text: str) -> int:
    cores = int(text)
    if cores < 1:
        raise argparse.ArgumentTypeError("at least one core")
    return cores
