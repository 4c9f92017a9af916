"""PLY files: what external codecs write is read back exactly, and what is no cloud or mesh is refused by name."""

import struct

import numpy as np
import pytest

from lcpc.data import meshes
from lcpc.data.meshes import Mesh
from lcpc.data.ply import read_ply, read_points, write_points
from lcpc.errors import DataError, MissingData

HEAD = "ply\nformat {form} 1.0\ncomment made by a test\nelement vertex {count}\n"
SQUARE = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
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


def test_faces_may_stand_first_and_their_corners_be_any_numbers(tmp_path):
    header = "ply\nformat binary_little_endian 1.0\nelement face 1\nproperty list uchar double vertex_index\n"
    body = struct.pack("<B4d", 4, 0, 1, 2, 3) + np.array(SQUARE, dtype="<f4").tobytes()
    mesh = read_ply(file_of(tmp_path, header + "element vertex 4\n" + XYZ, body))
    assert mesh.vertices.tolist() == SQUARE
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]


def test_vertices_with_a_list_of_their_own_are_read_row_by_row(tmp_path):
    header = HEAD.format(form="binary_little_endian", count=2) + XYZ + "property list uchar uchar tags\n"
    body = struct.pack("<fffB2B", 1, 2, 3, 2, 8, 9) + struct.pack("<fffB", 4, 5, 6, 0)
    assert read_points(file_of(tmp_path, header, body)).tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


ASCII, BINARY = (HEAD.format(form=form, count="{count}") for form in ("ascii", "binary_little_endian"))
THREE = np.eye(3, dtype="<f4").tobytes()
FACE = "element face 1\nproperty list uchar {kind} vertex_indices\n"

REFUSED = {
    "no header": ("off\n", b"", "no PLY file"),
    "other format": (HEAD.format(form="zipped", count=1) + XYZ, b"", "'zipped 1.0' is not one"),
    "faces only": ("ply\nformat ascii 1.0\nelement face 1\nproperty list uchar int vertex_index\n", b"",
                   "elements are face, not one 'vertex'"),
    "twice": (ASCII.format(count=1) + XYZ + "element vertex 1\n" + XYZ, b"1 2 3\n4 5 6\n", "vertex, vertex, not one 'vertex'"),
    "no properties": (BINARY.format(count=1) + XYZ + "element edge 1\n", bytes(12), "properties of 'edge' are none"),
    "one name twice": (ASCII.format(count=1) + XYZ + XYZ, b"1 2 3 4 5 6\n", "not each once"),
    "no count": (ASCII.format(count="many") + XYZ, b"", "can't read the header's line 'element vertex many'"),
    "endless count": (ASCII.format(count="9" * 5000) + XYZ, b"1 2 3\n", "can't read the header's line 'element vertex 999"),
    "list": (ASCII.format(count=1) + XYZ.replace("float x", "list uchar float x"), b"", "needs x, y, z, each one number"),
    "flat": (ASCII.format(count=1) + "property float x\n", b"1", "needs x, y, z"),
    "no points": (ASCII.format(count=0) + XYZ, b"", "no vertices"),
    "cut text": (ASCII.format(count=9) + XYZ, b"1 2 3\n", "ends after 3 of 27 promised numbers"),
    "no text": (ASCII.format(count=9) + XYZ, b"\n \n", "ends after 0 of 27 promised numbers"),
    "cut": (BINARY.format(count=9) + XYZ, bytes(13), "ends after 1 of 9 promised values"),
    "huge": (ASCII.format(count=10**17) + XYZ, b"1 2 3\n", "promises more than a file of"),
    "word": (ASCII.format(count=1) + XYZ, b"1 2 three\n", "is not what the header says .a word is not a number"),
    "few": (ASCII.format(count=2) + XYZ, b"1 2 3\n4 5\n", "ends after 5 of 6 promised numbers"),
    "infinite": (ASCII.format(count=1) + XYZ, b"1 2 inf\n", "not finite"),
    "corners no list": (BINARY.format(count=3) + XYZ + "element face 1\nproperty int vertex_indices\n", THREE + bytes(4),
                        "a face has the properties vertex_indices, but no list of corners"),
    "corner nan": (BINARY.format(count=3) + XYZ + FACE.format(kind="float"), THREE + struct.pack("<B3f", 3, np.nan, 0, 1),
                   "is not what the header says .*NaN"),
    "corner beyond": (BINARY.format(count=3) + XYZ + FACE.format(kind="uint"), THREE + struct.pack("<B3I", 3, 0, 1, 2**32 - 1),
                      "is not what the header says"),
    "corner behind": (BINARY.format(count=3) + XYZ + FACE.format(kind="int"), THREE + struct.pack("<B3i", 3, 0, 1, -1),
                      "a face has an index outside 0 to 2"),
    "list beyond the end": (BINARY.format(count=3) + XYZ + FACE.format(kind="int"), THREE + b"\xff" + bytes(12),
                            "ends after 3 of 255 promised values"),
}


