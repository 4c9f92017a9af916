"""Photographs to train image codecs on: a folder, Vimeo-90K's triplets, or embedded ones."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.data import pictures
from lcpc.data.images import photos
from lcpc.data.listing import as_inputs, visible_below
from lcpc.errors import DataError, LcpcError, MissingData
from lcpc.log import logger, progress

LOG = logger("lcpc.data")
LIMIT_BYTES = 2 << 30
"""Most memory that training images take; of larger folders, images at even distances are used."""

LARGEST_BYTES = 2 * LIMIT_BYTES
"""Where reading stops if the first image was no measure of the others."""

TRAIN = ("chelsea", "rocket")
"""The embedded photographs to train on, a busy and a calm one; the others are tested."""

VIMEO_LIST = "tri_trainlist.txt"
VIMEO_FRAMES = ("im1.png", "im2.png", "im3.png")


@dataclass(frozen=True)
class Photographs:
    """Images in memory, uint8 [H, W, 3] each; digest names them all, order included."""

    name: str
    rgb: tuple[NDArray[np.uint8], ...]
    digest: str


def embedded() -> tuple[Photographs, tuple[str, ...]]:
    """(photographs to train on, names of those left for testing), from scikit-image."""
    train = [photo for photo in photos.load() if photo.name in TRAIN]
    names = [Path(file).stem for file, *_ in photos.FILES]
    rgb = tuple(photo.rgb for photo in train)
    digest = _digest(photo.digest for photo in train)
    return Photographs("photos", rgb, digest), tuple(name for name in names if name not in TRAIN)


def folder(path: Path, least_side: int, count: int = 0) -> Photographs:
    """Images below a folder, `count` of them spread evenly (0: as many as fit the memory).

    Raises MissingData without any, DataError naming a broken file. Images with a side shorter than
    `least_side` pixels have no whole patch; they are left out, and the log says how many.
    """
    files = listed(path)
    chosen = spread(files, count or _fitting(files))
    if len(chosen) < len(files):
        LOG.info("%s: %d of %d images are used", path.name, len(chosen), len(files))
    rgb, digests, size_bytes = [], [], 0
    for content, name in progress(_contents(chosen), "images", len(chosen)):
        picture = pictures.decode(content, name)
        if min(picture.shape[:2]) >= least_side:
            rgb.append(picture)
            digests.append(hashlib.sha256(content).hexdigest())
            size_bytes += picture.nbytes
        if size_bytes > LARGEST_BYTES:
            raise DataError(f"{path}: {len(rgb)} of {len(chosen)} images fill {LARGEST_BYTES} "
                            "bytes; set images: train_count")
    _check_kept(path, len(rgb), len(chosen), least_side)
    return Photographs(path.name, tuple(rgb), _digest(digests))


def input_files(path: Path, root: Path, count: int = 0) -> list[str]:
    """The user's own files that `folder` reads; inside the project, relative to it."""
    if not path.is_dir():
        return []
    files = vimeo(path) if (path / VIMEO_LIST).is_file() else tuple(_all_below(path))
    try:
        count = count or _fitting(files)
    except (LcpcError, LookupError):
        count = len(files)
    return as_inputs([path / VIMEO_LIST, *spread(files, count)], root)


def listed(path: Path) -> tuple[Path, ...]:
    """Image files of a folder in a fixed order: Vimeo-90K's training triplets, or all below."""
    if not path.is_dir():
        raise MissingData(f"the training images' folder {path} is not there; "
                          "check images: train_folder and LCPC_DATA")
    files = vimeo(path) if (path / VIMEO_LIST).is_file() else tuple(_all_below(path))
    if not files:
        raise MissingData(f"{path} holds no image ({', '.join(pictures.SUFFIXES)}); "
                          "check images: train_folder")
    return files


def vimeo(path: Path) -> tuple[Path, ...]:
    """The frames that Vimeo-90K's training list names. Raises DataError for a line without one."""
    files: list[Path] = []
    text = (path / VIMEO_LIST).read_text(encoding="utf-8-sig", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        if not (place := line.strip()):
            continue
        parts = place.split("/")
        if len(parts) != 2 or not all(part.isdigit() for part in parts):
            raise DataError(f"{path / VIMEO_LIST}, line {number}: {place[:40]!r} "
                            "is no sequence such as 00001/0001")
        files += [path / "sequences" / place / frame for frame in VIMEO_FRAMES]
    return tuple(files)


def spread(items: Sequence[Path], count: int) -> tuple[Path, ...]:
    """At most `count` items at even distances, the first among them."""
    count = min(count, len(items))
    return tuple(items[index * len(items) // count] for index in range(count))


def _all_below(path: Path) -> list[Path]:
    return visible_below(path, pictures.SUFFIXES)


def _fitting(files: Sequence[Path]) -> int:
    """How many images fit the memory, if all are as large as the first one."""
    return max(1, LIMIT_BYTES // pictures.read(files[0]).nbytes)


def _contents(files: Iterable[Path]) -> Iterator[tuple[bytes, str]]:
    for file in files:
        if not file.is_file():
            raise MissingData(f"image {file} is not there; {VIMEO_LIST} or the folder is not whole")
        if (size := file.stat().st_size) > pictures.LIMIT_BYTES:
            raise DataError(f"image {file} has {size} bytes; at most {pictures.LIMIT_BYTES} are "
                            "read")
        yield file.read_bytes(), str(file)


def _check_kept(path: Path, kept: int, chosen: int, least_side: int) -> None:
    if not kept:
        raise DataError(f"{path}: no image of {chosen} has sides of {least_side} pixels or more; "
                        "lower images: base_patch")
    if kept < chosen:
        LOG.info("%s: %d images have a side below %d pixels and are left out",
                 path.name, chosen - kept, least_side)


def _digest(digests: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
