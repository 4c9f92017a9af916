"""Messages go to stderr: short lines, and progress bars on a terminal."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
FORMAT = "%(asctime)s %(name)s: %(message)s"


def logger(name: str) -> logging.Logger:
    """The logger of one part of lcpc."""
    return logging.getLogger(name)


def talk_to_stderr(verbose: bool = False) -> None:
    """Send log lines to stderr; called once by the command line."""
    logging.basicConfig(stream=sys.stderr, format=FORMAT, datefmt="%H:%M:%S",
                        level=logging.WARNING)
    logging.getLogger("lcpc").setLevel(logging.DEBUG if verbose else logging.INFO)


def progress(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Iterate with a progress bar (rate and time left) on a terminal, silently elsewhere."""
    from tqdm import tqdm

    quiet = not sys.stderr.isatty()
    yield from tqdm(items, label, total, leave=False, disable=quiet, dynamic_ncols=True)
