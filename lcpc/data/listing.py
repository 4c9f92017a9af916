"""Files of the user's folders: hidden ones left out, one order and name in any locale."""

import os
from collections.abc import Iterable
from pathlib import Path

from lcpc.errors import DataError


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden, or one that macOS adds to archives."""
    return name.startswith((".", "__MACOSX"))


def visible(folder: Path) -> list[Path]:
    """What a folder holds, sorted by name; nothing if there is no such folder."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return sorted((path for path in paths if not is_hidden(path.name)), key=os.fsencode)


def visible_folders(folder: Path) -> list[Path]:
    """The folders in a folder, sorted by name."""
    return [path for path in visible(folder) if path.is_dir()]


def visible_below(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Files with one of `suffixes` at any depth below a folder, sorted by path.

    Links to nothing are among them, so that whoever reads them names what is missing.
    """
    files = []
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        is_named = path.suffix.lower() in suffixes and not any(map(is_hidden, inside))
        if is_named and not path.is_dir():
            files.append(path)
    return sorted(files, key=os.fsencode)


def plain_name(path: Path) -> str:
    """The name of a file in UTF-8, whatever the locale. Raises DataError if it is not UTF-8."""
    name = os.fsencode(path.name)
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise DataError(f"{shown}: its name is not UTF-8. Rename the file.") from None


def as_inputs(paths: Iterable[Path], root: Path) -> list[str]:
    """Paths of the files that are there, relative to the project where they lie inside it."""
    inputs = []
    for path in paths:
        if path.is_file():
            inside = path.is_relative_to(root)
            inputs.append((path.relative_to(root) if inside else path).as_posix())
    return inputs
