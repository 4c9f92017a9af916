"""The streams of a learned codec for images that come with its rows: <rows>.streams.npz.

    header     JSON: format, SHA-256 of lengths and bytes
    images     names of the pictures [n]
    lengths    bytes of each stream [n]
    streams    all streams, one after the other

numpy alone can read it. Pictures and weights are not in it.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lcpc.codecs.shipped.base import digest_of
from lcpc.data import store
from lcpc.data.store import RESTORE
from lcpc.errors import DataError

FORMAT = "lcpc-image-streams-1"
LISTS: store.ArrayLayout = {"images": ("U", 1), "lengths": ("u", 1)}
CONTENT: store.ArrayLayout = {"streams": ("u", 1)}
TYPES = {"lengths": "<u4", "streams": "u1"}
MOST_LIST_BYTES, MOST_BYTES = 1 << 20, 1 << 26
"""Of each list, and of all streams together."""


def file_of(streams: Mapping[str, bytes]) -> bytes:
    """The file of the streams of pictures, by their names."""
    lengths = np.array([len(stream) for stream in streams.values()], "<u4")
    content = b"".join(streams.values())
    header = {"format": FORMAT, "sha256": digest_of(lengths, content)}
    return store.npz_bytes({
        "header": store.json_array(header),
        "images": np.array(list(streams), np.str_),
        "lengths": lengths, "streams": np.frombuffer(content, np.uint8)})


def read(path: Path) -> dict[str, bytes]:
    """The streams of a file, by the names of their pictures.

    Raises MissingData without it, DataError for a broken or foreign one.
    """
    header = store.read_header(path, FORMAT)
    arrays = store.read_npz(path, LISTS, MOST_LIST_BYTES)
    arrays |= store.read_npz(path, CONTENT, MOST_BYTES)
    for name, kind in TYPES.items():
        if arrays[name].dtype != np.dtype(kind):
            raise DataError(f"{path}: its {name} are {arrays[name].dtype}, not {kind}; {RESTORE}")
    names, lengths = arrays["images"].tolist(), arrays["lengths"]
    content = arrays["streams"].tobytes()
    if not names:
        raise DataError(f"{path} holds no streams; {RESTORE}")
    if len(set(names)) != len(lengths) or int(lengths.sum(dtype=np.int64)) != len(content):
        raise DataError(f"{path}: its names, lengths and bytes do not fit each other; {RESTORE}")
    if header.get("sha256") != digest_of(lengths, content):
        raise DataError(f"{path}: its bytes are not those of its digest; {RESTORE}")
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    return {name: content[end - length:end]
            for name, length, end in zip(names, lengths.tolist(), ends, strict=True)}
