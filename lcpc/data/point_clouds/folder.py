"""A data set of the user's own: a folder of <class>/<train|test>/<object>, meshes and clouds mixed.

Its name in result rows is that of the folder. The clouds are made once and kept in data/<run>/ with
a digest of the files that they were made from; they are made again if those files, the seed or the
number of points change.
"""

from pathlib import Path

import numpy as np

from lcpc.config import Config
from lcpc.data import sampled, store
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.data.listing import plain_name, visible, visible_folders
from lcpc.data.objects import KINDS
from lcpc.data.places import dataset_of, made_file, place_of
from lcpc.data.seeds import seed_of
from lcpc.errors import DataError, MissingData
from lcpc.results.provenance import value_digest
from lcpc.results.store import write_whole

LICENCE = "the user's own"
RESERVED = ("modelnet40", "shapes40")
ENDINGS = ", ".join(KINDS)
LAYOUT = f"<class>/<train|test>/<object>, an object being one file of {ENDINGS}"
MADE = True


def missing(config: Config, root: Path) -> str:
    """Why the data set cannot be made from its folder, with the way out, or ""."""
    return defect(place_of(config, root))


def input_files(config: Config, root: Path) -> list[Path]:
    """All files of objects, class by class and split by split."""
    place = place_of(config, root)
    files = []
    for folder in class_folders(place):
        for split in SPLITS:
            files += objects_of(folder / split)
    return files


def make(config: Config, root: Path, threads: int = 1, download: bool = False) -> None:
    """Make and store the clouds of both splits, unless nothing changed since they were made.

    Raises MissingData or DataError, naming the file, for a folder or an object that is not valid.
    """
    for split in SPLITS:
        _make(config, root, split, threads)


def load(config: Config, root: Path, split: str) -> PointClouds:
    """The stored clouds of one split. Raises DataError if they are those of other settings."""
    target = made_file(root, config.run, split)
    stored = store.read(target)
    if stored.provenance.get("settings") != _settings(config, root) or stored.split != split:
        raise DataError(f"{target} was made from another folder, seed or number of points. "
                        "Run `lcpc data` for this run again.")
    return stored


def defect(folder: Path) -> str:
    """Why a folder is not laid out as a data set, with the way out, or ""."""
    if not folder.is_dir():
        return f"{folder} is no folder. Set dataset.folder (below LCPC_DATA) to one of {LAYOUT}."
    folders = class_folders(folder)
    if not folders:
        return f"{folder} holds no classes. Its files lie at {LAYOUT}."
    for place in (path / split for path in folders for split in SPLITS):
        if not objects_of(place):
            return (f"{place} holds no objects. Every class needs some in train and in test: "
                    f"{LAYOUT}.")
    return ""


def class_count(config: Config, root: Path) -> int:
    """Number of classes, 0 if the folder is not there."""
    return len(class_folders(place_of(config, root)))


def class_folders(folder: Path) -> list[Path]:
    """The folders of the classes: those that hold a folder `train` or `test`."""
    return [path for path in visible_folders(folder) if _has_split(path)]


def _has_split(folder: Path) -> bool:
    return any((folder / split).is_dir() for split in SPLITS)


def objects_of(folder: Path) -> list[Path]:
    """Files of a class and split, sorted; hidden ones are left out, links to nothing are not."""
    return [path for path in visible(folder) if not path.is_dir()]


def sources_of(folder: Path, split: str, seed: int) -> list[sampled.SampledObject]:
    """The objects of a split, class by class; the seed of each follows from its name.

    Raises MissingData for a folder with another layout, DataError naming a file that is no object.
    """
    if reason := defect(folder):
        raise MissingData(reason)
    if folder.name in RESERVED:
        raise DataError(f"{folder}: its rows would pass for those of {folder.name}. "
                        "Give the folder another name.")
    folders = class_folders(folder)
    if len(folders) < 2:
        raise DataError(f"{folder}: its only class is {folders[0].name}; to tell classes apart, "
                        "two or more are needed.")
    sources: dict[str, sampled.SampledObject] = {}
    for label, class_folder in enumerate(folders):
        kind = plain_name(class_folder)
        for path in objects_of(class_folder / split):
            sample = _sample_name(kind, path)
            if sample in sources:
                raise DataError(f"{path}: {sources[sample].path} has the same name {sample}. "
                                "Rename one of them.")
            sample_seed = seed_of("folder", seed, split, sample)
            sources[sample] = sampled.SampledObject(label, sample, sample_seed, path)
    return list(sources.values())


def _sample_name(kind: str, path: Path) -> str:
    """Name of a sample: that of its file, with its class before it. Raises DataError by file."""
    stem = Path(plain_name(path)).stem
    if not path.is_file():
        kind_of_file = "a link to nothing" if path.is_symlink() else "a pipe or a device"
        raise DataError(f"{path} is {kind_of_file}. Take it out, or put the file there.")
    if path.suffix.lower() not in KINDS:
        raise DataError(f"{path}: {path.suffix or 'no ending'} is not read. Take it out, "
                        f"or convert it to one of {ENDINGS}.")
    return stem if stem.startswith(f"{kind}_") else f"{kind}_{stem}"


def _settings(config: Config, root: Path) -> str:
    """Digest of the settings that the clouds follow from."""
    name = plain_name(place_of(config, root))
    return value_digest([name, config.seed, dataset_of(config).stored_points])


def _make(config: Config, root: Path, split: str, threads: int) -> None:
    folder, points = place_of(config, root), dataset_of(config).stored_points
    target = made_file(root, config.run, split)
    sources = sources_of(folder, split, config.seed)
    name = plain_name(folder)
    classes = tuple(plain_name(path) for path in class_folders(folder))
    state = target.with_suffix(".state")
    listing = [source.state() for source in sources]
    key = value_digest([sampled.VERSION, name, classes, config.seed, points, listing])
    if target.is_file() and state.is_file() and state.read_text(encoding="utf-8") == key:
        return
    parts = target.parent / sampled.PARTS
    made, digest = sampled.sample(sources, points, parts, threads, f"{name}, {split}")
    label = np.array([source.label for source in sources], np.int64)
    samples = np.array([source.sample for source in sources])
    provenance: dict[str, str | int] = {
        "source": f"{len(sources)} files, sha256 {digest}",
        "settings": _settings(config, root),
        "seed": config.seed,
        "licence": LICENCE,
    }
    checked = clouds(name, classes, split, made, label, samples, provenance, where=str(folder))
    state.unlink(missing_ok=True)
    store.save(checked, target)
    write_whole(state, key)
    sampled.forget(parts)