@pytest.mark.parametrize(("header", "body", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_cloud_is_refused(tmp_path, header, body, message):
    with pytest.raises(DataError, match=message) as caught:
        read_ply(file_of(tmp_path, header, body))
    assert str(tmp_path / "cloud.ply") in str(caught.value)


def test_neither_lines_nor_triangles_without_end_are_read(tmp_path, monkeypatch):
    mesh = file_of(tmp_path, ASCII.format(count=3) + XYZ + FACE.format(kind="int"), b"0 0 0\n4 0 0\n0 4 0\n4 0 1 2 2\n")
    assert len(read_ply(mesh).triangles) == 1
    monkeypatch.setattr(meshes, "MAX_TRIANGLES", 1)
    with pytest.raises(DataError, match=r"cloud\.ply: more than 1 triangles"):
        read_ply(mesh)


CORNERS = "element face 1\nproperty list uchar int {name}\n"


@pytest.mark.parametrize("name", ["vertex_indices", "vertex_index", "vertices", "indices"])
def test_corners_are_known_by_their_usual_names(tmp_path, name):
    header = ASCII.format(count=4) + XYZ + CORNERS.format(name=name)
    mesh = read_ply(file_of(tmp_path, header, b"0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"))
    assert isinstance(mesh, Mesh)
    assert mesh.area().sum() == 1


def test_a_list_of_another_name_is_never_silently_a_cloud(tmp_path):
    header = ASCII.format(count=3) + XYZ + CORNERS.format(name="kanten")
    with pytest.raises(DataError, match="a face has the properties kanten, but no list of corners .vertex_indices"):
        read_ply(file_of(tmp_path, header, b"0 0 0\n1 0 0\n1 1 0\n3 0 1 2\n"))


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian"])
def test_triangle_strips_are_refused_by_name(tmp_path, form):
    header = HEAD.format(form=form, count=3) + XYZ + "element tristrips 1\nproperty list int int vertex_indices\n"
    body = b"0 0 0\n1 0 0\n1 1 0\n3 0 1 2\n" if form == "ascii" else THREE + struct.pack("<4i", 3, 0, 1, 2)
    with pytest.raises(DataError, match="element 'tristrips' holds lists, which are not read; write faces instead"):
        read_ply(file_of(tmp_path, header, body))


@pytest.mark.parametrize("comment", ["the end_header word", "binary data follow end_header", "end_header"])
def test_the_header_ends_at_its_last_line_and_not_in_a_comment(tmp_path, comment):
    header = BINARY.format(count=2) + XYZ + f"comment {comment}\n"
    assert read_points(file_of(tmp_path, header, np.arange(6, dtype="<f4").tobytes()))[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("line_end", ["\r", "\r\n"])
@pytest.mark.parametrize("form", ["ascii", "binary_little_endian"])
def test_lines_may_end_in_cr(tmp_path, form, line_end):
    header = (HEAD.format(form=form, count=2) + XYZ + "end_header\n").replace("\n", line_end)
    # The first byte of the values is a line feed.
    values = np.array([np.float32(np.frombuffer(b"\x0a\x00\x80\x3f", "<f4")[0]), 2, 3, 4, 5, 6], "<f4")
    body = b"1 2 3\r4 5 6\r" if form == "ascii" else values.tobytes()
    path = tmp_path / "cloud.ply"
    path.write_bytes(header.encode() + body)
    assert read_points(path) == pytest.approx(np.arange(1, 7).reshape(2, 3), abs=1e-5)


def test_a_byte_order_mark_is_left_out(tmp_path):
    path = file_of(tmp_path, ASCII.format(count=1) + XYZ, b"1 2 3\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_points(path).tolist() == [[1, 2, 3]]


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(MissingData, match=r"nothing\.ply is not there"):
        read_points(tmp_path / "nothing.ply")
