"""Every kind of object file gives the same mesh or cloud; broken ones are refused by name."""

import struct

import numpy as np
import pytest

from lcpc.data import objects
from lcpc.data.meshes import Mesh
from lcpc.errors import DataError, MissingData

VERTICES = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
OFF = "OFF4 1 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"
OBJ = "mtllib ../../etc/passwd\nv 0 0 0\nv 1 0 0 0.5 0.5 0.5\nv 1 1 0\nv 0 1 0\nvt 0 0\nf 1/1 2//3 -2 4/2/1\n"
HEADER = ("ply\nformat {form} 1.0\ncomment made by hand\nelement vertex 4\n"
          "property float x\nproperty float y\nproperty float z\n"
          "property uchar red\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n")
PLY = HEADER.format(form="ascii") + "".join(f"{x} {y} {z} 255\n" for x, y, z in VERTICES) + "4 0 1 2 3\n"


def binary(order):
    form = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    body = b"".join(struct.pack(f"{order}fffB", *vertex, 255) for vertex in VERTICES)
    return HEADER.format(form=form).encode() + body + struct.pack(f"{order}B4i", 4, 0, 1, 2, 3)


@pytest.fixture
def write(tmp_path):
    def one(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return one


@pytest.mark.parametrize(("name", "content"), [("a.off", OFF), ("a.obj", OBJ), ("a.PLY", PLY), ("b.ply", binary("<")),
                                               ("c.ply", binary(">"))])
def test_a_square_is_the_same_mesh_in_every_kind_of_file(write, name, content):
    mesh = objects.read(write(name, content))
    assert isinstance(mesh, Mesh)
    assert mesh.vertices.tolist() == [list(map(float, vertex)) for vertex in VERTICES]
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
    assert mesh.area().sum() == 1


def test_equal_meshes_give_equal_clouds_whatever_their_file(write):
    clouds = [objects.cloud(write(f"a{i}.{kind}", content), 32, seed=5)
              for i, (kind, content) in enumerate([("off", OFF), ("obj", OBJ), ("ply", PLY), ("ply", binary("<"))])]
    assert all(np.array_equal(cloud, clouds[0]) for cloud in clouds)
    assert clouds[0].dtype == np.float32
    assert np.linalg.norm(clouds[0], axis=1).max() == pytest.approx(1, abs=1e-4)


def test_points_of_a_cloud_are_drawn_once_each_and_in_random_order(tmp_path):
    held = np.random.default_rng(1).normal(size=(100, 3))
    np.savez(tmp_path / "a.npz", points=held)
    cloud = objects.cloud(tmp_path / "a.npz", 100, seed=5)
    centred = held - held.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1).max()
    distance = np.linalg.norm(cloud[:, None] - centred[None], axis=2)
    nearest = distance.argmin(axis=1)
    assert sorted(nearest) == list(range(100))
    assert nearest.tolist() != list(range(100))
    assert distance.min(axis=1).max() < 1e-4
    assert not np.array_equal(cloud, objects.cloud(tmp_path / "a.npz", 100, seed=6))


def test_a_ply_without_faces_is_a_cloud(write):
    cloud = PLY.replace("element face 1\nproperty list uchar int vertex_indices\n", "").rsplit("4 0 1", 1)[0]
    assert np.array_equal(objects.read(write("a.ply", cloud)), np.array(VERTICES, float))


