"""Clouds on disk: plain npz without pickles, equal bytes for equal clouds, bounded memory."""

import io
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.data.archive import list_bytes
from lcpc.data.base import PointClouds, Provenance, clouds
from lcpc.errors import DataError, MissingData, reader, refusing
from lcpc.results.store import parse_json, write_whole

ArrayLayout = dict[str, tuple[str, int]]  # member -> (dtype kinds allowed, number of dimensions)

LAYOUT: ArrayLayout = {
    "points": ("f", 3), "label": ("iu", 1), "samples": ("U", 1), "meta": ("U", 0)}
LIMIT_BYTES = 4 << 30
DEFLATE_LIMIT = 1100  # deflate cannot shrink by more than 1032:1, so a larger claim is a lie
LIST_BYTES = 1 << 16
HEADER_BYTES = 1 << 20
ANY = -1
"""Any number of dimensions."""
WAY_OUT = "Make or copy the file again"
RESTORE = "restore the file or evaluate again"


def save(stored: PointClouds, path: Path) -> None:
    """Write clouds whole, in one step. Equal clouds give equal bytes."""
    meta = {key: getattr(stored, key) for key in ("name", "classes", "split", "provenance")}
    arrays: dict[str, NDArray[Any]] = {
        "points": stored.points,
        "label": stored.label,
        "samples": stored.samples,
        "meta": json_array(meta),
    }
    write_whole(path, npz_bytes(arrays))


def npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
    """npz with a fixed date in every member, since the usual writer stamps the time of day."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asarray(array, order="C"), allow_pickle=False)
            archive.writestr(member, buffer.getvalue(), compresslevel=1)
    return file.getvalue()


def read(path: Path) -> PointClouds:
    """Clouds written by `save`. Raises MissingData without the file, DataError for a broken one."""
    arrays = read_npz(path, LAYOUT)
    name, classes, split, provenance = read_meta(path, str(arrays["meta"]))
    label = arrays["label"].astype(np.int64)
    points, samples = arrays["points"], arrays["samples"]
    return clouds(name, classes, split, points, label, samples, provenance, where=str(path))


def read_meta(path: Path, text: str) -> tuple[str, tuple[str, ...], str, Provenance]:
    """Name, classes, split and provenance out of the `meta` member."""
    with refusing(DataError, path, "has no meta as `lcpc data` writes it", WAY_OUT):
        meta = parse_json(text)
        classes = tuple(map(str, meta["classes"]))
        return str(meta["name"]), classes, str(meta["split"]), dict(meta["provenance"])


@reader(DataError, "is not a readable npz", WAY_OUT)
def read_npz(
    path: Path, layout: ArrayLayout, limit_bytes: int = LIMIT_BYTES
) -> dict[str, NDArray[Any]]:
    """The members named by `layout`, each checked against its header before its data are read.

    Raises MissingData without the file, DataError for a broken, hostile or foreign one.
    """
    with _opened(path) as archive:
        return {name: read_member(archive, path, name, kind, limit_bytes)
                for name, kind in layout.items()}


def json_array(content: Mapping[str, Any]) -> NDArray[np.str_]:
    """A JSON text as a member of an npz, such as `header`; equal contents give equal texts."""
    return np.array(json.dumps(content, sort_keys=True))


def read_header(path: Path, wanted: str) -> dict[str, Any]:
    """The JSON object `header` of an npz of the format `wanted`.

    Raises MissingData without the file, DataError for a broken or foreign one.
    """
    if not path.is_file():
        raise MissingData(f"{path} is not there; {RESTORE}")
    text = str(read_npz(path, {"header": ("U", 0)}, HEADER_BYTES)["header"])
    try:
        header = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: its header is no JSON; {RESTORE}") from error
    if not isinstance(header, dict) or header.get("format") != wanted:
        raise DataError(f"{path} is no file of {wanted}; {RESTORE}")
    return header


@reader(DataError, "is not a readable npz", WAY_OUT)
def read_all(path: Path, limit_bytes: int = LIMIT_BYTES) -> dict[str, NDArray[Any]]:
    """All members, arrays of numbers or texts of any shape, together within `limit_bytes`.

    Raises as `read_npz` does.
    """
    arrays: dict[str, NDArray[Any]] = {}
    with _opened(path) as archive:
        for file in archive.namelist():
            name = file.removesuffix(".npy")
            arrays[name] = read_member(archive, path, name, ("biufU", ANY), limit_bytes)
            limit_bytes -= arrays[name].nbytes
    return arrays


def _opened(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise MissingData(f"{path} is not there. "
                          "Run `lcpc data` or set the data set's folder in the run's config.")
    if list_bytes(path) > LIST_BYTES:
        raise DataError(f"{path}: its list of arrays takes more than {LIST_BYTES} bytes. "
                        f"{WAY_OUT}.")
    return zipfile.ZipFile(path)


def read_member(
    archive: zipfile.ZipFile, path: Path, name: str, wanted: tuple[str, int], limit_bytes: int
) -> NDArray[Any]:
    """One array of the archive, read only if its claims about type, shape and size agree."""
    names = archive.namelist()
    if f"{name}.npy" not in names:
        raise DataError(f"{path}: array {name!r} is not in it (it holds {', '.join(names)}). "
                        f"{WAY_OUT}.")
    member = archive.getinfo(f"{name}.npy")
    most = min(limit_bytes, DEFLATE_LIMIT * max(member.compress_size, 1))
    if member.file_size > most:
        raise DataError(
            f"{path}: array {name!r} claims {member.file_size} bytes out of {member.compress_size} "
            f"compressed ones (at most {limit_bytes} are read). {WAY_OUT}."
        )
    with archive.open(member) as file:
        check_header(path, name, wanted, member.file_size, file)
    with archive.open(member) as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    if array.dtype.kind == "U" and not is_text(array):
        raise DataError(f"{path}: array {name!r} holds what is no text. {WAY_OUT}.")
    return array


def is_text(array: NDArray[np.str_]) -> bool:
    """Whether an array of strings has code points of Unicode alone; numpy reads any 32 bits."""
    codes = np.frombuffer(array.tobytes(), f"{array.dtype.byteorder}u4")
    return not codes.size or int(codes.max()) <= sys.maxunicode


def check_header(
    path: Path, name: str, wanted: tuple[str, int], size_bytes: int, file: IO[bytes]
) -> None:
    """DataError unless the npy header of `file` has the wanted kind, dimensions and size."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise DataError(f"{path}: array {name!r} is npy version {version}, "
                        f"only 1.0 and 2.0 are read. {WAY_OUT}.")
    kinds, dimensions = wanted
    if dtype.hasobject or dtype.kind not in kinds or dimensions not in (ANY, len(shape)):
        raise DataError(
            f"{path}: array {name!r} is {dtype} {list(shape)}, expected {dimensions} dimensions "
            f"of kind {'/'.join(kinds)}. {WAY_OUT}."
        )
    if dtype.itemsize == 0:
        raise DataError(f"{path}: array {name!r} is of texts of no characters, so that any number "
                        f"of them takes no bytes. {WAY_OUT}.")
    claimed = int(np.prod([int(side) for side in shape], dtype=object)) * dtype.itemsize
    if min(shape, default=0) < 0 or file.tell() + claimed != size_bytes:
        raise DataError(f"{path}: array {name!r} claims shape {list(shape)} ({claimed} bytes), "
                        f"but {size_bytes - file.tell()} bytes follow its header. {WAY_OUT}.")
