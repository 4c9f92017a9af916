"""`lcpc trace`: from one cell of a table, or one point of a figure, back to its sources."""

import argparse
import json
from pathlib import Path

HELP = "show formula, rows, runs, seeds, inputs and digests of one number"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    file = "a table or a figure's points, such as tables/published/bd_metrics.csv"
    parser.add_argument("file", type=Path, help=file)
    parser.add_argument("--row", required=True,
                        help="the row, such as codec=proposed,size=micro,points=1024")
    parser.add_argument("--column", required=True, help="the column, such as bd_rate_percent")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def run(args: argparse.Namespace) -> int:
    """Print the trace."""
    from lcpc.audit.trace import format_trace, trace

    traced = trace(Path(args.root), args.file, args.row, args.column)
    print(json.dumps(traced, indent=1) if args.json else format_trace(traced))
    return 0
