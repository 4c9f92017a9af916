"""`lcpc audit`: hold what the documents print against what the tables on disk say; ends with 1 where something drifts."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc.errors import ConfigError

if TYPE_CHECKING:
    from lcpc.audit.check import Finding

HELP = "compare printed, recomputed and measured numbers, and check every file behind them"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="published", help="the run that is held against print (default: published)")
    parser.add_argument("--list", action="store_true", help="list the claims and stop")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--record", metavar="CLAIM", help="put the run's value of a claim on record as a known difference")
    one.add_argument("--forget", metavar="CLAIM", help="take the run's line of a claim out of the known differences")
    parser.add_argument("--reason", default="", help="with --record: why the value stands apart from print")
    parser.add_argument("--until", default="", help="with --record: what would resolve it")


def run(args: argparse.Namespace) -> int:
    """Audit the files that are there, write the audit table, print the summary; 1 where anything fails."""
    from lcpc.audit import record, summary
    from lcpc.audit.check import audit
    from lcpc.audit.claims import read_claims

    root = Path(args.root)
    if args.list:
        print(summary.listing(read_claims(root)))
        return 0
    if (args.reason or args.until) and not args.record:
        raise ConfigError("--reason and --until go with --record: they say why a claim stands apart from print")
    if args.record:
        record.record(root, args.run, args.record, args.reason, args.until)
    if args.forget:
        record.forget(root, args.run, args.forget)
    findings = audit(root, args.run)
    write(root, args.run, findings)
    print(summary.summary(findings, args.run))
    return 1 if summary.failures(findings) else 0


def write(root: Path, name: str, findings: "Sequence[Finding] | None" = None) -> list[Path]:
    """Write tables/<run>/audit.* for run `name` and return the paths; what `lcpc table audit` does."""
    from lcpc.audit.check import audit
    from lcpc.audit.table import table
    from lcpc.results.fingerprint import fingerprint
    from lcpc.tables.render import render

    found = audit(root, name) if findings is None else findings
    return render(table(found, name), root / "tables" / name, root, code=fingerprint("lcpc.audit.table", "lcpc.tables.render"))
