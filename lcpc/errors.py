"""The errors that a user can meet: one line each, saying what, where, and the way out."""

import difflib
import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Content = TypeVar("Content")
SHOWN_CHARACTERS = 200

OF_THE_DISK = {
    errno.ENOSPC: "free some space, or set LCPC_DATA to a larger disk",
    errno.EDQUOT: "free some space, or ask for a larger quota",
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f unlimited`)",
    errno.EROFS: "copy the project to a folder that can be written",
    errno.EACCES: "change the rights of the file or its folder (`chmod u+rw`)",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.EPERM: "change the rights of the file or its folder (`chmod u+rw`)",
}
"""What the disk refuses, whatever a file holds, and the way out."""
IN_THE_WAY = {
    errno.EEXIST: "move the file away that lies where a folder belongs",
    errno.ENOTDIR: "move the file away that lies where a folder belongs",
    errno.EISDIR: "move the folder away that lies where a file belongs",
}
"""The same of what is written. Read, a folder in the place of a file is that file's own defect."""
NO_TEMPORARY = "No usable temporary directory"
"""How Python's tempfile begins to say that it can write nowhere."""


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


class TrainingError(LcpcError):
    """A training can't go on, since its values are no finite numbers."""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A sentence that names the nearest known word, or lists all."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Known: {', '.join(known)}."


def of_the_disk(error: Exception, known: Mapping[int, str] = OF_THE_DISK) -> str:
    """What the disk refuses and the way out; "" for other errors."""
    if isinstance(error, FileNotFoundError) and str(error.strerror).startswith(NO_TEMPORARY):
        return (f"{error.strerror}; free some space, raise the limit on the size of files (`ulimit "
                "-f unlimited`), or set TMPDIR to a folder that can be written")
    if not isinstance(error, OSError) or not (way_out := known.get(error.errno or 0)):
        return ""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror}; {way_out}"


@contextmanager
def refusing(
    kind: type[LcpcError], where: object, problem: str, way_out: str
) -> Iterator[None]:
    """Whatever a parser raises for a broken or hostile file becomes one error, naming `where`.

    lcpc's own errors, and those of the disk, pass as they are.
    """
    try:
        yield
    except LcpcError:
        raise
    except Exception as error:
        if of_the_disk(error):
            raise
        words = " ".join(str(error).split())
        reason = words if " " in words else repr(error)
        remedy = way_out[0].lower() + way_out[1:]
        raise kind(f"{where} {problem} ({reason[:SHOWN_CHARACTERS]}); {remedy}") from error


def reader(
    kind: type[LcpcError], problem: str, way_out: str
) -> Callable[
    [Callable[Concatenate[Path, Parameters], Content]],
    Callable[Concatenate[Path, Parameters], Content],
]:
    """Decorates a function that reads the file `path`, its first argument: see `refusing`."""

    def decorate(
        read: Callable[Concatenate[Path, Parameters], Content],
    ) -> Callable[Concatenate[Path, Parameters], Content]:
        """`read` with its errors turned into the project's own."""
        @wraps(read)
        def guarded(
            path: Path, /, *options: Parameters.args, **named: Parameters.kwargs
        ) -> Content:
            """Calls `read`; its errors name the file and the way out."""
            with refusing(kind, path, problem, way_out):
                return read(path, *options, **named)

        return guarded

    return decorate
