"""ModelNet40 as clouds: a folder of train.npz, test.npz, classes.txt and SHA256SUMS.

A folder of the common pre-sampled HDF5 files is read as well. The meshes may be used for academic
research only (terms of ModelNet), so lcpc does not hold them; `dataset.source` in a run's config
names the official archive of OFF meshes, from which the folder is made.
"""

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lcpc.config import Config, data_root
from lcpc.data import store
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.data.places import dataset_of, place_of
from lcpc.data.point_clouds import _modelnet40_hdf5 as hdf5
from lcpc.errors import DataError, MissingData, refusing
from lcpc.results.provenance import file_digest

NAME = "modelnet40"
LICENCE = hdf5.LICENCE
MADE = False
MAY_BE_PASSED_ON = False
ARCHIVE_ADDRESS = "http://modelnet.cs.princeton.edu/ModelNet40.zip"
ARCHIVE_TERMS = "about 2 GB; ModelNet's terms allow academic research only"
FILES = ("train.npz", "test.npz", "classes.txt", "SHA256SUMS")
OWN_SET = ("Copy the official split again; a data set of your own is `name: folder` "
           "in the run's config.")
LAYOUT: store.ArrayLayout = {"points": ("f", 3), "label": ("iu", 1), "name": ("U", 1)}
CLOUDS = {"train": (9843, 9840), "test": (2468,)}
"""Sizes of the official split, first; the HDF5 files lack three training clouds since ever."""
TEST_COUNTS = Path("results") / "published" / "modelnet40_test_class_counts.csv"
SUM_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)")


def cloud_count(config: Config, split: str) -> int:
    """Clouds of a split."""
    return CLOUDS[split][0]


def missing(config: Config, root: Path) -> str:
    """Why ModelNet40 can neither be loaded nor made, with the way out, or ""."""
    reason = defect(place_of(config, root))
    if not reason:
        return ""
    if dataset_of(config).source:
        return f"{reason} Or make it: `lcpc data --run {config.run}`."
    return (f"{reason} One command makes it from the official archive, {ARCHIVE_ADDRESS} "
            f"({ARCHIVE_TERMS}): `lcpc data --run {config.run} --download`. If you have the "
            f"archive, put it into {data_root(root)} and leave out --download.")


def make(config: Config, root: Path, threads: int = 1, download: bool = False) -> None:
    """Make the folder of clouds from `source`, else from the official archive.

    Without `source`, the archive is taken from the data root, or fetched with `download`.
    """
    archive = data_root(root) / ARCHIVE_ADDRESS.rpartition("/")[2]
    if dataset_of(config).source or download or archive.is_file():
        from lcpc.data import modelnet40_source

        modelnet40_source.make(config, root, threads, download)


def load(config: Config, root: Path, split: str) -> PointClouds:
    """The clouds of one split, held to the classes and sizes of the official one."""
    place = place_of(config, root)
    if reason := missing(config, root):
        raise MissingData(reason)
    stored = read(split, place, config.seed)
    check_counts(str(place), split, stored.class_counts(), official_counts(root))
    return stored


def input_files(config: Config, root: Path) -> list[Path]:
    """The files of the clouds; before they are made, the archive or the meshes of the source."""
    place = place_of(config, root)
    if hdf5.is_there(place):
        return [*hdf5.files(place, "train"), *hdf5.files(place, "test"), place / hdf5.CLASSES]
    if not defect(place):
        return [place / name for name in FILES]
    from lcpc.data import modelnet40_source

    return modelnet40_source.input_files(config, root)


def defect(folder: Path) -> str:
    """Why ModelNet40 cannot be read from `folder`, with the way out, or ""."""
    absent = [name for name in FILES if not (folder / name).is_file()]
    if not absent or hdf5.is_there(folder):
        return ""
    return (
        f"ModelNet40 is not complete at {folder}: {', '.join(absent)} missing. Set dataset.folder "
        f"(below LCPC_DATA) to the folder that holds {', '.join(FILES)} (or ply_data_*.h5), "
        "or name the archive of meshes in dataset.source; lcpc may not pass the meshes on."
    )


def read(split: str, folder: Path, seed: int = 0) -> PointClouds:
    """The clouds of one split, as stored: `seed` changes nothing.

    Raises MissingData if a file is absent, DataError if one is broken or has another checksum than
    SHA256SUMS promises.
    """
    if split not in SPLITS:
        raise DataError(f"{NAME}: there is no split {split!r}. Ask for {' or '.join(SPLITS)}.")
    if reason := defect(folder):
        raise MissingData(reason)
    if hdf5.is_there(folder):
        return hdf5.load(split, folder, seed)
    path, names = folder / f"{split}.npz", folder / "classes.txt"
    promised = promises(folder / "SHA256SUMS")
    check(names, promised)
    source = f"{split}.npz, sha256 {check(path, promised)}"
    arrays = store.read_npz(path, LAYOUT)
    classes = tuple(names.read_text(encoding="utf-8-sig").split())
    provenance: dict[str, str | int] = {"source": source, "seed": seed, "licence": LICENCE}
    points, label = arrays["points"], arrays["label"].astype(np.int64)
    return clouds(NAME, classes, split, points, label, arrays["name"], provenance, where=str(path))


def promises(path: Path) -> dict[str, str]:
    """File name -> sha256 (hex) out of a SHA256SUMS file."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    matches = [SUM_LINE.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    if not matches or None in matches:
        raise DataError(f"{path}: not lines of `<sha256>  <file>`. "
                        "Copy it again or make it with sha256sum.")
    return {match[2]: match[1] for match in matches if match}


def check(path: Path, promised: Mapping[str, str]) -> str:
    """The sha256 (hex) of a file. Raises DataError unless it is the promised one."""
    digest = file_digest(path)
    expected = promised.get(path.name)
    if expected != digest:
        raise DataError(f"{path}: sha256 is {digest}, but SHA256SUMS promises "
                        f"{expected or 'nothing for it'}. Copy the file again.")
    return digest


def official_counts(root: Path) -> dict[str, int]:
    """Clouds of each class in the official test split, as published."""
    path = root / TEST_COUNTS
    if not path.is_file():
        raise MissingData(f"{path} is not there; restore it from the repository")
    broken = refusing(DataError, path, "holds no counts of classes", "restore it")
    with broken, path.open(encoding="utf-8-sig", newline="") as file:
        return {row["class"]: int(row["count"]) for row in csv.DictReader(file)}


def check_counts(
    where: str, split: str, counts: Mapping[str, int], official: Mapping[str, int]
) -> None:
    """DataError unless a split has the official classes and size (test: class by class)."""
    if odd := sorted(set(counts) ^ set(official)):
        raise DataError(f"{where}: its classes are not the {len(official)} of ModelNet40 "
                        f"(see {', '.join(odd[:3])}). {OWN_SET}")
    total = sum(counts.values())
    if total not in CLOUDS[split]:
        raise DataError(f"{where}: {total} {split} clouds, but ModelNet40 has {CLOUDS[split][0]}. "
                        f"{OWN_SET}")
    if split == "test":
        for kind, expected in official.items():
            if counts[kind] != expected:
                raise DataError(f"{where}: {counts[kind]} test clouds of {kind}, "
                                f"but ModelNet40 has {expected}. {OWN_SET}")
