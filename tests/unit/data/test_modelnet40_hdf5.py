"""The common HDF5 files are read as they are; files that point elsewhere or lie about their size are refused."""

import json

import numpy as np
import pytest

from lcpc.data.point_clouds import _modelnet40_hdf5 as hdf5
from lcpc.data.point_clouds import modelnet40
from lcpc.errors import DataError, MissingData

h5py = pytest.importorskip("h5py")


def write(path, count, classes=3, points=32, **options):
    rng = np.random.default_rng([count, len(path.name)])
    data = rng.normal(size=(count, points, 3)).astype(np.float32)
    label = (np.arange(count) % classes).astype(np.uint8)[:, None]
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=data, **{"compression": "gzip", **options})
        file.create_dataset("label", data=label, compression="gzip")
    return data, label


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shape_names.txt").write_text("bed\nchair\ncone\n")
    for name, count in (("train0", 5), ("train1", 4), ("train10", 2), ("test0", 3)):
        write(tmp_path / f"ply_data_{name}.h5", count)
    return tmp_path


def test_files_are_read_in_the_order_of_their_numbers_and_normalised(folder):
    held = modelnet40.read("train", folder)
    assert [path.name for path in hdf5.files(folder, "train")] == [f"ply_data_train{i}.h5" for i in (0, 1, 10)]
    assert held.points.shape == (11, 32, 3)
    assert held.label.tolist() == [0, 1, 2, 0, 1, 0, 1, 2, 0, 0, 1]
    assert held.classes == ("bed", "chair", "cone")
    assert np.linalg.norm(held.points, axis=2).max(axis=1) == pytest.approx(np.ones(11), abs=1e-4)
    assert np.abs(held.points.mean(axis=1)).max() < 1e-4
    assert len(set(held.samples)) == 11


def test_a_byte_order_mark_before_the_classes_is_left_out(folder):
    (folder / "shape_names.txt").write_text("\ufeffbed\nchair\ncone\n", encoding="utf-8")
    assert modelnet40.read("test", folder).classes == ("bed", "chair", "cone")


def test_order_and_shape_of_points_are_kept(folder):
    data, _ = write(folder / "ply_data_test0.h5", 3)
    held = modelnet40.read("test", folder)
    centred = data - data.mean(axis=1, keepdims=True)
    centred /= np.linalg.norm(centred, axis=2).max(axis=1)[:, None, None]
    assert held.points == pytest.approx(centred, abs=1e-4)


def test_blocks_change_nothing(folder, monkeypatch):
    whole = modelnet40.read("train", folder)
    monkeypatch.setattr(hdf5, "AT_ONCE", 2)
    assert modelnet40.read("train", folder).digest == whole.digest


def test_clouds_bear_the_names_of_their_meshes_where_the_list_is_there(folder):
    names = ["bed/bed_0516.ply", "chair/chair_0890.ply", "cone/cone_0168.ply"]
    (folder / "ply_data_test_0_id2file.json").write_text(json.dumps(names))
    assert modelnet40.read("test", folder).samples.tolist() == ["bed_0516", "chair_0890", "cone_0168"]
    (folder / "ply_data_test_0_id2file.json").write_text(json.dumps(names[:2]))
    with pytest.raises(DataError, match="2 names for 3 clouds. Fetch the file again, or delete it"):
        modelnet40.read("test", folder)


def hostile(folder, change):
    path = folder / "ply_data_test0.h5"
    with h5py.File(path, "a") as file:
        change(file)
    return path


def external_link(file):
    del file["data"]
    file["data"] = h5py.ExternalLink("/etc/secret.h5", "/data")


def soft_link(file):
    del file["data"]
    file["data"] = h5py.SoftLink("/label")


def external_storage(file):
    del file["data"]
    file.create_dataset("data", (3, 32, 3), "f4", external=[("/etc/hostname", 0, 1152)])


def virtual(file):
    del file["data"]
    layout = h5py.VirtualLayout((3, 32, 3), "f4")
    layout[:] = h5py.VirtualSource("/etc/secret.h5", "data", (3, 32, 3))
    file.create_virtual_dataset("data", layout)


def unwritten(file):
    del file["data"]
    file.create_dataset("data", (100_000, 2048, 3), "f4", chunks=(1, 2048, 3), compression="gzip")


def claims_more_than_it_holds(file):
    del file["data"]
    file.create_dataset("data", (3, 60_000, 3), "f4", chunks=(1, 60_000, 3), compression="gzip")


def text(file):
    del file["data"]
    file.create_dataset("data", data=np.array([["a"]], "S1"))


def group(file):
    del file["data"]
    file.create_group("data")


def flat(file):
    del file["data"]
    file["data"] = np.zeros((3, 32), np.float32)


def other_labels(file):
    del file["label"]
    file["label"] = np.zeros((4, 1), np.uint8)


def not_finite(file):
    file["data"][1, 2, 0] = np.nan


def no_labels(file):
    del file["label"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (external_link, "'data' is no array in this file"),
        (soft_link, "'data' is no array in this file"),
        (external_storage, "'data' takes its values from other files, which is not followed"),
        (virtual, "'data' takes its values from other files, which is not followed"),
        (unwritten, r"'data' claims 2457600000 bytes out of 0 stored ones"),
        (claims_more_than_it_holds, r"'data' claims 2160000 bytes out of 0 stored ones"),
        (text, r"'data' is \|S1 packed with None, not plain numbers"),
        (group, "'data' is no array in this file"),
        (no_labels, "'label' is no array in this file"),
        (flat, r"data is \[3, 32\] and label \[3, 1\], not \[n, M, 3\] and \[n, 1\]"),
        (other_labels, r"data is \[3, 32, 3\] and label \[4, 1\]"),
        (not_finite, r"row 1: a cloud of 32 points has radius nan"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_in_words(folder, change, message):
    path = hostile(folder, change)
    with pytest.raises(DataError, match=message) as caught:
        modelnet40.read("test", folder)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_what_is_no_hdf5_is_refused(folder, content):
    (folder / "ply_data_test0.h5").write_bytes(content)
    with pytest.raises(DataError, match=r"ply_data_test0\.h5 is not a readable HDF5 file"):
        modelnet40.read("test", folder)


def test_a_cut_file_is_refused(folder):
    path = folder / "ply_data_test0.h5"
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(DataError, match="not a readable HDF5 file"):
        modelnet40.read("test", folder)


def test_labels_beyond_the_classes_are_refused(folder):
    (folder / "shape_names.txt").write_text("bed\n")
    with pytest.raises(DataError, match="labels span 0 to 2, but there are 1 classes"):
        modelnet40.read("test", folder)


def test_absent_files_are_named(folder, tmp_path):
    (folder / "shape_names.txt").unlink()
    with pytest.raises(MissingData, match="shape_names.txt missing at .*Set dataset.folder to modelnet40_ply_hdf5_2048"):
        modelnet40.read("test", folder)
    assert "ply_data_train0.h5, ply_data_test0.h5" in hdf5.missing(tmp_path / "nowhere")


def test_files_of_different_numbers_of_points_are_refused(folder):
    write(folder / "ply_data_train1.h5", 4, points=16)
    with pytest.raises(DataError, match="the files of split train differ in their points per cloud"):
        modelnet40.read("train", folder)
