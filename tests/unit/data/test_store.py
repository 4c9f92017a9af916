"""Clouds come back from disk as they went, with equal bytes for equal clouds, and hostile files are refused."""

import io
import json
import zipfile

import numpy as np
import pytest

from lcpc.data import store
from lcpc.data.base import clouds
from lcpc.errors import DataError, MissingData


@pytest.fixture
def held():
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (3, 16, 3)).astype(np.float32)
    names = np.array(["a_0", "b_0", "b_1"])
    return clouds("toy", ("a", "b"), "train", points, np.array([0, 1, 1]), names, {"source": "test", "seed": 1})


def npy(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), **options)
    return buffer.getvalue()


def header(description):
    """An npy file that claims `description` and holds nothing."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, description)
    return buffer.getvalue()


def replaced(path, **members):
    """The npz at `path` with some members' bytes replaced (None removes one)."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held |= {f"{name}.npy": data for name, data in members.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def test_clouds_come_back_as_they_went(held, tmp_path):
    store.save(held, tmp_path / "deep" / "train.npz")
    back = store.read(tmp_path / "deep" / "train.npz")
    assert back.digest == held.digest
    assert (back.name, back.classes, back.split, back.provenance) == ("toy", ("a", "b"), "train", held.provenance)
    assert back.label.dtype == np.int64
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["train.npz"]


def test_equal_clouds_give_equal_bytes(held, tmp_path, monkeypatch):
    store.save(held, tmp_path / "one.npz")
    monkeypatch.setattr("time.time", lambda: 1e9)
    store.save(held, tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_numpy_reads_the_file_without_pickle(held, tmp_path):
    store.save(held, tmp_path / "one.npz")
    with np.load(tmp_path / "one.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["points"], held.points)


def test_missing_file_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(MissingData, match=r"train.npz is not there. Run `lcpc data`"):
        store.read(tmp_path / "train.npz")


HOSTILE = {
    "pickle": (npy(np.array([[[{"a": 1}]]], dtype=object), allow_pickle=True), "'points' is object"),
    "wrong kind": (npy(np.zeros((3, 16, 3), np.int32)), "'points' is int32"),
    "wrong precision": (npy(np.zeros((3, 16, 3))), "points is float64"),
    "wrong dimensions": (npy(np.zeros((3, 48), np.float32)), r"\[3, 48\], expected 3 dimensions"),
    "huge shape": (header({"descr": "<f4", "fortran_order": False, "shape": (10**9, 1024, 3)}), "claims shape"),
    "overflowing shape": (header({"descr": "<f4", "fortran_order": False, "shape": (2**62, 4, 3)}), "claims shape"),
    "negative shape": (header({"descr": "<f4", "fortran_order": False, "shape": (-1, 16, 3)}), "claims shape"),
    "cut": (npy(np.zeros((3, 16, 3), np.float32))[:-5], "claims shape"),
    "no npy": (b"hello", "not a readable npz"),
    "empty": (b"", "not a readable npz"),
    "absent": (None, "'points' is not in it"),
    "version": (b"\x93NUMPY\x09\x00" + bytes(64), "not a readable npz|npy version"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_array_is_refused_with_the_file_and_a_way_out(held, tmp_path, case):
    store.save(held, tmp_path / "train.npz")
    data, message = HOSTILE[case]
    path = replaced(tmp_path / "train.npz", points=data)
    with pytest.raises(DataError, match=message) as caught:
        store.read(path)
    assert str(path) in str(caught.value)
    assert "again" in str(caught.value)


def test_array_over_the_limit_is_refused_before_it_is_read(held, tmp_path):
    store.save(held, tmp_path / "train.npz")
    with pytest.raises(DataError, match=r"claims \d+ bytes .*at most 100 are read"):
        store.read_npz(tmp_path / "train.npz", store.LAYOUT, limit_bytes=100)


def test_countless_texts_of_no_characters_are_refused_before_they_are_listed(held, tmp_path):
    store.save(held, tmp_path / "a.npz")
    claim = {"descr": "<U0", "fortran_order": False, "shape": (10**12,)}
    replaced(tmp_path / "a.npz", samples=header(claim))
    with pytest.raises(DataError, match="'samples' is of texts of no characters"):
        store.read(tmp_path / "a.npz")


def test_claim_of_impossible_compression_is_refused(held, tmp_path):
    store.save(held, tmp_path / "train.npz")
    data = bytearray((tmp_path / "train.npz").read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (2**31).to_bytes(4, "little")
    (tmp_path / "train.npz").write_bytes(bytes(data))
    with pytest.raises(DataError, match=f"claims {2**31} bytes"):
        store.read(tmp_path / "train.npz")


def test_a_list_of_countless_arrays_is_refused_before_it_is_read(held, tmp_path, monkeypatch):
    store.save(held, tmp_path / "train.npz")
    monkeypatch.setattr(store, "LIST_BYTES", 100)
    monkeypatch.setattr(store.zipfile, "ZipFile", None)
    with pytest.raises(DataError, match=r"train\.npz: its list of arrays takes more than 100 bytes"):
        store.read(tmp_path / "train.npz")


@pytest.mark.parametrize("kept", [0, 10, 300])
def test_cut_file_is_refused(held, tmp_path, kept):
    store.save(held, tmp_path / "train.npz")
    (tmp_path / "train.npz").write_bytes((tmp_path / "train.npz").read_bytes()[:kept])
    with pytest.raises(DataError, match="not a readable npz"):
        store.read(tmp_path / "train.npz")


def test_flipped_bit_is_refused(held, tmp_path):
    store.save(held, tmp_path / "train.npz")
    data = bytearray((tmp_path / "train.npz").read_bytes())
    data[200] ^= 1
    (tmp_path / "train.npz").write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"train.npz"):
        store.read(tmp_path / "train.npz")


@pytest.mark.parametrize("meta", ["no json", "[1]", json.dumps({"name": "toy"})])
def test_foreign_meta_is_refused(held, tmp_path, meta):
    store.save(held, tmp_path / "train.npz")
    path = replaced(tmp_path / "train.npz", meta=npy(meta))
    with pytest.raises(DataError, match="has no meta as `lcpc data` writes it"):
        store.read(path)


@pytest.mark.parametrize("order", "<>")
def test_strings_that_are_no_text_are_refused(held, tmp_path, order):
    store.save(held, tmp_path / "train.npz")
    codes = np.array([0x61, 0x110000, 0x62], f"{order}u4")
    strings = np.frombuffer(codes.tobytes(), f"{order}U1")
    path = replaced(tmp_path / "train.npz", samples=npy(strings))
    with pytest.raises(DataError, match="array 'samples' holds what is no text"):
        store.read(path)
