"""ModelNet40 as clouds: a folder of train.npz, test.npz, classes.txt and SHA256SUMS, checked before it is believed.

The meshes may be used for academic research only (terms of ModelNet), so lcpc neither holds nor fetches them;
`convert` makes the folder from the official archive of OFF meshes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc.data import sampling, store
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.data.meshes import read_off
from lcpc.data.seeds import seed_of
from lcpc.errors import DataError, MissingData
from lcpc.results.store import write_whole

NAME = "modelnet40"
LICENCE = "ModelNet: academic research only"
FILES = ("train.npz", "test.npz", "classes.txt", "SHA256SUMS")
LAYOUT: store.Layout = {"points": ("f", 3), "label": ("iu", 1), "name": ("U", 1)}
SUM_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)")


def missing(folder: Path) -> str:
    """Why ModelNet40 cannot be loaded from `folder`, with the way out, or ""."""
    absent = [name for name in FILES if not (folder / name).is_file()]
    if not absent:
        return ""
    return (
        f"ModelNet40 is not complete at {folder}: {', '.join(absent)} missing. Set dataset.folder (below LCPC_DATA) to "
        f"the folder that holds {', '.join(FILES)}; lcpc may not pass the meshes on."
    )


def load(split: str, folder: Path, seed: int = 0, samples: int | None = None) -> PointClouds:
    """The clouds of one split, as stored: `seed` changes nothing. `samples` is how many the split must hold.

    Raises MissingData where a file is absent; DataError where one is broken or is not the one that SHA256SUMS promises.
    """
    if split not in SPLITS:
        raise DataError(f"{NAME}: there is no split {split!r}. Ask for {' or '.join(SPLITS)}.")
    if reason := missing(folder):
        raise MissingData(reason)
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
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    expected = promised.get(path.name)
    if expected != digest:
        raise DataError(
            f"{path}: sha256 is {digest}, but SHA256SUMS promises {expected or 'nothing for it'}. Copy the file again."
        )
    return digest


def convert(archive: Path, folder: Path, seed: int, points: int = 1024) -> None:
    """Make the folder of clouds from the official archive, unpacked: <archive>/<class>/<train|test>/<name>.off.

    Raises MissingData where the archive holds no meshes of a split, DataError for a broken mesh.
    """
    classes = tuple(sorted(path.name for path in archive.iterdir() if path.is_dir())) if archive.is_dir() else ()
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "classes.txt", "\n".join([*classes, ""]))
    for split in SPLITS:
        convert_split(list(meshes_of(archive, classes, split)), folder / f"{split}.npz", seed, points)
    names = [name for name in FILES if name != "SHA256SUMS"]
    sums = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    write_whole(folder / "SHA256SUMS", "".join(sums))


def meshes_of(archive: Path, classes: tuple[str, ...], split: str) -> Iterator[tuple[int, Path]]:
    """(label, file) of each mesh of a split, class by class. Raises MissingData where there is none."""
    found = [(label, path) for label, kind in enumerate(classes) for path in sorted((archive / kind / split).glob("*.off"))]
    if not found:
        raise MissingData(f"{archive} holds no meshes <class>/{split}/<name>.off. Unpack the ModelNet40 archive there.")
    yield from found


def convert_split(meshes: list[tuple[int, Path]], path: Path, seed: int, points: int) -> None:
    """Sample the meshes and write one npz. The seed of a cloud follows from its name."""
    made = [sampling.cloud(read_off(mesh), points, seed_of(NAME, seed, mesh.stem)) for _, mesh in meshes]
    arrays: dict[str, NDArray[Any]] = {
        "points": np.stack(made),
        "label": np.array([label for label, _ in meshes], np.uint8),
        "name": np.array([mesh.stem for _, mesh in meshes]),
    }
    write_whole(path, store.npz_bytes(arrays))
