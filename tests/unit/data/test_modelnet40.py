"""ModelNet40 is believed only where it is what its checksums promise."""

import hashlib

import numpy as np
import pytest

from lcpc.data import modelnet40_source
from lcpc.data.point_clouds import modelnet40
from lcpc.errors import DataError, MissingData

SQUARE = "OFF4 1 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"


@pytest.fixture
def archive(tmp_path):
    """An archive of two classes with a mesh in each split."""
    for kind in ("bed", "chair"):
        for split, number in (("train", 1), ("test", 2)):
            folder = tmp_path / "archive" / kind / split
            folder.mkdir(parents=True)
            (folder / f"{kind}_{number:04d}.off").write_text(SQUARE)
    return tmp_path / "archive"


@pytest.fixture
def folder(archive, tmp_path):
    modelnet40_source.convert(archive, tmp_path / "clouds", seed=1, points=64)
    return tmp_path / "clouds"


def promise(folder):
    """Write the checksums that the files in `folder` now have."""
    names = ("train.npz", "test.npz", "classes.txt")
    lines = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text("".join(lines))


def rewrite(folder, **changes):
    """Replace arrays of test.npz and promise the new file."""
    with np.load(folder / "test.npz") as arrays:
        held = dict(arrays)
    np.savez(folder / "test.npz", **(held | changes))
    promise(folder)


def test_all_of_modelnet40_is_read(shared):
    folder = shared / "data" / "modelnet40_points1024"
    assert modelnet40.defect(folder) == ""
    train = modelnet40.read("train", folder)
    test = modelnet40.read("test", folder)
    assert train.points.shape == (9843, 1024, 3)
    assert test.first(16).shape == (2468, 16, 3)
    assert train.classes == test.classes
    assert len(test.classes) == 40
    assert all(name.rsplit("_", 1)[0] == test.classes[kind] for name, kind in zip(test.samples, test.label, strict=True))
    assert test.provenance["licence"] == "ModelNet: academic research only"


def test_class_counts_of_the_test_split_are_the_published_ones(shared):
    test = modelnet40.read("test", shared / "data" / "modelnet40_points1024")
    lines = (shared / "published" / "modelnet40_test_class_counts.csv").read_text().split()[1:]
    published = {line.split(",")[0]: int(line.split(",")[1]) for line in lines}
    assert test.class_counts() == published


def test_archive_of_meshes_becomes_a_folder_of_clouds(folder):
    train, test = (modelnet40.read(split, folder) for split in ("train", "test"))
    assert train.classes == ("bed", "chair")
    assert train.points.shape == (2, 64, 3)
    assert test.samples.tolist() == ["bed_0002", "chair_0002"]
    assert test.label.tolist() == [0, 1]
    assert not np.array_equal(test.points[0], test.points[1])


def test_archive_gives_the_same_bytes_again(archive, folder, tmp_path):
    modelnet40_source.convert(archive, tmp_path / "again", seed=1, points=64)
    assert (tmp_path / "again" / "SHA256SUMS").read_text() == (folder / "SHA256SUMS").read_text()


@pytest.mark.parametrize("place", ["nowhere", "."])
def test_archive_without_meshes_is_refused(tmp_path, place):
    with pytest.raises(MissingData, match=r"holds no meshes <class>/train/<name>.off. Unpack"):
        modelnet40_source.convert(tmp_path / place, tmp_path / "clouds", seed=1)


def test_absent_files_are_named_with_the_way_out(folder, tmp_path):
    (folder / "test.npz").unlink()
    assert "test.npz missing. Set dataset.folder" in modelnet40.defect(folder)
    assert "train.npz, test.npz, classes.txt, SHA256SUMS missing" in modelnet40.defect(tmp_path / "nowhere")
    with pytest.raises(MissingData, match="test.npz missing"):
        modelnet40.read("test", folder)


@pytest.mark.parametrize("name", ["test.npz", "classes.txt"])
def test_file_that_is_not_the_promised_one_is_refused(folder, name):
    with (folder / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(DataError, match=rf"{name}: sha256 is [0-9a-f]{{64}}, but SHA256SUMS promises [0-9a-f]{{64}}"):
        modelnet40.read("test", folder)


def test_file_without_a_promise_is_refused(folder):
    text = (folder / "SHA256SUMS").read_text()
    (folder / "SHA256SUMS").write_text("".join(line + "\n" for line in text.splitlines() if "test" not in line))
    with pytest.raises(DataError, match="SHA256SUMS promises nothing for it"):
        modelnet40.read("test", folder)


@pytest.mark.parametrize("text", ["", "hello\n", "abc  test.npz\n"])
def test_broken_checksum_file_is_refused(folder, text):
    (folder / "SHA256SUMS").write_text(text)
    with pytest.raises(DataError, match=r"SHA256SUMS: not lines of `<sha256>  <file>`"):
        modelnet40.read("test", folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": np.array([[[None]]], dtype=object)}, "'points' is object"),
        ({"points": np.zeros((2, 64, 3))}, "points is float64"),
        ({"points": np.full((2, 64, 3), 2, np.float32)}, "sample bed_0002 has largest norm 3.46"),
        ({"label": np.array([0, 2], np.uint8)}, "labels span 0 to 2, but there are 2 classes"),
        ({"label": np.array([0.0, 1.0])}, "'label' is float64"),
        ({"name": np.array(["bed_0002"])}, "2 clouds, 2 labels and 1 names"),
    ],
)
def test_broken_arrays_are_refused_even_where_the_checksum_holds(folder, changes, message):
    rewrite(folder, **changes)
    with pytest.raises(DataError, match=message) as caught:
        modelnet40.read("test", folder)
    assert str(folder / "test.npz") in str(caught.value)


def test_a_byte_order_mark_before_the_classes_is_left_out(folder):
    before = modelnet40.read("test", folder)
    for name in ("classes.txt", "SHA256SUMS"):
        (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
        if name == "classes.txt":
            promise(folder)
    assert modelnet40.read("test", folder).digest == before.digest


def test_unknown_split_is_refused(folder):
    with pytest.raises(DataError, match="there is no split 'validation'. Ask for train or test"):
        modelnet40.read("validation", folder)
