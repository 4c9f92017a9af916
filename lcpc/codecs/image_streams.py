"""The streams of a learned codec for images that come with its rows: <rows>.streams.npz.

    header     JSON: format, SHA-256 of lengths and bytes
    images     names of the pictures [n]
    lengths    bytes of each stream [n]
    streams    all streams, one after the other

numpy alone can read it. Pictures and weights are not in it.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.data import store
from lcpc.errors import DataError
from lcpc.results.store import parse_json

FORMAT = "lcpc-image-streams-1"
LISTS: store.ArrayLayout = {"header": ("U", 0), "images": ("U", 1), "lengths": ("u", 1)}
CONTENT: store.ArrayLayout = {"streams": ("u", 1)}
TYPES = {"lengths": "<u4", "streams": "u1"}
MOST_LIST_BYTES, MOST_BYTES = 1 << 20, 1 << 26
"""Of each list, and of all streams together."""
AGAIN = "restore the file or evaluate again"


def file_of(streams: Mapping[str, bytes]) -> bytes:
    """The file of the streams of pictures, by their names."""
    lengths = np.array([len(stream) for stream in streams.values()], "<u4")
    content = b"".join(streams.values())
    header = {"format": FORMAT, "sha256": _digest(lengths, content)}
    return store.npz_bytes({
        "header": np.array(json.dumps(header, sort_keys=True)),
        "images": np.array(list(streams), np.str_),
        "lengths": lengths, "streams": np.frombuffer(content, np.uint8)})


def read(path: Path) -> dict[str, bytes]:
    """The streams of a file, by the names of their pictures.

    Raises MissingData without it, DataError for a broken or foreign one.
    """
    arrays = store.read_npz(path, LISTS, MOST_LIST_BYTES)
    arrays |= store.read_npz(path, CONTENT, MOST_BYTES)
    try:
        header = parse_json(str(arrays["header"]))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: its header is no JSON; {AGAIN}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise DataError(f"{path} is no file of {FORMAT}; {AGAIN}")
    for name, kind in TYPES.items():
        if arrays[name].dtype != np.dtype(kind):
            raise DataError(f"{path}: its {name} are {arrays[name].dtype}, not {kind}; {AGAIN}")
    names, lengths = arrays["images"].tolist(), arrays["lengths"]
    content = arrays["streams"].tobytes()
    if not names:
        raise DataError(f"{path} holds no streams; {AGAIN}")
    if len(set(names)) != len(lengths) or int(lengths.sum(dtype=np.int64)) != len(content):
        raise DataError(f"{path}: its names, lengths and bytes do not fit each other; {AGAIN}")
    if header.get("sha256") != _digest(lengths, content):
        raise DataError(f"{path}: its bytes are not those of its digest; {AGAIN}")
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    return {name: content[end - length:end]
            for name, length, end in zip(names, lengths.tolist(), ends, strict=True)}


def _digest(lengths: NDArray[np.uint32], content: bytes) -> str:
    return hashlib.sha256(lengths.tobytes() + content).hexdigest()
