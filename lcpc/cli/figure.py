"""`lcpc figure`: draw one figure of a run from its rows, as pdf and png with the plotted points beside."""

import argparse
from pathlib import Path

from lcpc import config
from lcpc.log import logger
from lcpc.registry import load, names

HELP = "draw one figure of a run from its result rows"
LOG = logger("lcpc.figure")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("figure", help=f"one of: {', '.join(names('lcpc.figures'))}")
    parser.add_argument("--run", default="published", help="the run whose rows are drawn (default: published)")


def run(args: argparse.Namespace) -> int:
    """Draw the figure and write it to figures/<run>/."""
    from lcpc.figures.render import render
    from lcpc.results.store import Results

    root = Path(args.root)
    config.load(root, args.run)
    load("lcpc.figures", args.figure)
    paths = render(args.figure, Results(root, args.run), root / "figures" / args.run)
    LOG.info("%s: %s", paths[-1].parent.relative_to(root).as_posix(), ", ".join(path.name for path in paths))
    return 0