def test_a_cloud_with_too_few_points_is_refused_with_the_way_out(write, tmp_path):
    np.savez(tmp_path / "a.npz", points=np.random.default_rng(1).normal(size=(5, 3)))
    with pytest.raises(DataError, match=r"a\.npz: holds 5 points, but 6 are asked. Lower dataset.stored_points"):
        objects.cloud(tmp_path / "a.npz", 6, seed=1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.obj", "v 0 0\n", r"a\.obj, line 1: 'v 0 0' is no vertex or face \(three finite numbers"),
        ("a.obj", "v 0 0 nan\n", "three finite numbers"),
        ("a.obj", "v 0 0 0\nf 1 2 3\n", r"a\.obj, line 2: .*there is no vertex 2 so far"),
        ("a.obj", "v 0 0 0\nf 0 1 1\n", "there is no vertex 0 so far"),
        ("a.obj", "v 0 0 0\nf -2 1 1\n", "there is no vertex -2 so far"),
        ("a.obj", "v 0 0 0\n", r"a\.obj: 1 vertices, but no face to sample"),
        ("a.obj", "v 0 0 0\nf 1 1 1\n", "none of its 1 faces has an area"),
        ("a.ply", b"solid stl", "no PLY file: its first line is not"),
        ("a.ply", PLY.replace("ascii", "zipped"), "PLY format 'zipped 1.0' is not one of"),
        ("a.ply", PLY.replace("vertex 4", "vertex 999999999"), "promises more than a file of"),
        ("a.ply", PLY.replace("vertex 4", "vertex 7"), "promised numbers"),
        ("a.ply", PLY.replace("property float z\n", ""), "a vertex needs x, y, z"),
        ("a.ply", PLY.replace("property float z", "property string z"), "can't read the header's line 'property string z'"),
        ("a.ply", PLY.replace("1 1 0 255", "1 one 0 255"), "is not what the header says"),
        ("a.ply", PLY.replace("1 1 0 255", "1 inf 0 255"), "some coordinates are not finite"),
        ("a.ply", PLY.replace("4 0 1 2 3", "4 0 1 2 9"), "a face has an index outside 0 to 3"),
        ("a.ply", PLY.replace("4 0 1 2 3", "9 0 1 2 3"), "is not what the header says"),
        ("a.ply", binary("<")[:-1], "promised "),
        ("a.ply", binary("<")[:-30], "ends after 3 of 4 promised values"),
        ("a.stl", b"solid", r"a\.stl: \.stl is no kind of object; \.npz, \.obj, \.off, \.ply are read"),
        ("a.npz", b"PK\x03\x04", r"a\.npz is not a readable npz"),
    ],
)
def test_a_broken_file_is_refused_by_name(write, name, content, message):
    with pytest.raises(DataError, match=message) as caught:
        objects.read(write(name, content))
    assert str(write(name, content)) in str(caught.value)


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.zeros((0, 3))])
def test_an_npz_that_is_no_cloud_is_refused(tmp_path, points):
    np.savez(tmp_path / "a.npz", points=points)
    with pytest.raises(DataError, match=r"a\.npz: points is \[\d, \d\], not \[P, 3\] with P of 1 or more"):
        objects.read(tmp_path / "a.npz")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_point_that_is_not_finite_is_named(tmp_path, value):
    points = np.zeros((5, 3))
    points[3, 1] = value
    np.savez(tmp_path / "a.npz", points=points)
    with pytest.raises(DataError, match=rf"a\.npz: 1 of 5 points are not finite; number 3, from 0, is \[0.0, {value}, 0.0\]"):
        objects.read(tmp_path / "a.npz")


@pytest.mark.parametrize("kind", ["<i2", "<i8", "u1"])
def test_a_cloud_on_an_integer_grid_is_read_as_from_a_ply(tmp_path, kind):
    np.savez(tmp_path / "a.npz", points=np.arange(30).reshape(10, 3).astype(kind))
    assert objects.read(tmp_path / "a.npz").tolist() == np.arange(30.0).reshape(10, 3).tolist()


@pytest.mark.parametrize("kind", ["off", "obj", "ply", "npz"])
def test_an_empty_file_is_told(write, kind):
    with pytest.raises(DataError, match=rf"a\.{kind} is empty. Write the file again or leave it out"):
        objects.read(write(f"a.{kind}", ""))


@pytest.mark.parametrize("kind", ["off", "obj", "ply", "npz"])
def test_an_absent_file_is_told(tmp_path, kind):
    with pytest.raises(MissingData, match=f"a.{kind} is not there"):
        objects.read(tmp_path / f"a.{kind}")


def test_real_meshes_survive_the_change_of_file(shared, write):
    mesh = objects.read(shared / "data" / "modelnet_off" / "bathtub_0002.off")
    lines = [f"v {x} {y} {z}" for x, y, z in mesh.vertices] + [f"f {a} {b} {c}" for a, b, c in mesh.triangles + 1]
    again = objects.read(write("a.obj", "\n".join(lines)))
    assert np.array_equal(again.vertices, mesh.vertices)
    assert np.array_equal(again.triangles, mesh.triangles)
