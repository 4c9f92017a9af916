"""Feeds parsers hostile inputs: each gives a value or raises lcpc's own error, soon and in bounded
memory.

An input follows from the parser's name, the seed and its number, so that each can be made again.
All inputs of a parser go through one folder in memory.
"""

import os
import random
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lcpc.errors import LcpcError
from tests.fuzz.mutate import Mutator

GROWTH_MIB = 600
"""Most memory that one parser may take over what was loaded before."""
SLOWEST_S = 5.0
"""Most processor time of one input."""
MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Parser:
    """What is fuzzed: `good()` makes valid contents, `parse(content, folder)` reads one.

    The folder is that of the former inputs: what `parse` reads it writes itself, with `written` or
    `beside`.
    """

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


class TooSlow(BaseException):
    """No Exception, so that no parser takes it for a broken file."""


PARSERS: dict[str, Parser] = {}


def parser(good: Callable[[], Sequence[bytes]], mutators: Sequence[Mutator]) -> Callable[..., object]:
    """Register the decorated function `parse(content, folder)` under its name."""

    def register(parse: Callable[[bytes, Path], object]) -> object:
        PARSERS[parse.__name__] = Parser(parse.__name__, good, parse, mutators)
        return parse

    return register


def written(folder: Path, name: str, content: bytes) -> Path:
    """The file `name` of a folder, with this content."""
    path = folder / name
    try:
        path.write_bytes(content)
    except FileNotFoundError:
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    return path


def beside(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is the same for all inputs, once."""
    if not (folder / name).exists():
        written(folder, name, content)


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
    """(inputs that were parsed, failures) until the numbers, the seconds of processor time, if any,
    or ten failures are over.

    state: a file that holds the number of the input being parsed, for a parser that ends the
    process.
    """
    good, failures, count = of.good(), [], 0
    before = 0.0
    end = time.process_time() + seconds if seconds else float("inf")
    with in_memory() as folder, number_file(state) as note:
        for content in good:  # a harness that refuses everything proves nothing
            of.parse(content, folder)
        before = peak_mib()
        for number in numbers:
            if time.process_time() > end or len(failures) >= 10:
                break
            content = hostile(of, good, seed, number)
            note(number)
            count += 1
            if trace := fault(of, content, folder):
                failures.append(Failure(of.name, number, content, trace))
            elif peak_mib() - before > GROWTH_MIB:
                failures.append(Failure(of.name, number, content, f"it took {peak_mib() - before:.0f} MiB"))
                before = peak_mib()
    return count, failures


@contextmanager
def in_memory() -> Iterator[Path]:
    """A new folder, in memory where the machine has a place for that."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="lcpc-fuzz-", dir=place) as folder:
        yield Path(folder)


@contextmanager
def number_file(path: Path | None) -> Iterator[Callable[[int], object]]:
    """What writes a number into a file, over the one before."""
    if path is None:
        yield lambda number: None
        return
    with path.open("wb") as file:
        yield lambda number: os.pwrite(file.fileno(), b"%12d" % number, 0)


def fault(of: Parser, content: bytes, folder: Path) -> str:
    """The traceback of anything but a value or lcpc's own error in time; ""."""
    usual = signal.signal(signal.SIGPROF, too_slow)
    signal.setitimer(signal.ITIMER_PROF, SLOWEST_S)
    try:
        of.parse(content, folder)
    except LcpcError as error:
        return "" if str(error).strip() else "an error without words"
    except (Exception, TooSlow):
        return traceback.format_exc(limit=-6)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, usual)
    return ""


def too_slow(*_: object) -> None:
    raise TooSlow(f"more than {SLOWEST_S:g} s of processor time")


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
