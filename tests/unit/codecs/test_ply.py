"""PLY files: what external codecs write is read back exactly, and what is no cloud is refused by name."""

import numpy as np
import pytest

from lcpc.codecs._ply import read_points, write_points
from lcpc.errors import DataError, MissingData

HEAD = "ply\nformat {form} 1.0\ncomment made by a test\nelement vertex {count}\n"
XYZ = "property float x\nproperty float y\nproperty float z\n"


def file_of(tmp_path, header, body=b""):
    path = tmp_path / "cloud.ply"
    path.write_bytes(header.encode() + b"end_header\n" + body)
    return path


def test_points_come_back_to_the_last_bit(tmp_path):
    points = np.random.default_rng(0).normal(size=(33, 3)).astype(np.float32)
    write_points(tmp_path / "cloud.ply", points)
    assert np.array_equal(read_points(tmp_path / "cloud.ply"), points)


def test_ascii_points_are_read_and_faces_behind_them_are_left(tmp_path):
    header = HEAD.format(form="ascii", count=2) + XYZ + "element face 1\nproperty list uint8 int32 vertex_index\n"
    path = file_of(tmp_path, header, b"-4.00000 0.5 1e2\n1 2 3\n3 0 1 1\n")
    assert read_points(path).tolist() == [[-4.0, 0.5, 100.0], [1.0, 2.0, 3.0]]


def test_coordinates_are_found_among_other_numbers(tmp_path):
    header = HEAD.format(form="binary_little_endian", count=1) + "property uchar red\n" + XYZ + "property double w\n"
    body = b"\x07" + np.array([1, 2, 3], "<f4").tobytes() + np.array([9], "<f8").tobytes()
    assert read_points(file_of(tmp_path, header, body)).tolist() == [[1.0, 2.0, 3.0]]


REFUSED = {
    "no header": ("off\n", b"", "no PLY file"),
    "other format": (HEAD.format(form="binary_big_endian", count=1) + XYZ, b"", "'binary_big_endian 1.0' is not one"),
    "faces first": ("ply\nformat ascii 1.0\nelement face 1\n", b"", "first element must be 'vertex'"),
    "no count": (HEAD.format(form="ascii", count="many") + XYZ, b"", "'many' is no number of vertices"),
    "list": (HEAD.format(form="ascii", count=1) + "property list uchar float x\n", b"", "can't read 'property list"),
    "flat": (HEAD.format(form="ascii", count=1) + "property float x\n", b"1", "needs x, y and z"),
    "cut text": (HEAD.format(form="ascii", count=9) + XYZ, b"1 2 3\n", "9 vertices promised, only 1 are there"),
    "cut": (HEAD.format(form="binary_little_endian", count=9) + XYZ, bytes(13), "9 vertices promised, only 1 are"),
    "huge": (HEAD.format(form="ascii", count=10**30) + XYZ, b"1 2 3\n", "promised, only 1 are there"),
    "word": (HEAD.format(form="ascii", count=1) + XYZ, b"1 2 three\n", "a coordinate is no number"),
    "infinite": (HEAD.format(form="ascii", count=1) + XYZ, b"1 2 inf\n", "not finite"),
}


@pytest.mark.parametrize(("header", "body", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_cloud_is_refused(tmp_path, header, body, message):
    with pytest.raises(DataError, match=message):
        read_points(file_of(tmp_path, header, body))


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(MissingData, match=r"nothing\.ply is not there"):
        read_points(tmp_path / "nothing.ply")
