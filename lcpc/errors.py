"""The errors that a user can meet: one line each, saying what, where, and the way out."""

import difflib
from collections.abc import Sequence


class LcpcError(Exception):
    """Base of all errors that lcpc raises on purpose; the command line prints only its text."""


class ConfigError(LcpcError):
    """A run's configuration holds an unknown key, a value of a wrong type or outside its range."""


class DataError(LcpcError):
    """A data file is broken, or another one than its checksum says."""


class MissingData(LcpcError):
    """A data set or an input file is not there; the message says how to get it."""


class MissingTool(LcpcError):
    """An external program or system library is not there; the message says how to get it."""


class BitstreamError(LcpcError):
    """A bitstream is cut, extended or was not written by this model."""


class ResultError(LcpcError):
    """A result file lacks rows or columns that a table or figure needs."""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A sentence that names the nearest known word, or lists all."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Known: {', '.join(known)}."
