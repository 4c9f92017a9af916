"""A user's own objects become a data set by one entry in the config; what is wrong with them is told by file."""

import os
import subprocess
import sys

import numpy as np
import pytest

from lcpc import config
from lcpc.data import point_clouds, sampled
from lcpc.errors import DataError, MissingData

OFF = "OFF\n4 2 0\n0 0 0\n1 0 0\n1 {y} 0\n0 1 {y}\n3 0 1 2\n3 0 2 3\n"
KINDS = ("cat", "dog")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Two classes; each split holds a mesh and a cloud."""
    monkeypatch.delenv("LCPC_DATA", raising=False)
    for kind in KINDS:
        for split in ("train", "test"):
            folder = tmp_path / "data" / "pets" / kind / split
            folder.mkdir(parents=True)
            (folder / f"{kind}_1.off").write_text(OFF.format(y=1 + len(split)))
            np.savez(folder / "b.npz", points=np.random.default_rng(len(split)).normal(size=(200, 3)))
    return tmp_path / "data" / "pets"


@pytest.fixture
def root(place):
    return place.parents[1]


def settings(points=64, seed=1):
    plain = {"seed": seed, "dataset": {"name": "folder", "folder": "pets", "stored_points": points}}
    return config.parse(plain, "mine", "config/mine.yaml")


def test_meshes_and_clouds_become_a_data_set_named_as_the_folder(place, root):
    point_clouds.make(settings(), root)
    held = point_clouds.load(settings(), root, "train")
    assert (held.name, held.classes) == ("pets", KINDS)
    assert held.samples.tolist() == ["cat_b", "cat_1", "dog_b", "dog_1"]
    assert held.label.tolist() == [0, 0, 1, 1]
    assert held.points.shape == (4, 64, 3)
    assert held.provenance["source"].startswith("4 files, sha256 ")


def test_what_is_made_is_kept_until_a_file_changes(place, root, monkeypatch):
    made, real = [], sampled.make
    monkeypatch.setattr(sampled, "make", lambda piece: (made.append(1), real(piece)))
    before = point_clouds.make(settings(), root)
    assert point_clouds.make(settings(), root) == before
    assert len(made) == 2
    (place / "dog" / "test" / "dog_1.off").write_text(OFF.format(y=9))
    after = point_clouds.make(settings(), root)
    assert len(made) == 3
    assert (after["train"] == before["train"], after["test"] == before["test"]) == (True, False)


def test_a_touched_file_gives_the_same_bytes(place, root):
    point_clouds.make(settings(), root)
    before = point_clouds.made_file(root, "mine", "test").read_bytes()
    os.utime(place / "dog" / "test" / "dog_1.off", ns=(1, 1))
    point_clouds.make(settings(), root)
    assert point_clouds.made_file(root, "mine", "test").read_bytes() == before


@pytest.mark.parametrize("other", [{"points": 32}, {"seed": 2}])
def test_clouds_of_other_settings_are_not_taken_for_the_runs(place, root, other):
    point_clouds.make(settings(), root)
    with pytest.raises(DataError, match=r"was made from another folder, seed or number of points. Run `lcpc data`"):
        point_clouds.load(settings(**other), root, "test")


def test_clouds_that_are_not_made_are_told_with_the_command(place, root):
    with pytest.raises(MissingData, match=r"test\.npz is not there. Run `lcpc data --run mine`"):
        point_clouds.load(settings(), root, "test")


def broken_mesh(place):
    (place / "dog" / "train" / "dog_1.off").write_text("OFF\n3 1 0\n0 0 0\n")
    return "dog_1.off"


def short_cloud(place):
    np.savez(place / "dog" / "train" / "b.npz", points=np.random.default_rng(1).normal(size=(5, 3)))
    return r"b\.npz: holds 5 points, but 64 are asked. Lower dataset.stored_points"


def point(place):
    np.savez(place / "dog" / "train" / "b.npz", points=np.zeros((99, 3)))
    return r"b\.npz: a cloud of 64 points has radius 0"


def stray(place):
    (place / "dog" / "train" / "notes.txt").write_text("hello")
    return r"notes\.txt: \.txt is not read. Take it out, or convert it to"


def twins(place):
    np.savez(place / "cat" / "train" / "1.npz", points=np.ones((99, 3)))
    return r"cat_1\.off: .*1\.npz has the same name cat_1. Rename one of them"


def dangling(place):
    (place / "dog" / "train" / "rex.off").symlink_to("gone.off")
    return r"rex.off is a link to nothing. Take it out, or put the file there"


def pipe(place):
    os.mkfifo(place / "dog" / "train" / "rex.off")
    return r"rex.off is a pipe or a device. Take it out"


@pytest.mark.parametrize("spoil", [broken_mesh, short_cloud, point, stray, twins, dangling, pipe])
def test_a_file_that_cannot_be_used_is_named(place, root, spoil):
    message = spoil(place)
    with pytest.raises(DataError, match=message):
        point_clouds.make(settings(), root)


def test_hidden_files_are_passed_over(place, root):
    (place / "dog" / "train" / ".DS_Store").write_text("x")
    (place / "README.md").write_text("my pets")
    point_clouds.make(settings(), root)
    assert len(point_clouds.load(settings(), root, "train")) == 4


def test_a_new_or_changed_file_is_an_input(place, root):
    before = point_clouds.input_files(settings(), root)
    assert before[0] == "data/pets/cat/train/b.npz"
    assert len(before) == 8
    (place / "dog" / "test" / ".hidden.off").write_text("x")
    (place / "dog" / "test" / "rex.off").write_text(OFF.format(y=3))
    assert set(point_clouds.input_files(settings(), root)) - set(before) == {"data/pets/dog/test/rex.off"}
    assert point_clouds.input_files(settings(), root.parent) == []


@pytest.mark.parametrize("count", [2, 6, 45])
def test_a_data_set_has_any_number_of_classes(tmp_path, monkeypatch, count):
    monkeypatch.delenv("LCPC_DATA", raising=False)
    for index in range(count):
        for split in ("train", "test"):
            folder = tmp_path / "data" / "pets" / f"kind{index:02d}" / split
            folder.mkdir(parents=True)
            np.savez(folder / "a.npz", points=np.random.default_rng(index).normal(size=(8, 3)))
    point_clouds.make(settings(points=8), tmp_path)
    clouds = point_clouds.load(settings(points=8), tmp_path, "test")
    assert clouds.class_counts() == {f"kind{index:02d}": 1 for index in range(count)}


def test_a_single_class_is_told(place, root):
    (place / "dog").rename(place / ".dog")
    with pytest.raises(DataError, match="its only class is cat; to tell classes apart, two or more are needed"):
        point_clouds.make(settings(), root)


def test_a_name_that_is_not_utf8_is_refused_by_name(place, root):
    (place / "dog" / "test" / os.fsdecode(b"caf\xe9.off")).write_text(OFF.format(y=3))
    with pytest.raises(DataError, match=r"dog/test/caf\\xe9\.off: its name is not UTF-8. Rename the file") as caught:
        point_clouds.make(settings(), root)
    str(caught.value).encode("utf-8")


def test_the_clouds_are_the_same_in_any_locale(place, root):
    (place / "dog" / "test" / "café.off").write_text(OFF.format(y=3))
    (root / "config").mkdir()
    (root / "config" / "mine.yaml").write_text("seed: 1\ndataset: {name: folder, folder: pets, stored_points: 64}\n")
    here = point_clouds.make(settings(), root)
    stored = [point_clouds.made_file(root, "mine", split) for split in ("train", "test")]
    before = [path.read_bytes() for path in stored]
    for locale in ({"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, {"LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"}):
        for path in (*stored, *(path.with_suffix(".state") for path in stored)):
            path.unlink()
        code = ("import sys; from pathlib import Path; from lcpc import config; from lcpc.data import point_clouds; "
                "root = Path(sys.argv[1]); print(point_clouds.make(config.load(root, 'mine'), root)['test'])")
        run = subprocess.run([sys.executable, "-c", code, str(root)], env={**os.environ, **locale}, capture_output=True,
                             text=True, check=False)
        assert run.stdout.strip() == here["test"], run.stderr
        assert [path.read_bytes() for path in stored] == before


def test_a_class_without_test_objects_is_told(place, root):
    for path in (place / "dog" / "test").iterdir():
        path.unlink()
    with pytest.raises(MissingData, match=r"dog/test holds no objects. Every class needs some in train and in test"):
        point_clouds.make(settings(), root)
    assert "holds no objects" in point_clouds.missing(settings(), root)


def test_a_folder_that_is_not_there_is_told(root, place):
    place.rename(place.with_name("other"))
    assert "is no folder. Set dataset.folder (below LCPC_DATA)" in point_clouds.missing(settings(), root)


def test_a_folder_cannot_pass_for_modelnet40(root, place):
    place.rename(place.with_name("modelnet40"))
    plain = config.parse({"dataset": {"name": "folder", "folder": "modelnet40"}}, "mine", "config/mine.yaml")
    with pytest.raises(DataError, match="its rows would pass for those of modelnet40. Give the folder another name"):
        point_clouds.make(plain, root)
