"""Your own photographs: all images of a folder, of any format and size, by their names."""

import hashlib
from pathlib import Path

from lcpc.data import pictures
from lcpc.data.images import Photo
from lcpc.data.listing import visible_below
from lcpc.errors import DataError, MissingData

LIMIT_BYTES = 2 << 30
"""Most memory that the photographs take."""


def place(data: Path, folder: str = "") -> Path:
    """The folder of the photographs below the data root."""
    return data / folder


def missing(folder: Path) -> str:
    """Why there are no photographs, with the way out, or ""."""
    if not folder.is_dir():
        return (f"the photographs' folder {folder} is not there; "
                "check the config's folder and LCPC_DATA")
    if not input_files(folder):
        return (f"{folder} holds no image ({', '.join(pictures.SUFFIXES)}); check the config's "
                "folder")
    return ""


def input_files(folder: Path) -> list[Path]:
    """All images below the folder, sorted; hidden ones are left out."""
    return visible_below(folder, pictures.SUFFIXES)


def load(folder: Path) -> tuple[Photo, ...]:
    """All images below `folder`, sorted, each named by its path there without the ending.

    Raises MissingData without any, DataError naming one that is broken, or two of one name.
    """
    if reason := missing(folder):
        raise MissingData(reason)
    files = input_files(folder)
    photos: dict[str, Photo] = {}
    size_bytes = 0
    for file in files:
        photo = _read(file, file.relative_to(folder).with_suffix("").as_posix())
        if photo.name in photos:
            raise DataError(f"{folder} holds two images named {photo.name}, one of them "
                            f"{file.name}; rename one")
        photos[photo.name] = photo
        size_bytes += photo.rgb.nbytes
        if size_bytes > LIMIT_BYTES:
            raise DataError(f"{folder}: the first {len(photos)} of {len(files)} images fill "
                            f"{LIMIT_BYTES} bytes; take fewer")
    return tuple(photos.values())


def _read(file: Path, name: str) -> Photo:
    rgb = pictures.read(file)
    return Photo(name, rgb, hashlib.sha256(file.read_bytes()).hexdigest(), "yours")
