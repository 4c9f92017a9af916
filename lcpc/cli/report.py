"""`lcpc report`: a run's tables, figures, audit, gaps and costs as pages that open without a network."""

import argparse
from pathlib import Path

from lcpc.log import logger

HELP = "write the report of a run: report/<run>/index.html, for any browser, without a network"
LOG = logger("lcpc.report")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="published", help="the run that is shown (default: published)")
    parser.add_argument("--compare", action="append", metavar="RUN",
                        help="a run to hold it against; may be given again (default: all runs whose tables are there)")


def run(args: argparse.Namespace) -> int:
    """Write the pages from the files that are there; nothing is built first."""
    from lcpc.report.site import build

    root = Path(args.root)
    paths = build(root, args.run, args.compare)
    LOG.info("%s (%d files)", paths[-1].relative_to(root).as_posix(), len(paths))
    return 0
