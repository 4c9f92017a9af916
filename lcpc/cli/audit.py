"""`lcpc audit`: compare print with the tables on disk; ends with 1 where something drifts."""

import argparse
from pathlib import Path

from lcpc.errors import ConfigError

HELP = "compare printed, recomputed and measured numbers, and check every file that they come from"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="published",
                        help="the run that is compared with print (default: published)")
    parser.add_argument("--list", action="store_true", help="list the claims and stop")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--record", metavar="CLAIM",
                        help="put the run's value of a claim on record as a known difference")
    change.add_argument("--forget", metavar="CLAIM",
                        help="take the run's line of a claim out of the known differences")
    parser.add_argument("--reason", default="",
                        help="with --record: why the value differs from print")
    parser.add_argument("--until", default="", help="with --record: what would resolve it")


def run(args: argparse.Namespace) -> int:
    """Audit the files that are there, write the audit table, print the summary."""
    from lcpc.audit import record, summary
    from lcpc.audit.claims import read_claims

    root = Path(args.root)
    if args.list:
        print(summary.listing(read_claims(root)))
        return 0
    if (args.reason or args.until) and not args.record:
        raise ConfigError("--reason and --until go with --record: they say why a claim "
                          "differs from print")
    if args.record:
        record.record(root, args.run, args.record, args.reason, args.until)
    if args.forget:
        record.forget(root, args.run, args.forget)
    text, holds = summary.conclude(root, args.run)
    print(text)
    return 0 if holds else 1
