"""`lcpc codecs`: the codecs that lcpc knows, and whether each can run here."""

import argparse
from pathlib import Path

HELP = "list the codecs and say which can't run here, and why"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo", help="the run whose config says where the tools are (default: demo)")


def run(args: argparse.Namespace) -> int:
    """Print one line a codec; always 0, since a codec that can't run makes skipped rows and no failure."""
    from lcpc.codecs.listing import lines

    print("\n".join(lines(Path(args.root), args.run)))
    return 0
