"""Questions about numbers, about what would run, and about this machine."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from lcpc.cli.options import (
    JSON,
    RUN,
    SHIPPED_RUN,
    THREADS,
    Options,
    count,
    flag,
    new_file,
    one_of,
    option,
    run_option,
    verb,
)
from lcpc.errors import ConfigError
from lcpc.log import logger

CORES = len(os.sched_getaffinity(0))


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=1))


@verb(
    RUN,
    flag("--list", "list the claims and stop"),
    flag("--rebuild",
         "make tables and points of figures anew in memory too, and compare them"),
    one_of(
        option("--record", metavar="CLAIM",
               help="put the run's value on record as a known difference"),
        option("--forget", metavar="CLAIM",
               help="take the run's line out of the known differences"),
        flag("--seal",
             "write the run's manifest anew: all files are meant to be as they are now")),
    option("--reason", default="", help="with --record: why the value differs from print"),
    option("--until", default="", help="with --record: what would resolve it"),
    JSON)
def audit(options: Options) -> int:
    """Compare printed, recomputed and measured numbers, and check every file behind them.

    Writes the audit table; 1 where anything fails.
    """
    from lcpc.audit import claims, manifest, record, summary

    if options.list:
        known = claims.read_claims(options.root)
        if options.json:
            _print_json([asdict(claim) for claim in known])
        else:
            print(summary.listing(known))
        return 0
    if (options.reason or options.until) and not options.record:
        raise ConfigError(
            "--reason and --until go with --record: they say why a claim differs from print")
    if options.record:
        record.record(options.root, options.run, options.record, options.reason, options.until)
    if options.forget:
        record.forget(options.root, options.run, options.forget)
    if options.seal:
        manifest.seal(options.root, options.run)
    text, holds = summary.conclude(options.root, options.run, options.rebuild,
                                   options.json)
    print(text)
    return 0 if holds else 1


@verb(
    option("name", nargs="*",
           help="the rows, such as rate_accuracy/proposed_micro_P64 (default: all of the run)"),
    run_option(SHIPPED_RUN), THREADS,
    flag("--encode", "make all streams anew from the data set too"))
def verify(options: Options) -> int:
    """Decode the shipped streams of a run and compare them with its rows.

    1 where anything differs.
    """
    from lcpc.audit.verify import verify as verify_run

    holds = verify_run(options.root, options.run, options.encode, options.threads,
                       names=options.name)
    return 0 if holds else 1


@verb(
    option("file", type=Path,
           help="a table or a figure's points, such as tables/published/bd_metrics.csv"),
    option("--row", required=True,
           help="the row, such as codec=proposed,size=micro,points=1024"),
    option("--column", required=True, help="the column, such as bd_rate_percent"),
    JSON)
def trace(options: Options) -> None:
    """Show formula, rows, runs, seeds, inputs and digests behind one number."""
    from lcpc.audit.trace import format_trace
    from lcpc.audit.trace import trace as trace_number

    traced = trace_number(options.root, options.file, options.row, options.column)
    if options.json:
        _print_json(traced)
    else:
        print(format_trace(traced))


@verb(
    option("target", nargs="*", default=["all"],
           help="a run, or a file by its path, as for snakemake (default: all, which is published "
                "and demo)"),
    option("--cores", type=count, default=CORES, metavar="N",
           help="cores that the plan may use (default: those of this machine)"),
    flag("--jobs", "list every job that would run, with its estimate"),
    JSON)
def plan(options: Options) -> int:
    """Say what would run for a target and why, with time, memory and disk; ends with 3 or 4 where
    anything would.

    0: nothing would run, 3: something is out of date, 4: something is not there yet.
    """
    from lcpc.planning import plan as plans
    from lcpc.planning import words

    made = plans.make(options.root, options.target, options.cores)
    if options.json:
        _print_json(words.plain(made))
    else:
        print("\n".join(words.lines(made, every_job=options.jobs)))
    return made.exit_code


@verb(RUN, option(
    "--compare", action="append", metavar="RUN",
    help="a run to compare with; may be given again (default: all runs whose tables are there)"))
def report(options: Options) -> None:
    """Write the report of a run: report/<run>/index.html, for any browser, without a network."""
    from lcpc.report.site import build

    paths = build(options.root, options.run, options.compare)
    name = paths[-1].relative_to(options.root).as_posix()
    logger("lcpc.report").info("%s (%d files)", name, len(paths))


@verb(RUN, option("--out", type=new_file, metavar="FILE",
                  help="the zip to write (default: crate/<run>.zip)"))
def crate(options: Options) -> None:
    """Write a run and its provenance as a Workflow Run RO-Crate, a zip."""
    from lcpc.audit.crate import write

    out = options.out or options.root / "crate" / f"{options.run}.zip"
    print(write(options.root, options.run, out))


@verb(JSON)
def doctor(options: Options) -> int:
    """Say what is there and what is missing, with the way out.

    1 where something is missing that `snakemake all` needs.
    """
    from lcpc.audit import doctor as room

    checks = room.examine(options.root)
    if options.json:
        _print_json([check._asdict() for check in checks])
    else:
        print(room.format_checks(checks))
    return 0 if room.holds(checks) else 1
