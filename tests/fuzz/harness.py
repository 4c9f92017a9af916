"""Feeds parsers hostile inputs: each gives a value or raises lcpc's own error, in bounded memory.

An input follows from the parser's name, the seed and its number, so that each can be made again.
"""

import random
import resource
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcpc.errors import LcpcError
from tests.fuzz.mutate import Mutator

GROWTH_MIB = 600
"""Most memory that one parser may take over what was loaded before."""


@dataclass(frozen=True)
class Parser:
    """What is fuzzed: `good()` makes valid contents, `parse(content, folder)` reads one from an empty folder."""

    name: str
    good: Callable[[], Sequence[bytes]]
    parse: Callable[[bytes, Path], object]
    mutators: Sequence[Mutator]


@dataclass(frozen=True)
class Failure:
    """An input that a parser neither read nor refused in lcpc's words."""

    parser: str
    number: int
    content: bytes
    trace: str


PARSERS: dict[str, Parser] = {}


def parser(good: Callable[[], Sequence[bytes]], mutators: Sequence[Mutator]) -> Callable[..., object]:
    """Register the decorated function `parse(content, folder)` under its name."""

    def register(parse: Callable[[bytes, Path], object]) -> object:
        PARSERS[parse.__name__] = Parser(parse.__name__, good, parse, mutators)
        return parse

    return register


def hostile(of: Parser, good: Sequence[bytes], seed: int, number: int) -> bytes:
    """Input `number` of a parser: a good content, changed one to three times."""
    rng = random.Random(f"{of.name} {seed} {number}")
    content = rng.choice(good)
    for _ in range(rng.choice((1, 1, 2, 3))):
        try:
            content = rng.choice(of.mutators)(content, rng)
        except Exception:  # what was changed before is no json, zip or gzip any more
            break
    return content


def run(of: Parser, seed: int, numbers: Iterator[int], seconds: float = 0.0,
        state: Path | None = None) -> tuple[int, list[Failure]]:
    """(inputs that were parsed, failures) until the numbers, the seconds or ten failures are over.

    state: a file that holds the content being parsed, for a parser that ends the process.
    """
    good, failures, count = of.good(), [], 0
    check_good(of, good)
    before = peak_mib()
    end = time.monotonic() + seconds if seconds else float("inf")
    for number in numbers:
        if time.monotonic() > end or len(failures) >= 10:
            break
        content = hostile(of, good, seed, number)
        if state:
            state.write_bytes(content)
        count += 1
        if trace := fault(of, content):
            failures.append(Failure(of.name, number, content, trace))
        elif peak_mib() - before > GROWTH_MIB:
            failures.append(Failure(of.name, number, content, f"it took {peak_mib() - before:.0f} MiB"))
            before = peak_mib()
    return count, failures


def check_good(of: Parser, good: Sequence[bytes]) -> None:
    """A harness that refuses everything proves nothing: good contents must be read."""
    for content in good:
        with tempfile.TemporaryDirectory(prefix="lcpc-fuzz-") as folder:
            of.parse(content, Path(folder))


def fault(of: Parser, content: bytes) -> str:
    """The traceback of anything but a value or lcpc's own error; ""."""
    with tempfile.TemporaryDirectory(prefix="lcpc-fuzz-") as folder:
        try:
            of.parse(content, Path(folder))
        except LcpcError as error:
            return "" if str(error).strip() else "an error without words"
        except Exception:
            return traceback.format_exc(limit=-6)
    return ""


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
