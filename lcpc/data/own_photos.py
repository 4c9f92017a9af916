"""Your own photographs: all images of a folder, of any format and size, by their names."""

import hashlib
from pathlib import Path

from lcpc.data import pictures
from lcpc.data.images import Photo
from lcpc.errors import DataError, MissingData

LIMIT_BYTES = 2 << 30
"""Most memory that the photographs take."""


def load(folder: Path) -> tuple[Photo, ...]:
    """All images below `folder` in the order of their names, each named by its path there without the ending.

    Raises MissingData where there are none, DataError naming one that is broken, or two that have one name.
    """
    if not folder.is_dir():
        raise MissingData(f"the photographs' folder {folder} is not there; check the config's folder and LCPC_DATA")
    paths = files(folder)
    if not paths:
        raise MissingData(f"{folder} holds no image ({', '.join(pictures.SUFFIXES)}); check the config's folder")
    found: dict[str, Photo] = {}
    for file in paths:
        photo = _read(file, file.relative_to(folder).with_suffix("").as_posix())
        if photo.name in found:
            raise DataError(f"{folder} holds two images named {photo.name}, one of them {file.name}; rename one")
        found[photo.name] = photo
        if sum(one.rgb.nbytes for one in found.values()) > LIMIT_BYTES:
            raise DataError(f"{folder}: the first {len(found)} of {len(paths)} images fill {LIMIT_BYTES} bytes; take fewer")
    return tuple(found.values())


def files(folder: Path) -> list[Path]:
    """All images below `folder`, in the order of their names; none where it is not there."""
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in pictures.SUFFIXES and file.is_file())


def _read(file: Path, name: str) -> Photo:
    rgb = pictures.read(file)
    return Photo(name, rgb, hashlib.sha256(file.read_bytes()).hexdigest(), "yours")
