"""Embedded photographs: four free ones that come inside the scikit-image package."""

import importlib.util
from pathlib import Path

from lcpc.data.images import Photo, read
from lcpc.errors import MissingData

WAY_OUT = "They come with scikit-image: `pip install --force-reinstall scikit-image`."
# (file, sha256, who gives it free), as scikit-image documents them.
FILES = (
    ("chelsea.png", "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
     "Stefan van der Walt, CC0"),
    ("astronaut.png", "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
     "NASA, public domain"),
    ("coffee.png", "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
     "Rachel Michetti, CC0"),
    ("rocket.jpg", "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
     "SpaceX, public domain"),
)  # fmt: skip


def place(data: Path | None = None, folder: str = "") -> Path | None:
    """Folder of scikit-image's data, found without importing it; None if it is not installed."""
    package = importlib.util.find_spec("skimage")
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "data"


def load(folder: Path | None = None) -> tuple[Photo, ...]:
    """All photographs, from scikit-image or from `folder`. Raises MissingData or DataError."""
    folder = folder or place()
    if folder is None:
        raise MissingData(f"the embedded photographs are not there. {WAY_OUT}")
    photos = [read(folder / file, digest, licence, WAY_OUT) for file, digest, licence in FILES]
    return tuple(photos)


def missing(folder: Path | None = None) -> str:
    """Why the photographs can't be loaded, with the way out, or ""."""
    folder = folder or place()
    absent = [file for file, *_ in FILES if folder is None or not (folder / file).is_file()]
    if not absent:
        return ""
    return f"the embedded photographs {', '.join(absent)} are not there. {WAY_OUT}"


def input_files(folder: Path | None = None) -> list[Path]:
    """None: they are part of a package, and their checksums part of lcpc."""
    return []
