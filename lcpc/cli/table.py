"""`lcpc table`: build one table of a run from its rows, as csv, Markdown, LaTeX, HTML and json."""

import argparse
from pathlib import Path

from lcpc import config
from lcpc.log import logger
from lcpc.registry import load, names

AUDIT = "audit"
HELP = "build one table of a run from its result rows"
LOG = logger("lcpc.table")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("table", help=f"one of: {', '.join([*names('lcpc.tables'), AUDIT])}")
    parser.add_argument("--run", default="published", help="the run whose rows are shown (default: published)")


def run(args: argparse.Namespace) -> int:
    """Build the table and write it to tables/<run>/."""
    from lcpc.audit import table as audit
    from lcpc.results.store import Results
    from lcpc.tables.render import render

    root = Path(args.root)
    config.load(root, args.run)
    if args.table == AUDIT:
        paths = audit.write(root, args.run)
    else:
        table = load("lcpc.tables", args.table).build(Results(root, args.run))
        paths = render(table, root / "tables" / args.run, root)
    LOG.info("%s: %s", paths[-1].parent.relative_to(root).as_posix(), ", ".join(path.name for path in paths))
    return 0
