"""From the official archive of ModelNet40 to a folder of clouds: downloaded, unpacked, sampled."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np

from lcpc.config import Config, Dataset, data_root
from lcpc.data import archive, fetch, sampled
from lcpc.data.base import SPLITS
from lcpc.data.listing import visible, visible_folders
from lcpc.data.places import dataset_of, place_of
from lcpc.data.point_clouds import modelnet40
from lcpc.data.seeds import seed_of
from lcpc.errors import DataError, MissingData
from lcpc.log import logger
from lcpc.results.provenance import file_digest
from lcpc.results.store import read_json, write_json, write_whole

LOG = logger("lcpc.data")
SUFFIXES = (".off",)
MESHES = "meshes"
MADE_WITH = "made.json"


def make(config: Config, root: Path, threads: int = 1, download: bool = False) -> None:
    """Make the folder of clouds from its source, unless it is there already with the same settings.

    `root` holds the published class counts, against which the meshes are checked before any is
    sampled. Raises MissingData with the way out, DataError for a broken or other archive.
    """
    dataset, folder = dataset_of(config), place_of(config, root)
    if not dataset.folder:
        raise DataError(f"run {config.run}: dataset.source needs dataset.folder, "
                        f"the folder below {data_root(root)} that the clouds go to.")
    settings = {"points": dataset.stored_points, "seed": config.seed}
    if not modelnet40.defect(folder):
        return check_settings(folder, settings, config.run)
    meshes = mesh_folder(config, root, download)
    official = modelnet40.official_counts(root)
    for split in SPLITS:
        counts = {path.name: len(off_files(path / split)) for path in visible_folders(meshes)}
        modelnet40.check_counts(str(meshes), split, counts, official)
    write_json(folder / MADE_WITH, settings)
    convert(meshes, folder, config.seed, dataset.stored_points, threads)


def input_files(config: Config, root: Path) -> list[Path]:
    """The archive of the source, or all meshes of its folder."""
    dataset = dataset_of(config)
    source = source_path(dataset, data_root(root)) if dataset.source else None
    if source is None or not source.is_dir():
        return [source] if source else []
    meshes = []
    for folder in visible_folders(class_folder(source)):
        for split in SPLITS:
            meshes += off_files(folder / split)
    return meshes


def convert(meshes: Path, folder: Path, seed: int, points: int = 1024, threads: int = 1) -> None:
    """Make the folder of clouds from unpacked meshes, <meshes>/<class>/<train|test>/<name>.off.

    `points` area samples of each mesh, made by `threads` processes; interrupted work goes on.
    Raises MissingData if a split has no meshes, DataError for a broken mesh.
    """
    classes = [path.name for path in visible_folders(meshes)]
    folder.mkdir(parents=True, exist_ok=True)
    parts = folder / sampled.PARTS
    for split in SPLITS:
        sources = sources_of(meshes, split, seed)
        title = f"{modelnet40.NAME}, {split}"
        made, _ = sampled.sample(sources, points, parts, threads, title)
        label = np.array([source.label for source in sources], np.uint8)
        names = np.array([source.sample for source in sources])
        target = folder / f"{split}.npz"
        sampled.write_npz(target, {"points": made, "label": label, "name": names})
    write_whole(folder / "classes.txt", "\n".join([*classes, ""]))
    data_files = [name for name in modelnet40.FILES if name != "SHA256SUMS"]
    sums = [f"{file_digest(folder / name)}  {name}\n" for name in data_files]
    write_whole(folder / "SHA256SUMS", "".join(sums))
    sampled.forget(parts)


def off_files(folder: Path) -> list[Path]:
    """The OFF files of a folder, sorted; hidden ones are left out."""
    return [path for path in visible(folder) if path.suffix == ".off"]


def sources_of(meshes: Path, split: str, seed: int) -> list[sampled.SampledObject]:
    """The meshes of a split, class by class; the seed of a cloud follows from its name."""
    sources = []
    for label, folder in enumerate(visible_folders(meshes)):
        for path in off_files(folder / split):
            name_seed = seed_of(modelnet40.NAME, seed, path.stem)
            sources.append(sampled.SampledObject(label, path.stem, name_seed, path))
    if not sources:
        raise MissingData(f"{meshes} holds no meshes <class>/{split}/<name>.off. "
                          "Unpack the ModelNet40 archive there.")
    return sources


def check_settings(folder: Path, settings: dict[str, int], run: str) -> None:
    """DataError if the clouds in the folder were made with other settings than the run asks for."""
    path = folder / MADE_WITH
    made = read_json(path) if path.is_file() else settings
    if made != settings:
        raise DataError(f"{folder} was made with {described(made)}, but run {run} asks for "
                        f"{described(settings)}. Name another dataset.folder, or delete this one.")


def described(settings: dict[str, int]) -> str:
    """Settings in words."""
    return f"{settings.get('points')} points a mesh and seed {settings.get('seed')}"


def address_of(dataset: Dataset) -> str:
    """The source that the config names, else the address of the official archive."""
    return dataset.source or modelnet40.ARCHIVE_ADDRESS


def source_path(dataset: Dataset, data: Path) -> Path:
    """Where the source lies on the disk; that of an address lies in the data root `data`."""
    address = address_of(dataset)
    if "://" not in address:
        return data / address
    name = Path(unquote(urlsplit(address).path)).name
    if not name.endswith(".zip"):
        raise DataError(f"dataset.source {dataset.source!r} names no zip archive. "
                        "Name the address of ModelNet40.zip.")
    return data / name


def mesh_folder(config: Config, root: Path, download: bool) -> Path:
    """The folder of the classes: unpacked from the archive, or the source itself."""
    dataset = dataset_of(config)
    source = source_path(dataset, data_root(root))
    address = address_of(dataset)
    if "://" in address:
        if not source.is_file() and not download:
            command = f"`lcpc data --run {config.run} --download`"
            raise MissingData(f"{source} is not there. Fetch it: {command} "
                              f"({modelnet40.ARCHIVE_TERMS}).")
        fetch.fetch(fetch.Request(address, source, dataset.sha256))
    if source.is_dir():
        return class_folder(source)
    if not source.is_file():
        raise MissingData(f"{source} is not there. Set dataset.source to the path of "
                          "ModelNet40.zip below LCPC_DATA, or to its address.")
    LOG.info("%s: sha256 %s", source.name, fetch.checked(source, dataset.sha256))
    unpacked = place_of(config, root) / MESHES
    archive.unpack(source, unpacked, SUFFIXES)
    return class_folder(unpacked)


def class_folder(folder: Path) -> Path:
    """The folder that holds <class>/train: this one, or the only one in it that is not hidden."""
    while not any((path / "train").is_dir() for path in visible_folders(folder)):
        inside = visible_folders(folder)
        if len(inside) != 1:
            raise MissingData(f"{folder} holds no meshes <class>/<train|test>/<name>.off. "
                              "Is it the ModelNet40 archive?")
        folder = inside[0]
    return folder
