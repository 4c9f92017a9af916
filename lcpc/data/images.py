"""What a photograph looks like once it stands in memory, and how its file is read: only with the checksum that is on record."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import DataError, MissingData


@dataclass(frozen=True)
class Photo:
    """One photograph: rgb uint8 [height, width, 3]; digest is the sha256 (hex) of its file."""

    name: str
    rgb: NDArray[np.uint8]
    digest: str
    licence: str


def read(path: Path, digest: str, licence: str, way_out: str) -> Photo:
    """Read a photograph. Raises MissingData where there is no file, and DataError where it is not the one on record."""
    from PIL import Image

    if not path.is_file():
        raise MissingData(f"photograph {path.name} is not in {path.parent}. {way_out}")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise DataError(f"{path} has sha256 {found[:12]}..., but {digest[:12]}... is on record. {way_out}")
    with Image.open(io.BytesIO(content)) as image:
        rgb = np.asarray(image.convert("RGB"))
    return Photo(path.stem, rgb, found, licence)
