"""OFF files are read as the official archive holds them, and refused with file and line where they are broken."""

import numpy as np
import pytest

from lcpc.data import lines, meshes
from lcpc.data.off import read_off
from lcpc.errors import DataError, MissingData

SQUARE = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n"


def written(tmp_path, text):
    path = tmp_path / "mesh.off"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("header", ["OFF\n4 1 0\n", "OFF4 1 0\n", "OFF 4 1 0\n", "# made by hand\n\nOFF # old\n 4 1 0\n",
                                    "\ufeffOFF\n4 1 0\n", "off\n4 1 0\n"])
def test_header_may_be_glued_to_the_counts_or_follow_comments(tmp_path, header):
    mesh = read_off(written(tmp_path, f"{header}{SQUARE}4 0 1 2 3\n"))
    assert mesh.vertices.shape == (4, 3)
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
    assert mesh.area().sum() == pytest.approx(1.0)


def test_official_glued_header_gives_the_same_mesh_as_the_plain_one(tmp_path, shared):
    plain = (shared / "data" / "modelnet_off" / "bathtub_0002.off").read_text()
    assert plain.startswith("OFF\n")
    glued = read_off(written(tmp_path, plain.replace("OFF\n", "OFF", 1)))
    assert np.array_equal(glued.vertices, read_off(shared / "data" / "modelnet_off" / "bathtub_0002.off").vertices)


@pytest.mark.parametrize(
    ("name", "vertices", "faces"),
    [("bathtub_0001", 3514, 3546), ("bathtub_0002", 700, 664), ("bathtub_0004", 2842, 3519)],
)
def test_original_modelnet_meshes_are_read(shared, name, vertices, faces):
    mesh = read_off(shared / "data" / "modelnet_off" / f"{name}.off")
    assert len(mesh.vertices) == vertices
    assert 0.9 * faces <= len(mesh.triangles) <= faces
    assert (mesh.area() > 0).all()


def test_lines_may_end_in_cr(tmp_path):
    path = tmp_path / "mesh.off"
    path.write_bytes(f"OFF\n4 1 0\n{SQUARE}4 0 1 2 3\n".replace("\n", "\r").encode())
    assert read_off(path).area().sum() == pytest.approx(1.0)


def test_colours_behind_vertices_and_faces_are_ignored(tmp_path):
    text = "COFF\n3 1 0\n0 0 0 255 0 0\n1 0 0 255 0 0\n0 1 0 255 0 0\n3 0 1 2 0.5 0.5 0.5\n"
    assert read_off(written(tmp_path, text)).triangles.tolist() == [[0, 1, 2]]


def test_faces_without_area_are_dropped(tmp_path):
    mesh = read_off(written(tmp_path, f"OFF\n4 4 0\n{SQUARE}3 0 1 2\n3 0 0 1\n2 0 1\n3 2 2 2\n"))
    assert mesh.triangles.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 0: starts with '', not with OFF"),
        ("PLY\n4 1 0\n", "line 1: starts with 'PLY', not with OFF"),
        ("OFFSET 4 1\n", "line 1: starts with 'OFFSET 4 1'"),
        ("OFF\nfour 1 0\n", "line 2: counts are 'four 1 0'"),
        ("OFF\n", "line 1: counts are ''"),
        ("OFF\n4000000000 1 0\n0 0 0\n", "line 2: 4000000000 vertices and 1 faces do not fit a file of 25 bytes"),
        (f"OFF\n4 -1 0\n{SQUARE}", "line 2: 4 vertices and -1 faces are no surface"),
        ("OFF\n3 0 0\n0 0 0\n1 0 0\n0 1 0\n", "line 2: 3 vertices and 0 faces are no surface"),
        ("OFF\n3 1 0\n0 0 0\n1 0 zero\n0 1 0\n3 0 1 2\n", "line 4: vertex '1 0 zero' is not three numbers"),
        ("OFF\n3 1 0\n0 0 0\n1 0\n0 1 0\n3 0 1 2\n", "line 4: vertex '1 0' is not three numbers"),
        ("OFF\n3 1 0\n0 0 0\n1\n0 1 0\n3 0 1 2\n", "line 4: vertex '1' is not three numbers"),
        ("OFF\n3 1 0\n0 0 0\n1 0 inf\n0 1 0\n3 0 1 2\n", "line 4: vertex '1 0 inf' is not finite"),
        (f"OFF\n4 1 0\n{SQUARE}3 0 1 4\n", "line 7: face '3 0 1 4' has an index outside 0 to 3"),
        (f"OFF\n4 1 0\n{SQUARE}3 0 1 -1\n", "has an index outside 0 to 3"),
        (f"OFF\n4 1 0\n{SQUARE}4 0 1 2\n", "line 7: face '4 0 1 2' is not a count and that many indices"),
        (f"OFF\n4 1 0\n{SQUARE}x 0 1 2\n", "line 7: face 'x 0 1 2' is not a count"),
        (f"OFF\n4 2 0\n{SQUARE}3 0 1 2\n", "ends after 1 of 2 faces"),
        (f"OFF\n4 1 0\n{SQUARE}3 0 1 1\n", "none of its 1 faces has an area"),
    ],
)
def test_broken_mesh_is_refused_with_file_line_and_way_out(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_off(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "Write the" in str(caught.value)


def test_neither_lines_nor_triangles_without_end_are_read(tmp_path, monkeypatch):
    path = written(tmp_path, f"OFF\n4 2 0\n{SQUARE}4 0 1 2 3\n3 0 1 2\n")
    assert len(read_off(path).triangles) == 3
    monkeypatch.setattr(meshes, "MAX_TRIANGLES", 2)
    with pytest.raises(DataError, match=r"mesh\.off: more than 2 triangles"):
        read_off(path)
    monkeypatch.setattr(lines, "LIMIT_LINE", 8)
    with pytest.raises(DataError, match=r"mesh\.off, line 7: longer than 8 characters"):
        read_off(path)


def test_missing_mesh_names_its_path(tmp_path):
    with pytest.raises(MissingData, match="nowhere.off is not there"):
        read_off(tmp_path / "nowhere.off")
