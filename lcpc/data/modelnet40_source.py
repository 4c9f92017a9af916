"""From the official archive of ModelNet40 to a folder of clouds: fetched where asked, unpacked, checked, sampled."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lcpc.config import Dataset
from lcpc.data import archive, fetch, modelnet40
from lcpc.data.base import SPLITS
from lcpc.errors import DataError, MissingData
from lcpc.log import logger
from lcpc.results.store import write_json

LOG = logger("lcpc.data")
SUFFIXES = (".off",)
MESHES = "meshes"
STORY = "made.json"
DOWNLOAD_TERMS = "about 2 GB; ModelNet's terms allow academic research only"


def is_url(source: str) -> bool:
    """Whether a source is an address rather than a path."""
    return "://" in source


def make(dataset: Dataset, data_root: Path, root: Path, run: str, seed: int, threads: int = 1, download: bool = False) -> None:
    """Make the folder of clouds of `dataset` from its source, unless it is there already, made with the same settings.

    `root` holds the published class counts, against which the meshes are checked before any is sampled.
    Raises MissingData with the way out, or DataError for an archive that is broken, hostile or another one.
    """
    folder = data_root / dataset.folder
    if not dataset.folder:
        raise DataError(f"run {run}: dataset.source needs dataset.folder, the folder below {data_root} that the clouds go to.")
    settings = {"points": dataset.stored_points, "seed": seed}
    if not modelnet40.missing(folder):
        return check_story(folder, settings, run)
    meshes = mesh_folder(dataset, data_root, folder, run, download)
    official = modelnet40.official_counts(root)
    for split in SPLITS:
        counts = {kind: len(list((meshes / kind / split).glob("*.off"))) for kind in modelnet40.classes_of(meshes)}
        modelnet40.check_counts(str(meshes), split, counts, official)
    write_json(folder / STORY, settings)
    modelnet40.convert(meshes, folder, seed, dataset.stored_points, threads)


def check_story(folder: Path, settings: dict[str, int], run: str) -> None:
    """DataError where the clouds in the folder were made with other settings than the run asks for."""
    path = folder / STORY
    made = json.loads(path.read_text()) if path.is_file() else settings
    if made != settings:
        raise DataError(f"{folder} was made with {described(made)}, but run {run} asks for {described(settings)}. "
                        "Name another dataset.folder, or delete this one.")


def described(settings: dict[str, int]) -> str:
    """Settings in words."""
    return f"{settings.get('points')} points a mesh and seed {settings.get('seed')}"


def mesh_folder(dataset: Dataset, data_root: Path, folder: Path, run: str, download: bool) -> Path:
    """The folder of the classes: unpacked from the archive, or the source itself where it is a folder."""
    source = data_root / dataset.source
    if is_url(dataset.source):
        source = fetched(dataset, data_root, run, download)
    if source.is_dir():
        return class_folder(source)
    if not source.is_file():
        raise MissingData(f"{source} is not there. Set dataset.source to the path of ModelNet40.zip below LCPC_DATA, "
                          "or to its address.")
    LOG.info("%s: sha256 %s", source.name, fetch.checked(source, dataset.sha256))
    archive.unpack(source, folder / MESHES, SUFFIXES)
    return class_folder(folder / MESHES)


def fetched(dataset: Dataset, data_root: Path, run: str, download: bool) -> Path:
    """The archive on disk. Raises MissingData where it would have to be downloaded and nobody asked for that."""
    name = Path(unquote(urlsplit(dataset.source).path)).name
    if not name.endswith(".zip"):
        raise DataError(f"dataset.source {dataset.source!r} names no zip archive. Name the address of ModelNet40.zip.")
    target = data_root / name
    if not target.is_file() and not download:
        raise MissingData(f"{target} is not there. Fetch it: `lcpc data --run {run} --download` ({DOWNLOAD_TERMS}).")
    fetch.fetch(fetch.Request(dataset.source, target, dataset.sha256))
    return target


def class_folder(folder: Path) -> Path:
    """The folder that holds <class>/train: this one, or the only one in it, as archives wrap their content."""
    while not any(folder.glob("*/train")):
        inside = [path for path in sorted(folder.iterdir()) if path.is_dir()]
        if len(inside) != 1:
            raise MissingData(f"{folder} holds no meshes <class>/<train|test>/<name>.off. Is it the ModelNet40 archive?")
        folder = inside[0]
    return folder
