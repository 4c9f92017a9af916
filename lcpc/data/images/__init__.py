"""Photographs. A set of them is one file of this package, found by its name: photos, kodak, folder.

Such a file holds

    place(data: Path, folder: str) -> Path | None    where its images lie, given the data root
    missing(place) -> str                            why they cannot be loaded; "" if they can
    load(place) -> tuple[Photo, ...]                 the photographs, in a fixed order
    input_files(place) -> list[Path]                 the user's own files among them
"""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from lcpc import registry
from lcpc.config import data_root
from lcpc.data.listing import as_inputs
from lcpc.errors import DataError, MissingData


@dataclass(frozen=True)
class Photo:
    """One photograph: rgb uint8 [height, width, 3]; digest is the sha256 (hex) of its file."""

    name: str
    rgb: NDArray[np.uint8]
    digest: str
    licence: str


def _found(name: str, root: Path, folder: str) -> tuple[ModuleType, Path | None]:
    plugin = registry.load(__name__, name)
    return plugin, plugin.place(data_root(root), folder)


def load(name: str, root: Path, folder: str = "") -> tuple[Photo, ...]:
    """All photographs of the set `name`. Raises MissingData or DataError with the way out."""
    plugin, place = _found(name, root, folder)
    photos: tuple[Photo, ...] = plugin.load(place)
    return photos


def missing(name: str, root: Path, folder: str = "") -> str:
    """Why the photographs of the set `name` cannot be loaded, with the way out, or ""."""
    plugin, place = _found(name, root, folder)
    reason: str = plugin.missing(place)
    return reason


def input_files(name: str, root: Path, folder: str = "") -> list[str]:
    """The user's own files of the set `name`, sorted; hidden ones are left out."""
    plugin, place = _found(name, root, folder)
    return as_inputs(plugin.input_files(place), root)


def read(path: Path, digest: str, licence: str, way_out: str) -> Photo:
    """Read a photograph. Raises MissingData without the file, DataError for another checksum."""
    from PIL import Image

    if not path.is_file():
        raise MissingData(f"photograph {path.name} is not in {path.parent}. {way_out}")
    content = path.read_bytes()
    actual = hashlib.sha256(content).hexdigest()
    if actual != digest:
        raise DataError(f"{path} has sha256 {actual[:12]}..., but {digest[:12]}... is on record. "
                        f"{way_out}")
    with Image.open(io.BytesIO(content)) as image:
        rgb = np.asarray(image.convert("RGB"))
    return Photo(path.stem, rgb, actual, licence)
