"""Clouds made from many files: in parallel, bounded in memory, and resumed after an interruption.

The work is cut into pieces of some files. Each finished piece is kept under a name that follows
from all that decides its content, so that a later call takes what is done and makes the rest.
"""

import hashlib
import multiprocessing
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc.data import objects, store
from lcpc.data.listing import plain_name
from lcpc.log import progress
from lcpc.results.provenance import file_digest, value_digest
from lcpc.results.store import current_umask, write_whole

PIECE = 64
PARTS = ".lcpc-parts"
"""Folder of finished pieces; it is hidden, so it cannot be a class, and is removed in the end."""
LAYOUT: store.ArrayLayout = {"points": ("f", 3), "sha256": ("U", 1)}
VERSION = 2
"""Raised whenever the clouds of a file change, so that no piece of an older lcpc is taken."""


@dataclass(frozen=True)
class SampledObject:
    """One object of a split: its class, its name, the seed of its samples, and its file."""

    label: int
    sample: str
    seed: int
    path: Path

    def state(self) -> tuple[str, int, int, str, int, int]:
        """What decides the cloud; a file counts by its name, size and time of change."""
        file = self.path.stat()
        name = plain_name(self.path)
        return self.sample, self.label, self.seed, name, file.st_size, file.st_mtime_ns


@dataclass(frozen=True)
class SampledPiece:
    """Some objects, and the file that keeps the clouds sampled from them."""

    sources: tuple[SampledObject, ...]
    points: int
    target: Path


def sample(
    sources: Sequence[SampledObject], points: int, parts: Path, threads: int, title: str
) -> tuple[NDArray[np.float32], str]:
    """Clouds of all sources, float32 [n, points, 3], and one sha256 (hex) of all files.

    `parts` keeps finished pieces; delete it when the clouds are stored. Raises DataError naming the
    first broken file.
    """
    pieces = list(cut(sources, points, parts))
    todo = [piece for piece in pieces if not piece.target.is_file()]
    for _ in progress(work(todo, threads), f"{title}, pieces of {PIECE}", len(todo)):
        pass
    clouds, digest, begin = np.empty((len(sources), points, 3), np.float32), hashlib.sha256(), 0
    for piece in pieces:
        arrays = store.read_npz(piece.target, LAYOUT)
        clouds[begin : begin + len(piece.sources)] = arrays["points"]
        begin += len(piece.sources)
        for source, sha256 in zip(piece.sources, arrays["sha256"], strict=True):
            digest.update(f"{sha256} {source.sample}\n".encode())
    return clouds, digest.hexdigest()


def cut(sources: Sequence[SampledObject], points: int, parts: Path) -> Iterator[SampledPiece]:
    """The work in pieces, named by what decides their content."""
    for begin in range(0, len(sources), PIECE):
        some = tuple(sources[begin : begin + PIECE])
        listing = [source.state() for source in some]
        yield SampledPiece(some, points, parts / f"{value_digest([VERSION, points, listing])}.npz")


def work(pieces: Sequence[SampledPiece], threads: int) -> Iterator[None]:
    """Make pieces, one process a thread. The first error ends the work; finished pieces stay."""
    if threads <= 1 or len(pieces) <= 1:
        for piece in pieces:
            make(piece)
            yield
        return
    # A forked Open3D may hang on the locks of threads that the parent had.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(threads, len(pieces)), mp_context=fresh) as pool:
        running = [pool.submit(make, piece) for piece in pieces]
        try:
            for finished in as_completed(running):
                yield finished.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def make(piece: SampledPiece) -> None:
    """Read and sample the files of one piece, and keep the clouds with the sha256 of each file."""
    made, digests = [], []
    for source in piece.sources:
        made.append(objects.cloud(source.path, piece.points, source.seed))
        digests.append(file_digest(source.path))
    arrays = {"points": np.stack(made), "sha256": np.array(digests)}
    write_whole(piece.target, store.npz_bytes(arrays))


def write_npz(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write an npz whole, without a second copy in memory; equal arrays give equal bytes.

    Not compressed: float noise hardly shrinks, and every job reads these files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for name, array in arrays.items():
                member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                ordered = np.asarray(array, order="C")
                with archive.open(member, "w", force_zip64=True) as target:
                    np.lib.format.write_array(target, ordered, allow_pickle=False)
        os.chmod(temporary, 0o666 & ~current_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def forget(parts: Path) -> None:
    """Remove finished pieces."""
    shutil.rmtree(parts, ignore_errors=True)
