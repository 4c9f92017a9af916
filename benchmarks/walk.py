"""How far one story goes through the house: `python benchmarks/walk.py [RUN]` (default: smoke).

Trains a curve of a run, measures it, measures Draco, and builds a table, each by its command. Says
for each command how many files of lcpc are entered, how many stays that takes (a stay ends where
another file is entered), and how often the way returns to the command line.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import lcpc
from lcpc import cli

PACKAGE = Path(lcpc.__file__).parent
COMMANDS = (
    "data --run {run}",
    "train proposed_micro_P64 --run {run}",
    "train pointnet_P64 --run {run}",
    "evaluate rate_accuracy/proposed_micro_P64 --run {run}",
    "evaluate rate_accuracy/draco_P64 --run {run}",
    "table bd_metrics --run {run}",
)
STORY = (1, 3, 5)
"""Commands on the way from a lambda in the config to a cell of a table."""


def is_function(code: CodeType) -> bool:
    """Whether a frame's code is a function with a name: no module, class body or comprehension."""
    return bool(code.co_flags & inspect.CO_NEWLOCALS) and not code.co_name.startswith("<")


class Walk:
    """Notes the files of lcpc that are entered, in order; code that runs at import is left out."""

    def __init__(self) -> None:
        self.stays: list[str] = []

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """A profile function: each call into another file of the package begins a stay."""
        code = frame.f_code
        if event not in ("call", "return") or not is_function(code):
            return
        if event == "return":
            frame = frame.f_back or frame
            code = frame.f_code
        path = code.co_filename
        if not path.startswith(str(PACKAGE)) or not is_function(code):
            return
        file = Path(path).relative_to(PACKAGE).as_posix()
        if not self.stays or self.stays[-1] != file:
            self.stays.append(file)

    def follow(self, function: Callable[[], object]) -> None:
        """Run a function and note its way."""
        sys.setprofile(self)
        try:
            function()
        finally:
            sys.setprofile(None)


def simplified(stays: list[str]) -> list[str]:
    """Stays with loops left out: a pair of files that alternate counts once."""
    kept: list[str] = []
    seen: set[tuple[str, str]] = set()
    for before, file in zip(["", *stays], stays, strict=False):
        if (before, file) not in seen:
            kept.append(file)
        seen.add((before, file))
    return kept


def lines(run: str) -> Iterator[str]:
    """One line a command, and the story as a whole."""
    yield "| command | files | different steps between files | of them back to the command line |"
    yield "|---|--:|--:|--:|"
    story: set[str] = set()
    for number, command in enumerate(COMMANDS):
        walk = Walk()
        words = command.format(run=run).split()
        walk.follow(lambda words=words: cli.main(words))  # type: ignore[misc]
        steps = simplified(walk.stays)
        back = sum(file.startswith("cli") for file in steps[1:])
        yield f"| {' '.join(words)} | {len(set(walk.stays))} | {len(steps)} | {back} |"
        if number in STORY:
            story.update(walk.stays)
    yield f"\nFrom a lambda in the config to a cell of a table: {len(story)} files."
    yield ", ".join(sorted(story))


if __name__ == "__main__":
    for line in lines(*(sys.argv[1:] or ["smoke"])):
        print(line, flush=True)
