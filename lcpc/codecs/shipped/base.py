"""Curves as they are shipped: weights and streams in npz files that numpy alone can read.

    <rows>.weights.npz   networks and integer tables of all lambdas: what encodes and decodes
    <rows>.streams.npz   the streams of all test samples at all lambdas

A codec that is shipped has a file of its name in this package, with

    ROWS                                     names of its rows in results/<run>/, with {size},
                                             {points} and, if it has any, {seed}
    ARRAYS                                   kinds and dimensions of arrays, by the last word of
                                             their names
    shipped(header, arrays) -> ShippedCurve  the codec of a weights file; needs numpy alone

Each file holds a JSON text `header` beside its arrays. That of weights says codec, size, points,
lambdas, classes, and which training it is from; that of streams, the digests of its bytes and of
the weights that made them.
"""

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc import registry
from lcpc.codecs.shipped._curve import ShippedCurve
from lcpc.data import store
from lcpc.data.store import RESTORE
from lcpc.errors import DataError, LcpcError
from lcpc.results.provenance import file_digest

PACKAGE = "lcpc.codecs.shipped"
WEIGHTS_FORMAT, STREAMS_FORMAT = "lcpc-weights-1", "lcpc-streams-1"
HEADER = {"codec": str, "size": str, "points": int, "lambdas": list, "classes": list,
          "training": dict}
"""What the header of a weights file must say."""
MOST_BYTES = 1 << 26
"""Arrays of one file; those of a curve of Table II take less than a tenth of it."""
LEAST_BYTES, MOST_RATIO = 1 << 20, 16
"""A file's arrays take at most 2^20 bytes and 16 times its own size; those of the repository take
at most 6 times its size."""
STREAM_LAYOUT: store.ArrayLayout = {"header": ("U", 0), "samples": ("U", 1), "label": ("iu", 1),
                               "lengths": ("u", 2), "streams": ("u", 1)}

Header = Mapping[str, Any]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Streams:
    """The streams of all samples at each lambda, in the order of the samples."""

    header: Header
    samples: NDArray[np.str_]
    label: NDArray[np.int64]
    by_lambda: Mapping[float, Sequence[bytes]]


def symbols_of(latents: NDArray[np.float32]) -> NDArray[np.int64]:
    """Integers to code: latents, rounded."""
    return np.rint(latents).astype(np.int64)


def weights_file(codec: ShippedCurve) -> bytes:
    """The file of a codec's weights. Equal codecs give equal bytes."""
    header = {"format": WEIGHTS_FORMAT, **codec.header}
    return store.npz_bytes({"header": store.json_array(header), **codec.arrays})


def read_weights(path: Path) -> ShippedCurve:
    """The codec of a weights file.

    Raises MissingData without the file, DataError for a broken or foreign one.
    """
    header = store.read_header(path, WEIGHTS_FORMAT)
    for name, kind in HEADER.items():
        if not isinstance(header.get(name), kind):
            raise DataError(f"{path}: its header has no {name}; {RESTORE}")
    header["lambdas"] = _lambdas(path, header)
    try:
        plugin = registry.load(PACKAGE, header["codec"])
        codec: ShippedCurve = plugin.shipped(header, _arrays(path, plugin.ARRAYS))
    except LcpcError as error:
        raise DataError(f"{path}: {error}; {RESTORE}") from error
    return codec


def _arrays(path: Path, kinds: store.ArrayLayout) -> dict[str, NDArray[Any]]:
    """All arrays of a file but its header; sizes are checked before anything is read."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    size = sum(member.file_size for member in members)
    if size > _most_bytes(path):
        raise DataError(f"its arrays take {size} bytes, at most {_most_bytes(path)} are read")
    names = [member.filename.removesuffix(".npy") for member in members]
    layout = {}
    for name in names:
        word = name.rsplit(".", 1)[-1]
        if name != "header":
            if word not in kinds:
                raise DataError(f"there is no array {name!r} in this codec")
            layout[name] = kinds[word]
    return store.read_npz(path, layout, _most_bytes(path))


def streams_file(samples: NDArray[np.str_], label: NDArray[np.int64],
                 by_lambda: Mapping[float, Sequence[bytes]], weights: bytes) -> bytes:
    """The file of the streams of samples [n] at each lambda, made by the weights of a file."""
    lengths = np.array([list(map(len, row)) for row in by_lambda.values()], "<u4")
    content = b"".join(map(b"".join, by_lambda.values()))
    header = {"format": STREAMS_FORMAT, "lambdas": list(by_lambda),
              "sha256": digest_of(lengths, content),
              "weights": hashlib.sha256(weights).hexdigest()}
    return store.npz_bytes({"header": store.json_array(header), "samples": samples, "label": label,
                            "lengths": lengths, "streams": np.frombuffer(content, np.uint8)})


def read_streams(path: Path) -> Streams:
    """The streams of a file. Raises MissingData without it, DataError for a broken one."""
    header = store.read_header(path, STREAMS_FORMAT)
    arrays = store.read_npz(path, STREAM_LAYOUT, _most_bytes(path))
    samples, lengths = arrays["samples"], arrays["lengths"].astype("<u4")
    content = arrays["streams"].tobytes()
    lambdas = _lambdas(path, header)
    if lengths.shape != (len(lambdas), len(samples)):
        raise DataError(f"{path}: {lengths.shape} lengths do not fit its samples and lambdas; "
                        f"{RESTORE}")
    if len(arrays["label"]) != len(samples) or int(lengths.sum()) != len(content):
        raise DataError(f"{path}: its labels or bytes do not fit its samples; {RESTORE}")
    if header.get("sha256") != digest_of(lengths, content):
        raise DataError(f"{path}: its bytes are not those of its digest; {RESTORE}")
    by_lambda, begin = {}, 0
    for lambda_, row in zip(lambdas, lengths, strict=True):
        ends = (begin + np.cumsum(row, dtype=np.int64)).tolist()
        starts = [begin, *ends[:-1]]
        by_lambda[lambda_] = [content[a:b] for a, b in zip(starts, ends, strict=True)]
        begin = ends[-1] if ends else begin
    return Streams(header, samples, arrays["label"].astype(np.int64), by_lambda)


def belong_together(weights: Path, streams: Streams) -> bool:
    """Whether streams were made by the weights of a file, by its digest."""
    return streams.header.get("weights") == file_digest(weights)


def _most_bytes(path: Path) -> int:
    """Most bytes that an array of a file takes: a small file can't fill the memory."""
    return min(MOST_BYTES, LEAST_BYTES + MOST_RATIO * path.stat().st_size)


def _lambdas(path: Path, header: Header) -> list[float]:
    lambdas = header.get("lambdas")
    if not isinstance(lambdas, list) or not all(type(value) in (int, float) for value in lambdas):
        raise DataError(f"{path}: its header has no list of lambdas; {RESTORE}")
    return [float(value) for value in lambdas]


def digest_of(lengths: NDArray[np.uint32], content: bytes) -> str:
    """SHA-256 (hex) of streams, one after the other, and of their lengths in bytes."""
    return hashlib.sha256(lengths.tobytes() + content).hexdigest()
