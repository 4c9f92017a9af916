"""The embedded shapes follow from their identity alone, vary within a class, and fill the unit ball."""

import subprocess
import sys

import numpy as np
import pytest

from lcpc import config
from lcpc.data import point_clouds, sampling
from lcpc.data.point_clouds import shapes40
from lcpc.data.seeds import seed_of
from lcpc.data.shapes import generator
from lcpc.data.shapes.primitives import KINDS
from lcpc.errors import DataError


@pytest.fixture(scope="module")
def few():
    return shapes40.sample("test", seed=1, per_class=4, points=256)


def chamfer(one, other):
    """Mean squared distance to the nearest point, both ways."""
    squared = np.square(one[:, None] - other[None]).sum(axis=2)
    return squared.min(axis=0).mean() + squared.min(axis=1).mean()


def test_classes_are_those_of_modelnet40_in_its_order(shared):
    names = (shared / "data" / "modelnet40_points1024" / "classes.txt").read_text().split()
    assert tuple(names) == generator.classes()
    assert list(generator.classes()) == sorted(generator.classes())


def test_set_is_ordered_class_by_class_and_named(few):
    assert few.points.shape == (160, 256, 3)
    assert few.label.tolist() == [kind for kind in range(40) for _ in range(4)]
    assert few.samples[[0, 5]].tolist() == ["airplane_test_0000", "bathtub_test_0001"]
    assert few.provenance["seed"] == 1


def test_every_cloud_touches_the_unit_ball_and_is_centred(few):
    assert np.linalg.norm(few.points, axis=2).max(axis=1) == pytest.approx(np.ones(160), abs=1e-4)
    assert np.abs(few.points.mean(axis=1)).max() < 1e-4


def test_no_class_has_a_flat_or_broken_mesh():
    for kind in generator.classes():
        for index in range(8):
            mesh = shapes40.mesh(kind, "train", index, seed=3)
            assert np.isfinite(mesh.vertices).all(), (kind, index)
            assert mesh.triangles.max() < len(mesh.vertices)
            assert mesh.area().sum() > 0
            assert np.ptp(mesh.vertices, axis=0).min() > 0.01, (kind, index)


def test_cloud_does_not_depend_on_what_was_made_before(few):
    for kind, index in (("xbox", 3), ("airplane", 0), ("chair", 2)):
        seed = seed_of("shapes40", 1, "test", kind, index, "points")
        alone = sampling.cloud(shapes40.mesh(kind, "test", index, 1), 256, seed)
        assert np.array_equal(alone, few.points[list(few.samples).index(f"{kind}_test_{index:04d}")])


def test_longer_set_begins_each_class_with_the_shorter_one(few):
    longer = shapes40.sample("test", seed=1, per_class=5, points=256)
    assert np.array_equal(longer.points.reshape(40, 5, 256, 3)[:, :4], few.points.reshape(40, 4, 256, 3))


def test_fresh_process_makes_the_same_set(few):
    code = ("from lcpc.data.point_clouds import shapes40; "
            "print(shapes40.sample('test', seed=1, per_class=4, points=256).digest)")
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == few.digest


def test_split_and_seed_make_other_shapes():
    meshes = [shapes40.mesh("chair", *identity) for identity in (("train", 0, 1), ("test", 0, 1), ("train", 0, 2))]
    sizes = {tuple(np.ptp(mesh.vertices, axis=0).round(6)) for mesh in meshes}
    assert len(sizes) == 3


def test_instances_of_a_class_differ_by_more_than_sampling():
    """Distance between two instances, against that between two samples of one instance."""
    for kind in generator.classes():
        meshes = [shapes40.mesh(kind, "train", index, 1) for index in range(6)]
        one, again = ([sampling.cloud(mesh, 256, seed) for mesh in meshes] for seed in (1, 2))
        same = np.median([chamfer(a, b) for a, b in zip(one, again, strict=True)])
        other = np.median([chamfer(one[i], one[j]) for i in range(6) for j in range(i)])
        assert other > 1.5 * same, (kind, other / same)


@pytest.mark.parametrize(("kind", "split"), [("spoon", "train"), ("chair", "validation")])
def test_unknown_class_or_split_is_refused(kind, split):
    with pytest.raises(DataError, match=f"there is no class '{kind}' in a split '{split}'. Classes: airplane, bathtub"):
        shapes40.mesh(kind, split, 0, seed=1)


def test_set_needs_no_files(tmp_path):
    settings = config.parse({"dataset": {"name": "shapes40"}}, "mine", "mine.yaml")
    assert shapes40.missing(settings, tmp_path / "nowhere") == ""
    assert point_clouds.input_files(settings, tmp_path) == []


def test_every_part_of_the_tables_is_understood():
    """A slip in a line that is rarely drawn shows here: all alternatives are drawn, whatever their chance."""
    def drawn(items, seen):
        for item in items:
            if isinstance(item, list):
                drawn(item, seen)
            else:
                seen.append(item)
                for key in ("one of", "parts"):
                    drawn(item.get(key, []), seen)
        return seen

    tables = generator.tables()
    known = {"let", "size", "chance", "one of", "parts", "part", "use", "x", "y", "z", "mirror", "turn", "repeat", "spin",
             "grid", "gap", *generator.OPTIONS}
    used = set()
    for name, items in [*tables["shared"].items(), *tables["classes"].items()]:
        for item in drawn(items, []):
            assert set(item) <= known, (name, item)
            assert item.get("part", "box") in KINDS, (name, item)
            assert item.get("use", "legs") in tables["shared"], (name, item)
            used.add(item.get("use"))
    assert set(tables["shared"]) <= used
