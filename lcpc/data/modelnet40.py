"""ModelNet40 as clouds: a folder of train.npz, test.npz, classes.txt and SHA256SUMS, checked before it is believed.

A folder of the common pre-sampled HDF5 files is read as well. The meshes may be used for academic research only (terms of
ModelNet), so lcpc does not hold them; `convert` makes the folder from the official archive of OFF meshes, unpacked.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lcpc.data import modelnet40_hdf5, sampled, store
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.data.seeds import seed_of
from lcpc.errors import DataError, MissingData
from lcpc.results.provenance import file_digest
from lcpc.results.store import write_whole

NAME = "modelnet40"
LICENCE = "ModelNet: academic research only"
FILES = ("train.npz", "test.npz", "classes.txt", "SHA256SUMS")
OWN_SET = "Copy the official split again; a data set of your own is `name: folder` in the run's config."
LAYOUT: store.Layout = {"points": ("f", 3), "label": ("iu", 1), "name": ("U", 1)}
CLOUDS = {"train": (9843, 9840), "test": (2468,)}
"""How many the official split has, first; the HDF5 files lack three training clouds since ever."""
TEST_COUNTS = Path("results") / "published" / "modelnet40_test_class_counts.csv"
SUM_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)")


def missing(folder: Path) -> str:
    """Why ModelNet40 cannot be loaded from `folder`, with the way out, or ""."""
    absent = [name for name in FILES if not (folder / name).is_file()]
    if not absent or modelnet40_hdf5.is_there(folder):
        return ""
    return (
        f"ModelNet40 is not complete at {folder}: {', '.join(absent)} missing. Set dataset.folder (below LCPC_DATA) to "
        f"the folder that holds {', '.join(FILES)} (or ply_data_*.h5), or name the archive of meshes in dataset.source; "
        "lcpc may not pass the meshes on."
    )


def load(split: str, folder: Path, seed: int = 0, samples: int | None = None) -> PointClouds:
    """The clouds of one split, as stored: `seed` changes nothing. `samples` is how many the split must hold.

    Raises MissingData where a file is absent; DataError where one is broken or is not the one that SHA256SUMS promises.
    """
    if split not in SPLITS:
        raise DataError(f"{NAME}: there is no split {split!r}. Ask for {' or '.join(SPLITS)}.")
    if reason := missing(folder):
        raise MissingData(reason)
    if modelnet40_hdf5.is_there(folder):
        return modelnet40_hdf5.load(split, folder, seed)
    path = folder / f"{split}.npz"
    promised = promises(folder / "SHA256SUMS")
    check(folder / "classes.txt", promised)
    digest = check(path, promised)
    arrays = store.read_npz(path, LAYOUT)
    if samples is not None and len(arrays["points"]) != samples:
        raise DataError(f"{path}: {len(arrays['points'])} clouds, expected {samples}. Copy the official split again.")
    classes = tuple((folder / "classes.txt").read_text(encoding="utf-8").split())
    provenance: dict[str, str | int] = {"source": f"{split}.npz, sha256 {digest}", "seed": seed, "licence": LICENCE}
    label = arrays["label"].astype(np.int64)
    return clouds(NAME, classes, split, arrays["points"], label, arrays["name"], provenance, where=str(path))


def promises(path: Path) -> dict[str, str]:
    """File name -> sha256 (hex) out of a SHA256SUMS file."""
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    found = [SUM_LINE.fullmatch(line.strip()) for line in lines if line.strip()]
    if not found or None in found:
        raise DataError(f"{path}: not lines of `<sha256>  <file>`. Copy it again or make it with sha256sum.")
    return {match[2]: match[1] for match in found if match}


def check(path: Path, promised: dict[str, str]) -> str:
    """The sha256 (hex) of a file. Raises DataError unless it is the promised one."""
    digest = file_digest(path)
    expected = promised.get(path.name)
    if expected != digest:
        raise DataError(
            f"{path}: sha256 is {digest}, but SHA256SUMS promises {expected or 'nothing for it'}. Copy the file again."
        )
    return digest


def convert(archive: Path, folder: Path, seed: int, points: int = 1024, threads: int = 1) -> None:
    """Make the folder of clouds from the official archive, unpacked: <archive>/<class>/<train|test>/<name>.off.

    `points` area samples of each mesh, made by `threads` processes; a call that was interrupted is gone on with.
    Raises MissingData where the archive holds no meshes of a split, DataError for a broken mesh.
    """
    classes = classes_of(archive)
    folder.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        sources = meshes_of(archive, classes, split, seed)
        made, digest = sampled.sample(sources, points, folder / sampled.PARTS, threads, f"{NAME}, {split}")
        label = np.array([source.label for source in sources], np.uint8)
        names = np.array([source.sample for source in sources])
        sampled.write_npz(folder / f"{split}.npz", {"points": made, "label": label, "name": names})
    write_whole(folder / "classes.txt", "\n".join([*classes, ""]))
    sums = (f"{file_digest(folder / name)}  {name}\n" for name in FILES if name != "SHA256SUMS")
    write_whole(folder / "SHA256SUMS", "".join(sums))
    sampled.forget(folder / sampled.PARTS)


def classes_of(archive: Path) -> tuple[str, ...]:
    """Names of the classes: the folders of the archive."""
    return tuple(sorted(path.name for path in archive.iterdir() if path.is_dir())) if archive.is_dir() else ()


def meshes_of(archive: Path, classes: tuple[str, ...], split: str, seed: int) -> list[sampled.Source]:
    """The meshes of a split, class by class; the seed of a cloud follows from its name. MissingData where there is none."""
    found = [(label, path) for label, kind in enumerate(classes) for path in sorted((archive / kind / split).glob("*.off"))]
    if not found:
        raise MissingData(f"{archive} holds no meshes <class>/{split}/<name>.off. Unpack the ModelNet40 archive there.")
    return [sampled.Source(label, path.stem, seed_of(NAME, seed, path.stem), path) for label, path in found]


def official_counts(root: Path) -> dict[str, int]:
    """Clouds of each class in the official test split, as published. Raises MissingData where the file is not there."""
    path = root / TEST_COUNTS
    if not path.is_file():
        raise MissingData(f"{path} is not there; restore it from the repository")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["class"]: int(row["count"]) for row in csv.DictReader(file)}


def counts_of(held: PointClouds) -> dict[str, int]:
    """Clouds of each class."""
    counts = Counter(held.label.tolist())
    return {kind: counts[label] for label, kind in enumerate(held.classes)}


def check_counts(where: str, split: str, counts: Mapping[str, int], official: Mapping[str, int]) -> None:
    """DataError unless a split has the classes and sizes of the official one (the test split class by class)."""
    if set(counts) != set(official):
        odd = sorted(set(counts) ^ set(official))
        raise DataError(f"{where}: its classes are not the {len(official)} of ModelNet40 (see {', '.join(odd[:3])}). {OWN_SET}")
    if (total := sum(counts.values())) not in CLOUDS[split]:
        raise DataError(f"{where}: {total} {split} clouds, but ModelNet40 has {CLOUDS[split][0]}. {OWN_SET}")
    odd = [kind for kind in official if split == "test" and counts[kind] != official[kind]]
    if odd:
        raise DataError(f"{where}: {counts[odd[0]]} test clouds of {odd[0]}, but ModelNet40 has {official[odd[0]]}. {OWN_SET}")
