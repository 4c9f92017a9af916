"""Meshes where a run has them, else clouds; pictures are true to depth and light."""

import numpy as np
import pytest

from lcpc.data.point_clouds import shapes40
from lcpc.errors import MissingData
from lcpc.figures import _shading, dataset_meshes
from lcpc.figures.render import render
from lcpc.results.store import Results

SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], float)
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


@pytest.fixture
def demo(project):
    (project / "config").mkdir()
    (project / "config" / "demo.yaml").write_text("dataset: {name: shapes40}\n")
    return Results(project, "demo")


def test_fifteen_meshes_of_fifteen_classes_are_shown(demo):
    points = dataset_meshes.points(demo)
    assert len(set(points["class"])) == len(points) == 15
    assert set(points["drawn"]) == {"mesh"}
    chair = points[points["class"] == "chair"].iloc[0]
    assert chair["faces"] == len(shapes40.mesh("chair", "test", 0, seed=1).triangles)
    assert set(points["_file"]) == {"config/demo.yaml"}


def test_a_data_set_of_clouds_shows_clouds_and_each_object_once(project, monkeypatch):
    monkeypatch.delenv("LCPC_DATA", raising=False)
    (project / "config").mkdir()
    settings = "dataset: {name: folder, folder: pets, stored_points: 8}\n"
    (project / "config" / "mine.yaml").write_text(settings)
    for split in ("train", "test"):
        (project / "data" / "pets" / "cat" / split).mkdir(parents=True)
        for index in range(2):
            np.savez(project / "data" / "pets" / "cat" / split / f"{index}.npz",
                     points=np.eye(3)[[0, 1, 2, 0, 1]])
    points = dataset_meshes.points(Results(project, "mine"))
    assert sorted(points["sample"]) == ["0", "1"]
    assert set(points["drawn"]) == {"cloud"}
    assert (set(points["dataset"]), set(points["faces"])) == ({"pets"}, {0})


def test_equal_runs_give_equal_files(demo, project, monkeypatch):
    monkeypatch.setattr(dataset_meshes, "PIXELS", 40)
    for name in ("one", "two"):
        render("dataset_meshes", demo, project / name)
    for kind in ("png", "pdf", "csv", "json"):
        one, two = ((project / name / f"dataset_meshes.{kind}").read_bytes()
                    for name in ("one", "two"))
        assert one == two


def test_runs_without_data_are_told_where_to_look(published, project):
    with pytest.raises(MissingData,
                       match="run published has no data set.*run `lcpc figure dataset_meshes "
                             "--run demo`"):
        dataset_meshes.points(published)
    (project / "config").mkdir()
    (project / "config" / "mine.yaml").write_text("description: nothing\n")
    with pytest.raises(MissingData, match="run mine names no dataset"):
        dataset_meshes.points(Results(project, "mine"))


def test_a_triangle_leaves_no_pixel_empty():
    seen = np.array([[-0.9, -0.9, 0], [0.9, -0.8, 0], [0.1, 0.9, 0]])
    depth, owner = _shading.nearest(seen, np.array([[0, 1, 2]], np.int32), 200)
    rows = [np.flatnonzero(line >= 0) for line in owner]
    inside = [line for line in rows if len(line)]
    assert all(np.array_equal(line, np.arange(line[0], line[-1] + 1)) for line in inside)
    area = 0.5 * abs(np.cross(seen[1, :2] - seen[0, :2], seen[2, :2] - seen[0, :2])) * 100**2
    assert (owner >= 0).sum() == pytest.approx(area, rel=0.03)
    assert np.isfinite(depth[owner >= 0]).all()


def test_the_nearer_of_two_triangles_is_seen_in_any_order():
    near, far = SQUARE * [0.3, 0.3, 0] + [0, 0, 0.5], SQUARE * 0.8
    for first, second, expected in ((near, far, 0), (far, near, 2)):
        _, owner = _shading.nearest(np.concatenate([first, second]),
                                    np.concatenate([FACES, FACES + 4]), 100)
        assert set(owner[45:55, 45:55].ravel().tolist()) <= {expected, expected + 1}


def test_pieces_change_nothing(monkeypatch):
    mesh = shapes40.mesh("chair", "test", 0, seed=1)
    whole = _shading.picture(mesh.vertices, mesh.triangles, 60)
    monkeypatch.setattr(_shading, "AT_ONCE", 500)
    assert np.array_equal(_shading.picture(mesh.vertices, mesh.triangles, 60), whole)


def test_winding_does_not_change_the_picture():
    mesh = shapes40.mesh("sofa", "test", 0, seed=1)
    flipped = _shading.picture(mesh.vertices, mesh.triangles[:, ::-1], 60)
    assert np.abs(flipped - _shading.picture(mesh.vertices, mesh.triangles, 60)).mean() < 0.01


def test_a_picture_fits_its_frame_and_is_clear_around_the_object():
    for vertices, faces in ((SQUARE, FACES), (SQUARE * 1000 + 7, FACES), (SQUARE, FACES[:0])):
        image = _shading.picture(vertices, faces, 50)
        assert image.shape == (50, 50, 4)
        assert image.min() >= 0
        assert image.max() <= 1
        assert image[0, 0, 3] == 0
        assert image[20:30, 20:30, 3].any() == bool(len(faces))


def test_the_top_is_lighter_than_the_shaded_side():
    turned = np.array([[_shading.camera()[:, 2], [0.9, -0.3, 0.1]]])
    light = _shading.shade(turned, np.zeros((1, 2)), np.ones((1, 2), bool), is_mesh=False)
    assert light[0, 0] > light[0, 1] + 0.1
