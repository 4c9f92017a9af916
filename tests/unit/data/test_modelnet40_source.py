"""From a zip of OFF meshes to clouds: fetched only when asked, checked against the official split, sampled and resumed."""

import hashlib
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lcpc import config
from lcpc.data import modelnet40_source, point_clouds, sampled
from lcpc.data.point_clouds import modelnet40, shapes40
from lcpc.errors import ConfigError, DataError, MissingData

KINDS = ("bed", "chair", "cone")


def off_text(kind, split, index, glued):
    mesh = shapes40.mesh(kind, split, index, seed=1)
    counts = f"{len(mesh.vertices)} {len(mesh.triangles) + 1} 0"
    lines = [f"OFF{counts}" if glued else f"OFF\n{counts}"]
    lines += [f"{x} {y} {z}" for x, y, z in mesh.vertices] + [f"3 {a} {b} {c}" for a, b, c in mesh.triangles]
    return "\n".join([*lines, "3 0 0 0", ""])  # a degenerate face, as the official archive has them


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A small archive of procedural meshes in the layout of the official one."""
    path = tmp_path_factory.mktemp("archive") / "ModelNet40.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for kind in KINDS:
            for split, numbers in (("train", (1, 2)), ("test", (3,))):
                for index in numbers:
                    name = f"ModelNet40/{kind}/{split}/{kind}_{index:04d}.off"
                    opened.writestr(name, off_text(kind, split, index, glued=kind == "chair"))
        opened.writestr("ModelNet40/.DS_Store", "x")
    return path


@pytest.fixture
def project(tmp_path, packed, monkeypatch):
    """A project whose official split is that of the small archive."""
    (tmp_path / "results" / "published").mkdir(parents=True)
    (tmp_path / modelnet40.TEST_COUNTS).write_text("class,count\n" + "".join(f"{kind},1\n" for kind in KINDS))
    monkeypatch.setattr(modelnet40, "CLOUDS", {"train": (6,), "test": (3,)})
    monkeypatch.delenv("LCPC_DATA", raising=False)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ModelNet40.zip").write_bytes(packed.read_bytes())
    return tmp_path


def settings(**dataset):
    plain = {"name": "modelnet40", "folder": "clouds", "source": "ModelNet40.zip", "stored_points": 96, **dataset}
    return config.parse({"dataset": plain}, "mine", "config/mine.yaml")


def test_an_archive_becomes_clouds_of_the_official_split(project):
    digests = point_clouds.make(settings(), project)
    train, test = (point_clouds.load(settings(), project, split) for split in ("train", "test"))
    assert digests == {"train": train.digest, "test": test.digest}
    assert (train.name, train.classes) == ("modelnet40", KINDS)
    assert train.points.shape == (6, 96, 3)
    assert test.samples.tolist() == ["bed_0003", "chair_0003", "cone_0003"]
    assert np.abs(train.points.mean(axis=1)).max() < 1e-4
    assert np.linalg.norm(train.points, axis=2).max(axis=1) == pytest.approx(np.ones(6), abs=1e-4)
    assert not (project / "data" / "clouds" / sampled.PARTS).exists()


def test_without_a_source_the_archive_in_the_data_root_is_taken(project):
    assert point_clouds.make(settings(source=""), project) == point_clouds.make(settings(folder="again"), project)


def test_without_a_source_and_an_archive_one_command_is_named_with_address_size_and_terms(project):
    (project / "data" / "ModelNet40.zip").unlink()
    reason = modelnet40.missing(settings(source=""), project)
    for words in (modelnet40.ARCHIVE_ADDRESS, "about 2 GB", "academic research only", "`lcpc data --run mine --download`"):
        assert words in reason


def test_two_processes_make_the_same_bytes_as_one(project, monkeypatch):
    monkeypatch.setattr(sampled, "PIECE", 2)
    point_clouds.make(settings(), project, threads=1)
    point_clouds.make(settings(folder="again"), project, threads=2)
    one, two = ((project / "data" / name / "SHA256SUMS").read_text() for name in ("clouds", "again"))
    assert one == two


def test_a_cloud_follows_from_its_name_and_the_seed_not_from_its_company(project, tmp_path):
    point_clouds.make(settings(), project)
    before = point_clouds.load(settings(), project, "test").points[2]
    meshes = project / "data" / "clouds" / "meshes" / "ModelNet40"
    for kind in ("bed", "chair"):
        for path in (meshes / kind).rglob("*.off"):
            path.rename(path.with_name("z" + path.name))
    modelnet40_source.convert(meshes, tmp_path / "alone", seed=1, points=96)
    alone = modelnet40.read("test", tmp_path / "alone")
    assert np.array_equal(alone.points[alone.samples == "cone_0003"][0], before)


def test_an_interrupted_making_goes_on(project, monkeypatch):
    monkeypatch.setattr(sampled, "PIECE", 2)
    made, real = [], sampled.make

    def breaks(piece):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(piece.target.name)
        real(piece)

    monkeypatch.setattr(sampled, "make", breaks)
    with pytest.raises(KeyboardInterrupt):
        point_clouds.make(settings(), project)
    assert modelnet40.defect(project / "data" / "clouds")
    monkeypatch.setattr(sampled, "make", lambda piece: (made.append(piece.target.name), real(piece)))
    point_clouds.make(settings(), project)
    assert len(made) == len(set(made)) == 5  # three pieces of train and two of test, each made once
    point_clouds.make(settings(folder="again"), project)
    one, two = ((project / "data" / name / "SHA256SUMS").read_text() for name in ("clouds", "again"))
    assert one == two


def test_what_is_made_is_not_made_again_and_other_settings_are_refused(project):
    point_clouds.make(settings(), project)
    (project / "data" / "ModelNet40.zip").unlink()
    point_clouds.make(settings(), project)
    with pytest.raises(DataError, match="was made with 96 points a mesh and seed 1, but run mine asks for 64 points .*"
                                        "Name another dataset.folder, or delete this one"):
        point_clouds.make(settings(stored_points=64), project)


def test_an_archive_that_lacks_a_mesh_is_refused_before_sampling(project, monkeypatch):
    monkeypatch.setattr(modelnet40, "CLOUDS", {"train": (9843, 9840), "test": (2468,)})
    with pytest.raises(DataError, match="6 train clouds, but ModelNet40 has 9843. .* a data set of your own is `name: folder`"):
        point_clouds.make(settings(), project)
    assert not (project / "data" / "clouds" / "train.npz").exists()


def test_a_test_split_of_other_class_sizes_is_refused(project):
    (project / modelnet40.TEST_COUNTS).write_text("class,count\nbed,2\nchair,1\ncone,0\n")
    with pytest.raises(DataError, match="1 test clouds of bed, but ModelNet40 has 2"):
        point_clouds.make(settings(), project)


def test_other_classes_are_refused(project):
    (project / modelnet40.TEST_COUNTS).write_text("class,count\nbed,1\nchair,1\nsofa,1\n")
    with pytest.raises(DataError, match=r"its classes are not the 3 of ModelNet40 \(see cone, sofa\)"):
        point_clouds.make(settings(), project)


def test_the_archive_is_held_to_its_checksum(project):
    digest = hashlib.sha256((project / "data" / "ModelNet40.zip").read_bytes()).hexdigest()
    with pytest.raises(DataError, match=f"sha256 is {digest}, but promised is {'0' * 64}"):
        point_clouds.make(settings(sha256="0" * 64), project)
    point_clouds.make(settings(sha256=digest), project)


def test_a_folder_of_meshes_does_as_well(project, packed):
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(project / "data" / "unpacked")
    point_clouds.make(settings(), project)
    point_clouds.make(settings(source="unpacked", folder="again"), project)
    one, two = ((project / "data" / name / "SHA256SUMS").read_text() for name in ("clouds", "again"))
    assert one == two


def test_what_unzip_leaves_beside_the_meshes_is_passed_over(project, packed):
    unpacked = project / "data" / "unpacked"
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(unpacked)
    for place in ("__MACOSX/ModelNet40/bed/train/._bed_0001.off", "ModelNet40/bed/train/._bed_0001.off"):
        (unpacked / place).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / place).write_bytes(b"\0\5\x16\7")
    here = settings(source="unpacked", folder="again")
    assert [Path(file).name for file in point_clouds.input_files(here, project)] == [
        f"{kind}_{index:04d}.off" for kind in KINDS for index in (1, 2, 3)]
    point_clouds.make(here, project)
    point_clouds.make(settings(), project)
    one, two = ((project / "data" / name / "SHA256SUMS").read_text() for name in ("clouds", "again"))
    assert one == two


def test_an_absent_archive_is_told_with_the_way_out(project):
    (project / "data" / "ModelNet40.zip").unlink()
    with pytest.raises(MissingData, match=r"ModelNet40\.zip is not there. Set dataset.source to the path of ModelNet40.zip"):
        point_clouds.make(settings(), project)


def test_an_archive_of_something_else_is_told(project):
    with zipfile.ZipFile(project / "data" / "ModelNet40.zip", "w") as opened:
        opened.writestr("a.off", "OFF")
    with pytest.raises(MissingData, match="holds no meshes <class>/<train|test>/<name>.off. Is it the ModelNet40 archive"):
        point_clouds.make(settings(), project)


def test_a_broken_mesh_is_named(project):
    point_clouds.make(settings(), project)
    mesh = project / "data" / "clouds" / "meshes" / "ModelNet40" / "bed" / "train" / "bed_0001.off"
    mesh.write_text("OFF 1 1 0\n")
    with pytest.raises(DataError, match=r"bed_0001\.off"):
        point_clouds.make(settings(source="clouds/meshes", folder="again"), project)


def test_an_address_is_fetched_only_when_asked(project, packed, monkeypatch):
    (project / "data" / "ModelNet40.zip").unlink()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    handler = partial(SimpleHTTPRequestHandler, directory=packed.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            here = settings(source=f"http://127.0.0.1:{server.server_address[1]}/ModelNet40.zip")
            with pytest.raises(MissingData, match=r"is not there. Fetch it: `lcpc data --run mine --download` \(about 2 GB"):
                point_clouds.make(here, project)
            point_clouds.make(here, project, download=True)
        finally:
            server.shutdown()
            thread.join()
    assert len(point_clouds.load(here, project, "train")) == 6


@pytest.mark.parametrize(("dataset", "message"), [
    ({"name": "shapes40"}, "dataset.name is 'shapes40', but source and sha256 belong to `modelnet40`"),
    ({"sha256": "abc"}, "dataset.sha256 is 'abc'; it must have 64 hexadecimal digits"),
    ({"name": "folder", "source": "", "folder": ""}, "name `folder` needs `folder:`"),
    ({"stored_points": 0}, "dataset.stored_points is 0; it must be greater than 0"),
])
def test_settings_that_make_no_sense_are_refused(dataset, message):
    with pytest.raises(ConfigError, match=message):
        settings(**dataset)
