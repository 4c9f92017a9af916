"""`lcpc doctor`: what is there, what is missing, and the way out of each."""

import argparse
import json
from pathlib import Path

HELP = "say what is there and what is missing, with the way out"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print all checks; 1 where something is missing that `all` needs."""
    from lcpc.audit import doctor

    checks = doctor.examine(Path(args.root))
    if args.json:
        print(json.dumps([check._asdict() for check in checks], indent=1))
    else:
        print(doctor.format_checks(checks))
    return 0 if doctor.holds(checks) else 1
