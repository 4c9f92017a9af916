"""A data set of the user's own: a folder of <class>/<train|test>/<object>, meshes and clouds in any mixture.

Its name in result rows is that of the folder. The clouds are made once, kept in data/<run>/ with a digest of the files
that they were made from, and made again where those files, the seed or the number of points change.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lcpc.data import sampled, store
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.data.objects import KINDS
from lcpc.data.seeds import seed_of
from lcpc.errors import DataError, MissingData
from lcpc.results.provenance import value_digest
from lcpc.results.store import write_whole

LICENCE = "the user's own"
RESERVED = ("modelnet40", "shapes40")
ENDINGS = ", ".join(KINDS)
LAYOUT = f"<class>/<train|test>/<object>, an object being one file of {ENDINGS}"


def missing(folder: Path) -> str:
    """Why the data set cannot be made from `folder`, with the way out, or ""."""
    if not folder.is_dir():
        return f"{folder} is no folder. Set dataset.folder (below LCPC_DATA) to one of {LAYOUT}."
    kinds = classes_of(folder)
    if not kinds:
        return f"{folder} holds no classes. Its files stand as {LAYOUT}."
    for kind in kinds:
        for split in SPLITS:
            if not objects_of(folder / kind / split):
                return f"{folder / kind / split} holds no objects. Every class needs some in train and in test: {LAYOUT}."
    return ""


def classes_of(folder: Path) -> tuple[str, ...]:
    """The classes: folders that hold a folder `train` or `test`."""
    found = (path for path in folder.iterdir() if any((path / split).is_dir() for split in SPLITS))
    return tuple(sorted(path.name for path in found if not path.name.startswith(".")))


def objects_of(folder: Path) -> list[Path]:
    """Files of a class and split but for hidden ones, sorted."""
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in files if path.is_file() and not path.name.startswith("."))


def sources_of(folder: Path, split: str, seed: int) -> list[sampled.Source]:
    """The objects of a split, class by class; the seed of each follows from its name.

    Raises MissingData for a folder that is not laid out as it should be, DataError naming a file that has no place in it.
    """
    if reason := missing(folder):
        raise MissingData(reason)
    if folder.name in RESERVED:
        raise DataError(f"{folder}: its rows would pass for those of {folder.name}. Give the folder another name.")
    sources: dict[str, sampled.Source] = {}
    for label, kind in enumerate(classes_of(folder)):
        for path in objects_of(folder / kind / split):
            sample = path.stem if path.stem.startswith(f"{kind}_") else f"{kind}_{path.stem}"
            if path.suffix.lower() not in KINDS:
                raise DataError(f"{path}: {path.suffix or 'no ending'} is not read. Take it out, or convert it to "
                                f"one of {ENDINGS}.")
            if sample in sources:
                raise DataError(f"{path}: {sources[sample].path} has the same name {sample}. Rename one of them.")
            sources[sample] = sampled.Source(label, sample, seed_of("folder", seed, split, sample), path)
    return list(sources.values())


def make(split: str, folder: Path, seed: int, points: int, target: Path, threads: int = 1) -> PointClouds:
    """The clouds of a split, stored in `target`: the stored ones where nothing changed, else made from the files.

    Raises MissingData or DataError, naming the file, for a folder or an object that cannot be read.
    """
    sources = sources_of(folder, split, seed)
    state = target.with_suffix(".state")
    listing = [(one.sample, one.label, one.path.name, one.path.stat().st_size, one.path.stat().st_mtime_ns) for one in sources]
    key = value_digest([sampled.VERSION, folder.name, classes_of(folder), seed, points, listing])
    if target.is_file() and state.is_file() and state.read_text() == key:
        return store.read(target)
    parts = target.parent / sampled.PARTS
    made, digest = sampled.sample(sources, points, parts, threads, f"{folder.name}, {split}")
    label, samples = np.array([one.label for one in sources], np.int64), np.array([one.sample for one in sources])
    provenance: dict[str, str | int] = {
        "source": f"{len(sources)} files, sha256 {digest}", "settings": value_digest([folder.name, seed, points]),
        "seed": seed, "licence": LICENCE}
    held = clouds(folder.name, classes_of(folder), split, made, label, samples, provenance, where=str(folder))
    state.unlink(missing_ok=True)
    store.save(held, target)
    write_whole(state, key)
    sampled.forget(parts)
    return held


def load(split: str, folder: Path, seed: int, points: int, target: Path) -> PointClouds:
    """The clouds that `make` stored in `target`. Raises MissingData where there are none, DataError where they are others."""
    held = store.read(target)
    if held.provenance.get("settings") != value_digest([folder.name, seed, points]) or held.split != split:
        raise DataError(f"{target} was made from another folder, seed or number of points. Run `lcpc data` for this run again.")
    return held
