"""ModelNet40 as the common pre-sampled HDF5 files: a folder of ply_data_train*.h5, ply_data_test*.h5 and shape_names.txt.

HDF5 files can name other files on the disk and claim any size, so each array is judged by its description before it is
read: it must lie in the file itself, as plain numbers, and be as large as its bytes allow. It is read some clouds at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc.data import sampling
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.errors import DataError, MissingData, MissingTool
from lcpc.results.provenance import file_digest

NAME = "modelnet40"
LICENCE = "ModelNet: academic research only"
CLASSES = "shape_names.txt"
AT_ONCE = 256
MAX_CLOUDS = 1 << 17
MAX_POINTS = 1 << 16
LIMIT_BYTES = 4 << 30
FILTERS = ("gzip", "lzf", "szip", None)
DEFLATE_LIMIT = 1100
WAY_OUT = "Fetch the file again"


def is_there(folder: Path) -> bool:
    """Whether a folder holds these files rather than lcpc's own."""
    return not (folder / "SHA256SUMS").is_file() and all(files(folder, split) for split in SPLITS)


def missing(folder: Path) -> str:
    """Why ModelNet40 cannot be loaded from HDF5 files in `folder`, or ""."""
    absent = [f"ply_data_{split}0.h5" for split in SPLITS if not files(folder, split)]
    absent += [CLASSES] if not (folder / CLASSES).is_file() else []
    return f"{', '.join(absent)} missing at {folder}. Set dataset.folder to modelnet40_ply_hdf5_2048." if absent else ""


def files(folder: Path, split: str) -> list[Path]:
    """The files of a split in the order of their numbers."""
    found = [(int(match[1]), path) for path in folder.glob(f"ply_data_{split}*.h5")
             if (match := re.fullmatch(rf"ply_data_{split}_?(\d+)", path.stem))]
    return [path for _, path in sorted(found)]


def load(split: str, folder: Path, seed: int = 0) -> PointClouds:
    """The clouds of one split in the unit ball, in the order of the files; `seed` changes nothing.

    Raises MissingData where a file is absent, DataError for a broken or hostile one, MissingTool without h5py.
    """
    if reason := missing(folder):
        raise MissingData(reason)
    classes = tuple((folder / CLASSES).read_text(encoding="utf-8", errors="replace").split())
    paths = files(folder, split)
    parts = [read(path) for path in paths]
    if len({points.shape[1] for points, _ in parts}) != 1:
        raise DataError(f"{folder}: the files of split {split} differ in their points per cloud. {WAY_OUT}.")
    label = np.concatenate([label for _, label in parts])
    names = [name for path, (_, own) in zip(paths, parts, strict=True) for name in listed_names(path, len(own))]
    samples = [name or f"{split}_{index:05d}" for index, name in enumerate(names)]
    provenance: dict[str, str | int] = {
        "source": "; ".join(f"{path.name}, sha256 {file_digest(path)}" for path in paths), "seed": seed, "licence": LICENCE}
    points = np.concatenate([points for points, _ in parts])
    return clouds(NAME, classes, split, points, label, np.array(samples), provenance, where=str(folder))


def read(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Clouds in the unit ball, float32 [n, M, 3], and labels [n] of one file."""
    h5py = package()
    try:
        with h5py.File(path, "r") as file:
            data, label = (plain_array(h5py, file, path, name) for name in ("data", "label"))
            check_shapes(path, data, label)
            points = np.empty(data.shape, np.float32)
            for begin in range(0, len(points), AT_ONCE):
                block = data[begin : begin + AT_ONCE].astype(np.float64)
                points[begin : begin + AT_ONCE] = list(normalised(path, begin, block))
            return points, label[:].astype(np.int64).reshape(-1)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, MemoryError) as error:
        raise DataError(f"{path}: not a readable HDF5 file ({error}). {WAY_OUT}.") from error


def package() -> Any:
    """h5py, imported on first use. Raises MissingTool with the command that installs it."""
    try:
        import h5py
    except ImportError as error:
        raise MissingTool(f"HDF5 files need h5py ({error}). Install it: pip install -r envs/requirements.txt") from error
    return h5py


def plain_array(h5py: Any, file: Any, path: Path, name: str) -> Any:
    """The array `name`, unread. Raises DataError where it does not lie in this file as plain numbers of a likely size."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink) or not isinstance(file.get(name), h5py.Dataset):
        raise DataError(f"{path}: {name!r} is no array in this file (a link, a group, or not there). {WAY_OUT}.")
    array = file[name]
    if array.is_virtual or array.external:
        raise DataError(f"{path}: {name!r} takes its values from other files, which is not followed. {WAY_OUT}.")
    if array.dtype.kind not in ("f" if name == "data" else "iu") or array.compression not in FILTERS:
        raise DataError(f"{path}: {name!r} is {array.dtype} packed with {array.compression}, not plain numbers. {WAY_OUT}.")
    claimed, there = array.size * array.dtype.itemsize, array.id.get_storage_size()
    if claimed > LIMIT_BYTES or claimed > DEFLATE_LIMIT * max(there, 1):
        raise DataError(f"{path}: {name!r} claims {claimed} bytes out of {there} stored ones "
                        f"(at most {LIMIT_BYTES} are read). {WAY_OUT}.")
    chunk = int(np.prod(array.chunks or (0,), dtype=object)) * array.dtype.itemsize
    if chunk > max(claimed, LIMIT_BYTES // 16):
        raise DataError(f"{path}: {name!r} is stored in pieces of {chunk} bytes. {WAY_OUT}.")
    return array


def check_shapes(path: Path, data: Any, label: Any) -> None:
    """DataError unless the shapes are [n, M, 3] and [n] or [n, 1]."""
    fits = data.ndim == 3 and data.shape[2] == 3 and 1 <= data.shape[0] <= MAX_CLOUDS and 1 <= data.shape[1] <= MAX_POINTS
    if not fits or label.shape not in ((data.shape[0],), (data.shape[0], 1)):
        raise DataError(f"{path}: data is {list(data.shape)} and label {list(label.shape)}, "
                        f"not [n, M, 3] and [n, 1]. {WAY_OUT}.")


def normalised(path: Path, begin: int, block: NDArray[np.float64]) -> Iterator[NDArray[np.float32]]:
    """Each cloud centred and in the unit ball; DataError naming file and row where it has no extent or is not finite."""
    for row, cloud in enumerate(block, begin):
        try:
            yield sampling.normalise(cloud)
        except DataError as error:
            raise DataError(f"{path}, row {row}: {error}") from error


def listed_names(path: Path, count: int) -> list[str]:
    """Names of the meshes behind the clouds where the list that comes with the files is there, else empty ones."""
    beside = path.with_name(re.sub(r"_?(\d+)$", r"_\1_id2file", path.stem) + ".json")
    if not beside.is_file():
        return [""] * count
    try:
        names = [Path(str(name)).stem for name in json.loads(beside.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, UnicodeDecodeError) as error:
        raise DataError(f"{beside}: no list of names ({error}). {WAY_OUT}, or delete it.") from error
    if len(names) != count:
        raise DataError(f"{beside}: {len(names)} names for {count} clouds. {WAY_OUT}, or delete it.")
    return names
