"""One contract for every data set of point clouds; one without a maker of an example here fails."""

from pathlib import Path

import numpy as np
import pytest

from lcpc import config
from lcpc.data import modelnet40_source, point_clouds
from lcpc.data.base import SPLITS
from lcpc.data.point_clouds import modelnet40, shapes40
from lcpc.errors import DataError, MissingData
from lcpc.registry import load, names

PACKAGE = "lcpc.data.point_clouds"
KINDS = ("bed", "chair")
COUNTS = {"train": 2, "test": 1}


def write_meshes(folder):
    for kind in KINDS:
        for split, count in COUNTS.items():
            (folder / kind / split).mkdir(parents=True)
            for index in range(count):
                mesh = shapes40.mesh(kind, split, index, seed=1)
                lines = ["OFF", f"{len(mesh.vertices)} {len(mesh.triangles)} 0"]
                lines += [" ".join(map(str, row)) for row in mesh.vertices.tolist()]
                lines += [" ".join(map(str, [3, *row])) for row in mesh.triangles.tolist()]
                (folder / kind / split / f"{kind}_{split}_{index:04d}.off").write_text("\n".join(lines))


def shapes(data):
    return {"name": "shapes40", "train_per_class": 2, "test_per_class": 1, "stored_points": 48}


def meshes(data):
    write_meshes(data / "meshes")
    return {"name": "modelnet40", "folder": "clouds", "source": "meshes", "stored_points": 48}


def clouds(data):
    write_meshes(data / "meshes")
    modelnet40_source.convert(data / "meshes", data / "clouds", seed=1, points=48)
    return {"name": "modelnet40", "folder": "clouds"}


def hdf5(data):
    h5py = pytest.importorskip("h5py")
    (data / "h5").mkdir()
    (data / "h5" / "shape_names.txt").write_text("\n".join(KINDS))
    for split, count in COUNTS.items():
        with h5py.File(data / "h5" / f"ply_data_{split}0.h5", "w") as file:
            file["data"] = np.random.default_rng(count).normal(size=(2 * count, 48, 3)).astype(np.float32)
            file["label"] = np.repeat(np.arange(2, dtype=np.uint8), count)[:, None]
    return {"name": "modelnet40", "folder": "h5"}


def own(data):
    write_meshes(data / "mine")
    return {"name": "folder", "folder": "mine", "stored_points": 48}


MAKERS = {"shapes40": [shapes], "modelnet40": [meshes, clouds, hdf5], "folder": [own]}


@pytest.fixture(params=[(name, maker) for name in names(PACKAGE) for maker in MAKERS[name]], ids=lambda pair: pair[1].__name__)
def data_set(request, tmp_path, monkeypatch):
    """(settings, root) of a run whose data set lies ready."""
    monkeypatch.delenv("LCPC_DATA", raising=False)
    monkeypatch.setattr(modelnet40, "CLOUDS", {split: (2 * count,) for split, count in COUNTS.items()})
    (tmp_path / modelnet40.TEST_COUNTS).parent.mkdir(parents=True)
    (tmp_path / modelnet40.TEST_COUNTS).write_text("class,count\nbed,1\nchair,1\n")
    (tmp_path / "data").mkdir()
    settings = config.parse({"dataset": request.param[1](tmp_path / "data")}, "mine", "config/mine.yaml")
    return settings, tmp_path


def test_clouds_keep_the_contract(data_set):
    settings, root = data_set
    digests = point_clouds.make(settings, root)
    assert point_clouds.missing(settings, root) == ""
    for split in SPLITS:
        held = point_clouds.load(settings, root, split)
        assert (held.split, held.digest) == (split, digests[split])
        assert held.points.shape == (len(held.classes) * COUNTS[split], 48, 3)
        assert held.points.dtype == np.float32
        assert np.linalg.norm(held.points, axis=2).max() <= 1 + 1e-3
        assert np.abs(held.points.mean(axis=1)).max() < 1e-4
        assert sorted(set(held.label.tolist())) == list(range(len(held.classes)))
        assert list(held.classes) == sorted(held.classes)
        assert len(set(held.samples.tolist())) == len(held)
        assert {"source", "seed", "licence"} <= set(held.provenance)


def test_the_subset_of_p_points_is_the_beginning_of_the_stored_cloud_at_every_p(data_set):
    settings, root = data_set
    point_clouds.make(settings, root)
    held = point_clouds.load(settings, root, "test")
    again = point_clouds.load(settings, root, "test")
    for points in (1, 8, 16, 48):
        assert np.array_equal(held.first(points), again.points[:, :points])
    with pytest.raises(DataError, match="49 points asked, but its clouds hold 48"):
        held.first(49)


def test_train_and_test_share_no_cloud(data_set):
    settings, root = data_set
    point_clouds.make(settings, root)
    train, test = (point_clouds.load(settings, root, split).points for split in SPLITS)
    assert not {cloud.tobytes() for cloud in train} & {cloud.tobytes() for cloud in test}


def test_a_second_making_changes_nothing(data_set):
    settings, root = data_set
    assert point_clouds.make(settings, root) == point_clouds.make(settings, root)


@pytest.mark.parametrize("name", names(PACKAGE))
def test_a_data_set_says_what_it_lacks(name, tmp_path, monkeypatch):
    monkeypatch.delenv("LCPC_DATA", raising=False)
    settings = config.parse({"dataset": {"name": name, "folder": "" if name == "shapes40" else "gone"}}, "mine", "mine.yaml")
    assert bool(point_clouds.missing(settings, tmp_path)) == (name != "shapes40")
    with pytest.raises(MissingData, match="is not there|is not complete"):
        point_clouds.load(settings, tmp_path, "test")


@pytest.mark.parametrize("name", names(PACKAGE))
def test_a_data_set_is_one_file_with_the_functions_of_the_contract(name):
    module = load(PACKAGE, name)
    assert isinstance(module.MADE, bool)
    assert all(callable(getattr(module, function)) for function in ("missing", "make", "load", "input_files"))


def test_the_input_files_are_the_users_own_and_are_there(data_set):
    settings, root = data_set
    before = point_clouds.input_files(settings, root)
    point_clouds.make(settings, root)
    files = point_clouds.input_files(settings, root)
    assert bool(files) == bool(before) == (settings.dataset.name != "shapes40")
    for some in (before, files):
        assert len(set(some)) == len(some)
        assert all((root / file).is_file() and not Path(file).is_absolute() for file in some)


def test_class_counts_name_every_class_in_order(data_set):
    settings, root = data_set
    point_clouds.make(settings, root)
    clouds = point_clouds.load(settings, root, "test")
    assert clouds.class_counts() == dict.fromkeys(clouds.classes, COUNTS["test"])
