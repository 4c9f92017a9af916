"""Samples of a surface are uniform by area, independent, and repeatable."""

import sys

import numpy as np
import pytest
from scipy.stats import chisquare

from lcpc.data import sampling
from lcpc.data.meshes import Mesh
from lcpc.data.off import read_off
from lcpc.data.shapes.primitives import Cuboid, block, join
from lcpc.errors import DataError, MissingTool

CUBOID = block(Cuboid(np.zeros(3), np.array([1.0, 2, 3])))
SIDE_AREAS = np.array([6.0, 6, 3, 3, 2, 2])  # x = 0, x = 1, y = 0, y = 2, z = 0, z = 3


def sides(points):
    """How many points lie on each side of the cuboid."""
    return np.array([np.isclose(points[:, axis], end).sum() for axis, side in enumerate((1, 2, 3)) for end in (0, side)])


def test_each_side_gets_points_by_its_area():
    points = sampling.sample_surface(CUBOID, 20_000, seed=1)
    assert points.shape == (20_000, 3)
    counts = sides(points)
    assert chisquare(counts, SIDE_AREAS / SIDE_AREAS.sum() * counts.sum()).pvalue > 1e-3


def test_points_are_uniform_within_a_triangle():
    corner = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]], np.int32))
    points = sampling.sample_surface(corner, 20_000, seed=2)
    near = (points[:, 0] + points[:, 1] < 0.5).sum()
    assert chisquare([near, 20_000 - near], [5_000, 15_000]).pvalue > 1e-3


def test_first_points_are_themselves_a_uniform_sample():
    counts = sum(sides(sampling.sample_surface(CUBOID, 1024, seed)[:16]) for seed in range(400))
    assert chisquare(counts, SIDE_AREAS / SIDE_AREAS.sum() * counts.sum()).pvalue > 1e-3


def test_finer_triangles_do_not_draw_more_points():
    left = block(Cuboid(np.zeros(3), np.ones(3)))
    pieces = [block(Cuboid(np.array([2 + i / 8, 0, 0]), np.array([2 + (i + 1) / 8, 1, 1]))) for i in range(8)]
    points = sampling.sample_surface(join(left, *pieces), 20_000, seed=3)
    areas = [left.area().sum(), join(*pieces).area().sum()]
    assert (points[:, 0] < 1.5).mean() == pytest.approx(areas[0] / sum(areas), abs=0.02)


def test_equal_seeds_give_equal_clouds_whatever_was_drawn_between():
    first = sampling.cloud(CUBOID, 256, seed=2**62 + 5)
    other = sampling.cloud(CUBOID, 256, seed=6)
    assert np.array_equal(first, sampling.cloud(CUBOID, 256, seed=2**62 + 5))
    assert not np.array_equal(first, other)


def test_cloud_is_centred_in_the_unit_ball_on_the_grid():
    cloud = sampling.cloud(CUBOID, 1024, seed=1)
    assert cloud.dtype == np.float32
    assert np.abs(cloud.mean(axis=0)).max() < 1e-4
    assert np.linalg.norm(cloud, axis=1).max() == pytest.approx(1, abs=1e-4)
    assert np.array_equal(cloud * 2**16, np.round(cloud * 2**16))


def test_original_mesh_and_stored_cloud_describe_the_same_surface(shared):
    """The stored clouds of ModelNet40 are area samples of the same meshes: moments agree within sampling error."""
    with np.load(shared / "data" / "modelnet40_points1024" / "train.npz") as stored:
        cloud = stored["points"][list(stored["name"]).index("bathtub_0001")]
    ours = sampling.cloud(read_off(shared / "data" / "modelnet_off" / "bathtub_0001.off"), 1024, seed=1)
    assert np.sort(ours.std(axis=0)) == pytest.approx(np.sort(cloud.std(axis=0)), abs=0.03)


def test_points_that_coincide_are_refused():
    with pytest.raises(DataError, match=r"a cloud of 4 points has radius 0.0"):
        sampling.normalise(np.ones((4, 3)))


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ("libusb-1.0.so.0: cannot open shared object file", "apt-get install libusb-1.0-0"),
        ("libGL.so.1: cannot open shared object file", "apt-get install libgl1"),
        ("No module named 'open3d'", "pip install open3d"),
    ],
)
def test_missing_library_names_the_command_that_installs_it(message, command):
    assert command in sampling.remedy(message)


def test_missing_open3d_is_a_missing_tool(monkeypatch):
    monkeypatch.setitem(sys.modules, "open3d", None)
    with pytest.raises(MissingTool, match="Open3D cannot be loaded"):
        sampling.open3d()
    assert "Open3D cannot be loaded" in sampling.missing()
