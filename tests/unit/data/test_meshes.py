"""Polygons are cut into triangles that cover them and nothing else; areas are those of each triangle."""

import numpy as np
import pytest

from lcpc.data import meshes, sampling
from lcpc.data.meshes import Mesh, Polygons, triangulate
from lcpc.errors import DataError

U = np.array([[0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3]], float)
ARROW = np.array([[0, 0], [4, 0], [1, 1], [0, 4]], float)
PLANES = {"xy": (0, 1), "yz": (1, 2), "zx": (2, 0)}


def in_space(outline, axes):
    points = np.zeros((len(outline), 3))
    points[:, axes] = outline
    return points


@pytest.mark.parametrize("axes", PLANES.values(), ids=PLANES.keys())
@pytest.mark.parametrize(("outline", "area"), [(U, 7), (ARROW, 4)], ids=["u", "arrow"])
def test_a_concave_polygon_keeps_its_area_whatever_its_first_corner_and_direction(outline, area, axes):
    for start in range(len(outline)):
        for corners in (np.roll(outline, start, axis=0), np.roll(outline[::-1], start, axis=0)):
            ring = in_space(corners, axes)
            triangles = triangulate(ring)
            assert len(triangles) == len(outline) - 2
            assert Mesh(ring, triangles).area().sum() == pytest.approx(area)


def test_no_sample_lies_in_the_notch_of_a_u():
    ring = in_space(U, (0, 1))
    points = sampling.sample_surface(Mesh(ring, triangulate(ring)), 5000, seed=1)
    inside = (points[:, 0] > 1) & (points[:, 0] < 2) & (points[:, 1] > 1)
    assert inside.sum() == 0
    assert (points[:, 1] > 1).mean() == pytest.approx(4 / 7, abs=0.03)


@pytest.mark.parametrize("corners", [3, 4, 5, 30])
def test_a_convex_polygon_is_a_fan_around_its_first_corner(corners):
    angle = 2 * np.pi * np.arange(corners) / corners
    ring = in_space(np.stack([np.cos(angle), np.sin(angle)], axis=1), (0, 1))
    assert triangulate(ring).tolist() == [[0, i, i + 1] for i in range(1, corners - 1)]


def test_corners_that_coincide_add_no_area(tmp_path):
    polygons = Polygons(tmp_path / "a.off")
    polygons.add([0, 1, 2, 2, 3])
    polygons.add([0, 0, 0])
    assert polygons.mesh(in_space(ARROW, (0, 1))).area().sum() == pytest.approx(4)


def test_polygons_of_all_sizes_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(meshes, "AT_ONCE", 8)
    ring = in_space(U, (0, 1))
    polygons = Polygons(tmp_path / "a.off")
    for corners in ([0, 1, 4], [0, 1, 2, 7], [1, 2, 3], [0, 4, 5, 7], [0, 1]):
        polygons.add(corners)
    expected = [[0, 1, 4], [0, 1, 2], [0, 2, 7], [1, 2, 3]]
    triangles = polygons.mesh(ring).triangles
    assert triangles[:4].tolist() == expected
    assert len(triangles) == 6


def test_a_face_with_too_many_corners_is_refused_by_file(tmp_path, monkeypatch):
    monkeypatch.setattr(meshes, "MAX_CONCAVE_CORNERS", 7)
    polygons = Polygons(tmp_path / "a.off")
    polygons.add(range(8))
    with pytest.raises(DataError, match=r"a\.off: a face has 8 corners, at most 7 are read"):
        polygons.mesh(in_space(U, (0, 1)))


def test_areas_of_many_triangles_are_those_of_each(monkeypatch):
    random = np.random.default_rng(3)
    mesh = Mesh(random.normal(size=(9, 3)), random.integers(0, 9, (25, 3)).astype(np.int32))
    whole = mesh.area()
    monkeypatch.setattr(meshes, "AT_ONCE", 4)
    assert np.array_equal(mesh.area(), whole)
    first, *others = mesh.vertices[mesh.triangles[0]]
    assert whole[0] == pytest.approx(np.linalg.norm(np.cross(*(others - first))) / 2)
