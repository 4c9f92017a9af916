"""Fuzz lcpc's parsers: `python -m tests.fuzz --seconds 3600 --parser ply`.

    --list                  the parsers
    --parser NAME           only this one (may be given again; default: all)
    --seconds S             for so long, shared by the parsers
    --inputs N              so many inputs for each parser (default: 200)
    --seed N                other inputs (default: 1)
    --again FILE            parse one input that was kept, and say what happens

Inputs that fail are kept in tests/fuzz/failures/, and the command ends with 1.
"""

import argparse
import faulthandler
import itertools
import sys
import time
import warnings
from pathlib import Path

from tests.fuzz import parsers
from tests.fuzz.harness import PARSERS, Failure, fault, run

KEPT = Path(__file__).parent / "failures"


def main() -> int:
    options = command_line()
    if options.list:
        print("\n".join(parsers.NAMES))
        return 0
    chosen = options.parser or parsers.NAMES
    if options.again:
        print(fault(PARSERS[chosen[0]], options.again.read_bytes()) or "it is read, or refused in lcpc's words")
        return 0
    failed = False
    KEPT.mkdir(exist_ok=True)
    for name in chosen:
        numbers = itertools.count() if options.seconds else iter(range(options.inputs))
        state, begin = KEPT / f"{name}.running", time.monotonic()
        count, failures = run(PARSERS[name], options.seed, numbers, options.seconds / len(chosen), state)
        state.unlink(missing_ok=True)
        print(f"{name}: {count} inputs, {len(failures)} failures, {time.monotonic() - begin:.1f} s", flush=True)
        for failure in failures:
            failed = True
            print(in_words(failure, options.seed), flush=True)
    return int(failed)


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
    parser.add_argument("--parser", action="append", choices=parsers.NAMES)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--inputs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    faulthandler.enable()
    warnings.simplefilter("ignore")
    sys.exit(main())
