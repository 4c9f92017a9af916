"""Text files of unknown origin, line by line: bounded, without comments, with any line end."""

from collections.abc import Iterator
from pathlib import Path

from lcpc.errors import DataError, MissingData

LIMIT_BYTES = 1 << 28
LIMIT_LINE = 1 << 20
WAY_OUT = "Write the file again or leave it out"


def check_size(path: Path) -> int:
    """Bytes of a file. Raises MissingData without the file, DataError for more than LIMIT_BYTES."""
    if not path.is_file():
        raise MissingData(f"{path} is not there. Check the folder's name in the run's config.")
    size = path.stat().st_size
    if size > LIMIT_BYTES:
        raise DataError(f"{path}: {size} bytes, at most {LIMIT_BYTES} are read. {WAY_OUT}.")
    return size


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, text) of each line that holds more than a comment after `#`.

    Lines end in LF, CR LF or CR; a byte order mark at the start is left out.
    """
    check_size(path)
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        number = 0
        while line := file.readline(LIMIT_LINE + 1):
            number += 1
            if len(line) > LIMIT_LINE:
                raise DataError(f"{path}, line {number}: longer than {LIMIT_LINE} characters. "
                                f"{WAY_OUT}.")
            if text := line.split("#", 1)[0].strip():
                yield number, text
