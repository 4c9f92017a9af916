"""ModelNet40 as the common pre-sampled HDF5 files: ply_data_{train,test}*.h5 and shape_names.txt.

HDF5 files can name other files on the disk and claim any size, so each array is checked by its
description before it is read: it must lie in the file itself, as plain numbers, and be as large as
its bytes allow. It is read some clouds at a time.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc.data import sampling
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.errors import DataError, MissingData, MissingTool, reader, refusing
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
    if not (folder / CLASSES).is_file():
        absent.append(CLASSES)
    if not absent:
        return ""
    return (f"{', '.join(absent)} missing at {folder}. "
            "Set dataset.folder to modelnet40_ply_hdf5_2048.")


def files(folder: Path, split: str) -> list[Path]:
    """The files of a split in the order of their numbers."""
    numbered = []
    for path in folder.glob(f"ply_data_{split}*.h5"):
        if match := re.fullmatch(rf"ply_data_{split}_?(\d+)", path.stem):
            numbered.append((int(match[1]), path))
    return [path for _, path in sorted(numbered)]


def load(split: str, folder: Path, seed: int = 0) -> PointClouds:
    """The clouds of one split in the unit ball, in the order of the files; `seed` changes nothing.

    Raises MissingData if a file is absent, DataError for a broken or hostile one, MissingTool
    without h5py.
    """
    if reason := missing(folder):
        raise MissingData(reason)
    text = (folder / CLASSES).read_text(encoding="utf-8-sig", errors="replace")
    points, label, names, sources = [], [], [], []
    for path in files(folder, split):
        some_points, some_label = read(path)
        points.append(some_points)
        label.append(some_label)
        names += listed_names(path, len(some_label))
        sources.append(f"{path.name}, sha256 {file_digest(path)}")
    if len({some.shape[1] for some in points}) != 1:
        raise DataError(f"{folder}: the files of split {split} differ in their points per cloud. "
                        f"{WAY_OUT}.")
    samples = [name or f"{split}_{index:05d}" for index, name in enumerate(names)]
    provenance: dict[str, str | int] = {
        "source": "; ".join(sources), "seed": seed, "licence": LICENCE}
    return clouds(NAME, tuple(text.split()), split, np.concatenate(points), np.concatenate(label),
                  np.array(samples), provenance, where=str(folder))


@reader(DataError, "is not a readable HDF5 file", WAY_OUT)
def read(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Clouds in the unit ball, float32 [n, M, 3], and labels [n] of one file."""
    h5py = package()
    with h5py.File(path, "r") as file:
        data, label = (plain_array(h5py, file, path, name) for name in ("data", "label"))
        check_shapes(path, data, label)
        points = np.empty(data.shape, np.float32)
        for begin in range(0, len(points), AT_ONCE):
            block = data[begin : begin + AT_ONCE].astype(np.float64)
            points[begin : begin + AT_ONCE] = list(normalised(path, begin, block))
        return points, label[:].astype(np.int64).reshape(-1)


def package() -> Any:
    """h5py, imported on first use. Raises MissingTool with the command that installs it."""
    try:
        import h5py
    except ImportError as error:
        raise MissingTool(f"HDF5 files need h5py ({error}). "
                          "Install it: pip install -r envs/requirements.txt") from error
    return h5py


def plain_array(h5py: Any, file: Any, path: Path, name: str) -> Any:
    """The array `name`, unread.

    Raises DataError unless it lies in this file as plain numbers, as large as its bytes allow.
    """
    where = f"{path}: {name!r}"
    is_array = isinstance(file.get(name), h5py.Dataset)
    if not is_array or not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise DataError(f"{where} is no array in this file (a link, a group, or not there). "
                        f"{WAY_OUT}.")
    array = file[name]
    if array.is_virtual or array.external:
        raise DataError(f"{where} takes its values from other files, which is not followed. "
                        f"{WAY_OUT}.")
    kinds = "f" if name == "data" else "iu"
    if array.dtype.kind not in kinds or array.compression not in FILTERS:
        raise DataError(f"{where} is {array.dtype} packed with {array.compression}, "
                        f"not plain numbers. {WAY_OUT}.")
    claimed, stored = array.size * array.dtype.itemsize, array.id.get_storage_size()
    if claimed > LIMIT_BYTES or claimed > DEFLATE_LIMIT * max(stored, 1):
        raise DataError(f"{where} claims {claimed} bytes out of {stored} stored ones "
                        f"(at most {LIMIT_BYTES} are read). {WAY_OUT}.")
    chunk = int(np.prod(array.chunks or (0,), dtype=object)) * array.dtype.itemsize
    if chunk > max(claimed, LIMIT_BYTES // 16):
        raise DataError(f"{where} is stored in pieces of {chunk} bytes. {WAY_OUT}.")
    return array


def check_shapes(path: Path, data: Any, label: Any) -> None:
    """DataError unless the shapes are [n, M, 3] and [n] or [n, 1]."""
    fits = data.ndim == 3 and data.shape[2] == 3
    fits = fits and 1 <= data.shape[0] <= MAX_CLOUDS and 1 <= data.shape[1] <= MAX_POINTS
    if not fits or label.shape not in ((data.shape[0],), (data.shape[0], 1)):
        raise DataError(f"{path}: data is {list(data.shape)} and label {list(label.shape)}, "
                        f"not [n, M, 3] and [n, 1]. {WAY_OUT}.")


def normalised(path: Path, begin: int, block: NDArray[np.float64]) -> Iterator[NDArray[np.float32]]:
    """Each cloud centred and in the unit ball. Raises DataError naming file and row."""
    for row, cloud in enumerate(block, begin):
        try:
            yield sampling.normalise(cloud)
        except DataError as error:
            raise DataError(f"{path}, row {row}: {error}") from error


def listed_names(path: Path, count: int) -> list[str]:
    """Names of the meshes of the clouds, from the list beside the file, else empty ones."""
    beside = path.with_name(re.sub(r"_?(\d+)$", r"_\1_id2file", path.stem) + ".json")
    if not beside.is_file():
        return [""] * count
    with refusing(DataError, beside, "is no list of names", f"{WAY_OUT}, or delete it"):
        listed = json.loads(beside.read_text(encoding="utf-8-sig"))
        names = [Path(str(name)).stem for name in listed]
    if len(names) != count:
        raise DataError(f"{beside}: {len(names)} names for {count} clouds. {WAY_OUT}, or delete "
                        "it.")
    return names
