"""How far one story goes through the house: `python benchmarks/walk.py [RUN]` (default: smoke).

Trains a curve of a run, measures it, measures Draco, and builds a table, each by its command. Says
for each command how many files of lcpc are entered, how many stays that takes (a stay ends where
another file is entered), how often the way returns to the command line, and through how many files
the value itself passes: the curve's last lambda, and in the table also the rate and the accuracy
that it leads to. A file counts if one of its functions has one of these numbers as an argument or
as its result, alone or in a list, dict, array, tensor or table of rows; checks, logs and provenance
count too. A number inside another object (the config, a job, a model) does not count until it is
taken out.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import lcpc
from lcpc import cli, config
from lcpc.results.store import Results

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
SIZE, POINTS = "micro", 64
"""The curve of the story."""
DEEPEST, LARGEST = 4, 4096
"""Nested containers, and numbers of an array, up to which a value is looked for."""


def is_function(code: CodeType) -> bool:
    """Whether a frame's code is a function with a name: no module, class body or comprehension."""
    return bool(code.co_flags & inspect.CO_NEWLOCALS) and not code.co_name.startswith("<")


def numbers(value: Any, depth: int = DEEPEST) -> Iterator[float]:
    """The floats that a value is or holds in plain containers, arrays, tensors and data frames."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping | list | tuple | set | frozenset):
        parts = [*value, *value.values()] if isinstance(value, Mapping) else value
        for part in parts if depth else ():
            yield from numbers(part, depth - 1)
    elif hasattr(value, "columns") and hasattr(value, "to_dict"):
        if len(value) <= LARGEST:
            yield from numbers(value.to_dict("list"), depth)
    elif hasattr(value, "tolist"):
        count = value.numel() if hasattr(value, "numel") else value.size
        if count <= LARGEST:
            yield from numbers(value.tolist(), depth)


def arguments(frame: FrameType) -> list[Any]:
    """What a call was given."""
    code = frame.f_code
    starred = [code.co_flags & flag for flag in (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS)]
    count = code.co_argcount + code.co_kwonlyargcount + sum(map(bool, starred))
    return [frame.f_locals.get(name) for name in code.co_varnames[:count]]


class Walk:
    """Notes the files of lcpc that are entered, in order, and those that are given or give back one
    of the numbers `marks`; code that runs at import is left out."""

    def __init__(self, marks: set[float]) -> None:
        self.stays: list[str] = []
        self.carriers: set[str] = set()
        self._marks = marks

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """A profile function: each call into another file of the package begins a stay."""
        code = frame.f_code
        if event not in ("call", "return") or not is_function(code):
            return
        self._look(frame, [argument] if event == "return" else arguments(frame))
        if event == "return":
            frame = frame.f_back or frame
            code = frame.f_code
        path = code.co_filename
        if not path.startswith(str(PACKAGE)) or not is_function(code):
            return
        file = Path(path).relative_to(PACKAGE).as_posix()
        if not self.stays or self.stays[-1] != file:
            self.stays.append(file)

    def _look(self, frame: FrameType, values: list[Any]) -> None:
        """Note the file of a frame if one of the numbers is in `values`."""
        path = frame.f_code.co_filename
        if not path.startswith(str(PACKAGE)):
            return
        file = Path(path).relative_to(PACKAGE).as_posix()
        if file not in self.carriers and not self._marks.isdisjoint(numbers(values)):
            self.carriers.add(file)

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


def returns(steps: list[str]) -> int:
    """How often the way comes back to the command line from another room."""
    is_cli = [file.startswith("cli/") for file in steps]
    return sum(after and not before for before, after in pairwise(is_cli))


def marks_of(run: str) -> set[float]:
    """The last lambda of the curve and, where its rows are written, its rate and accuracy."""
    root = Path()
    lambda_ = float(config.load(root, run).curve(SIZE, POINTS).lambdas[-1])
    rows = Results(root, run).measured("rate_accuracy")
    of_curve = (rows["size"] == SIZE) & (rows["points"] == POINTS) & (rows["lambda"] == lambda_)
    cells = rows.loc[of_curve, ["rate_bits", "top1_percent"]]
    return {lambda_, *numbers(cells)}


def lines(run: str) -> Iterator[str]:
    """One line a command, and the story as a whole."""
    yield ("| command | files | different steps between files | of them back to the command line | "
           "files that the value passes |")
    yield "|---|--:|--:|--:|--:|"
    story: set[str] = set()
    carriers: set[str] = set()
    for number, command in enumerate(COMMANDS):
        walk = Walk(marks_of(run))
        words = command.format(run=run).split()
        walk.follow(lambda words=words: cli.main(words))  # type: ignore[misc]
        steps = simplified(walk.stays)
        yield (f"| {' '.join(words)} | {len(set(walk.stays))} | {len(steps)} | {returns(steps)} | "
               f"{len(walk.carriers)} |")
        if number in STORY:
            story.update(walk.stays)
            carriers.update(walk.carriers)
    yield f"\nFrom a lambda in the config to a cell of a table: {len(story)} files."
    yield ", ".join(sorted(story))
    yield f"\nThe value itself passes {len(carriers)} of them:"
    yield ", ".join(sorted(carriers))


if __name__ == "__main__":
    for line in lines(*(sys.argv[1:] or ["smoke"])):
        print(line, flush=True)
