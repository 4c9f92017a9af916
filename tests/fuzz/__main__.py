"""Fuzz lcpc's parsers: `python -m tests.fuzz --seconds 3600 --parser ply`.

    --list                  the parsers
    --good                  digests of the good contents that inputs are made from
    --parser NAME           only this one (may be given again; default: all)
    --seconds S             for so much processor time, shared by the parsers
    --inputs N              so many inputs for each parser (default: 200; with --seconds: at most)
    --seed N                other inputs (default: 1)
    --first N               begin with input N (default: 0)
    --record                add to tests/fuzz/inputs.csv what was parsed, if nothing failed
    --seen                  how many inputs each parser has seen so far, by that record
    --again FILE            parse one input that was kept, and say what happens
    --number N              parse input N of a parser, which has ended the process

The quickest parsers come first, so that what they leave of their share is for the others. Inputs
that fail are kept in tests/fuzz/failures/, and the command ends with 1.
"""

import argparse
import csv
import faulthandler
import hashlib
import itertools
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz import parsers
from tests.fuzz.harness import PARSERS, Failure, fault, hostile, in_memory, run

DEFAULT_INPUTS = 200
KEPT = Path(__file__).parent / "failures"
RECORD = Path(__file__).with_name("inputs.csv")
TRIAL = 100
"""Inputs that tell how long a parser takes."""


def main() -> int:
    options = command_line()
    if options.list:
        print("\n".join(parsers.NAMES))
        return 0
    if options.seen:
        print("\n".join(f"{name}: {count} inputs" for name, count in seen().items()))
        return 0
    chosen = options.parser or parsers.NAMES
    if options.good:
        print("\n".join(f"{name}: {good_digest(name)}" for name in chosen))
        return 0
    if options.again or options.number is not None:
        print(one(chosen[0], options) or "it is read, or refused in lcpc's words")
        return 0
    failed = False
    KEPT.mkdir(exist_ok=True)
    for name, numbers, seconds in shares(chosen, options):
        state, begin = KEPT / f"{name}.running", time.process_time()
        count, failures = run(PARSERS[name], options.seed, numbers, seconds, state)
        state.unlink(missing_ok=True)
        took = time.process_time() - begin
        print(f"{name}: {count} inputs, {len(failures)} failures, {took:.1f} s", flush=True)
        for failure in failures:
            failed = True
            print(in_words(failure, options.seed), flush=True)
        if options.record and not failures:
            record(name, count)
    return int(failed)


def shares(chosen: list[str],
           options: argparse.Namespace) -> Iterator[tuple[str, Iterator[int], float]]:
    """(parser, numbers of its inputs, seconds, 0 for no end) of each, the quickest first."""
    end = time.process_time() + options.seconds
    most = options.inputs or (None if options.seconds else DEFAULT_INPUTS)
    if options.seconds:
        chosen = sorted(chosen, key=cost)
    for place, name in enumerate(chosen):
        left = (end - time.process_time()) / (len(chosen) - place)
        numbers = itertools.islice(itertools.count(options.first), most)
        yield name, numbers, max(left, 0.1) if options.seconds else 0.0


def cost(name: str) -> float:
    """Processor seconds of some inputs."""
    PARSERS[name].good()
    begin = time.process_time()
    run(PARSERS[name], 0, iter(range(TRIAL)), 0.5)
    return time.process_time() - begin


def one(name: str, options: argparse.Namespace) -> str:
    of = PARSERS[name]
    content = (options.again.read_bytes() if options.again
               else hostile(of, of.good(), options.seed, options.number))
    with in_memory() as folder:
        return fault(of, content, folder)


def good_digest(name: str) -> str:
    """A digest of the good contents of a parser, the same in each process."""
    return hashlib.sha256(b"|".join(PARSERS[name].good())).hexdigest()


def seen() -> dict[str, int]:
    """Inputs that each parser has read, or refused in lcpc's words, by the record."""
    known = dict.fromkeys(sorted(parsers.NAMES), 0)
    if RECORD.exists():
        with RECORD.open(newline="") as file:
            known |= {row["parser"]: int(row["inputs"]) for row in csv.DictReader(file)}
    return {name: count for name, count in known.items() if name in PARSERS}


def record(name: str, count: int) -> None:
    """Add a count to that of a parser."""
    known = seen()
    known[name] += count
    lines = [f"{parser},{inputs}\n" for parser, inputs in known.items()]
    RECORD.write_text("".join(["parser,inputs\n", *lines]))


def in_words(failure: Failure, seed: int) -> str:
    path = KEPT / f"{failure.parser}-{seed}-{failure.number}"
    path.write_bytes(failure.content)
    shown = failure.content[:120].hex()
    return (f"{failure.trace}\n  input {failure.number} of {failure.parser}, seed {seed}: {len(failure.content)} bytes, {shown}...\n"
            f"  python -m tests.fuzz --parser {failure.parser} --again {path}")


def command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--good", action="store_true")
    parser.add_argument("--parser", action="append", choices=parsers.NAMES)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--inputs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--number", type=int)
    parser.add_argument("--seen", action="store_true")
    parser.add_argument("--again", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    faulthandler.enable()
    warnings.simplefilter("ignore")
    sys.exit(main())
