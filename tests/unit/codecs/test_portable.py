"""A file of anyone's mesh or cloud names its model; what is foreign, cut or altered is refused in words."""

import os
import subprocess
import sys
import threading
import tomllib
import zlib
from pathlib import Path

import numpy as np
import pytest

from lcpc.cli import main
from lcpc.codecs import portable
from lcpc.codecs.shipped import base
from lcpc.data.meshes import Mesh
from lcpc.data.store import npz_bytes
from lcpc.errors import BitstreamError, ConfigError, DataError, MissingData

REPOSITORY = Path(__file__).parents[3]
TETRAHEDRON = "OFF\n4 4 6\n0 0 0\n2 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 0 1 3\n3 0 2 3\n3 1 2 3\n"
MODEL = "micro-64-80"
WEIGHTS = "results/workstation/rate_accuracy/proposed_micro_P64.weights.npz"


@pytest.fixture
def root(curve, tmp_path):
    (tmp_path / WEIGHTS).parent.mkdir(parents=True)
    (tmp_path / WEIGHTS).write_bytes(base.weights_file(curve))
    (tmp_path / "mesh.off").write_text(TETRAHEDRON)
    points = np.random.default_rng(1).normal(size=(100, 3)).astype(np.float32)
    (tmp_path / "cloud.npz").write_bytes(npz_bytes({"points": points}))
    return tmp_path


@pytest.fixture
def file(root):
    portable.encode_to(root, root / "mesh.off", MODEL, root / "mesh.lcpc")
    return root / "mesh.lcpc"


@pytest.mark.parametrize("source", ["mesh.off", "cloud.npz"])
def test_a_file_decodes_to_the_class_of_its_stream(root, curve, source):
    content = portable.encode(root, root / source, MODEL)
    path = root / "x.lcpc"
    path.write_bytes(content)
    decoded = portable.decode(root, path)
    points = portable.cloud(root / source, 64, 1)
    symbols = base.symbols_of(curve.latents(points[None], 80.0))
    logits = curve.classify(symbols, 80.0)[0]
    assert decoded.classes[0] == "abcdefg"[logits.argmax()]
    assert sum(decoded.probabilities) == pytest.approx(1)
    assert decoded.probabilities == sorted(decoded.probabilities, reverse=True)
    (stream,) = curve.encode(symbols, 80.0)
    assert (decoded.stream_bits, decoded.file_bytes) == (8 * len(stream), len(content))
    assert content.endswith(stream + zlib.crc32(content[:-4]).to_bytes(4, "big"))


@pytest.mark.parametrize("name", ["none.off", "none.ply", "none.obj", "none.npz", "none", "."])
def test_a_mesh_that_is_not_there_is_named_without_advice_for_data_sets(root, name):
    path, state = root / name, "is a folder" if name == "." else "is not there"
    with pytest.raises(MissingData) as error:
        portable.encode(root, path, MODEL)
    assert str(error.value) == f"{path} {state}; name a file that holds a mesh or a cloud: .npz, .obj, .off, .ply"


def test_equal_seeds_give_equal_files_and_others_do_not(root):
    files = [portable.encode(root, root / "mesh.off", MODEL, seed) for seed in (1, 1, 2)]
    assert files[0] == files[1] != files[2]


def test_a_model_may_be_named_in_full(root):
    short, full = (portable.encode(root, root / "mesh.off", name)
                   for name in (MODEL, "workstation/proposed-micro-64-80"))
    assert short == full
    assert b"workstation/proposed-micro-64-80" in short


@pytest.mark.parametrize(("name", "kind", "words"), [
    ("micro", DataError, "'micro' is no model; write size, P and lambda, such as micro-1024-80"),
    ("mikro-64-80", DataError, "'mikro-64-80' is no model; .* Did you mean 'micro-64'[?] Known: micro-64[.]"),
    ("../../x/micro-64-80", DataError, "is no model"),
    ("../micro-64-80", DataError, "is no model"),
    ("micro-64-8.0.0", DataError, "is no model"),
    (f"micro-{'9' * 5000}-80", DataError, "'micro-9{72}.* is no model"),
    (f"{'r' * 300}/micro-64-80", DataError, "is no model"),
    ("micro-32-80", MissingData, "has no weights of proposed-micro-32. Did you mean 'micro-64'[?] Known: micro-64[.] A lambda"),
    ("demo/micro-64-80", MissingData, "run demo has no weights of proposed-micro-64. Did you mean 'micro-64'[?]"),
    ("micro-64-20", ConfigError, "has no lambda 20; it has 10, 80"),
])
def test_a_model_that_is_not_here_is_refused_with_those_that_are(root, name, kind, words):
    with pytest.raises(kind, match=words):
        portable.encode(root, root / "mesh.off", name)


def test_a_cloud_with_fewer_points_than_the_model_takes_is_refused(root):
    points = np.ones((63, 3), np.float32)
    (root / "small.npz").write_bytes(npz_bytes({"points": points}))
    with pytest.raises(DataError, match=r"small.npz: holds 63 points, but the model takes 64"):
        portable.encode(root, root / "small.npz", MODEL)


def test_a_foreign_file_is_refused(root):
    with pytest.raises(BitstreamError, match=r"mesh.off is no file of `lcpc encode`"):
        portable.decode(root, root / "mesh.off")
    with pytest.raises(MissingData, match="not there"):
        portable.decode(root, root / "none.lcpc")


def test_a_folder_in_the_place_of_a_file_is_named_as_one(root, tmp_path):
    with pytest.raises(DataError, match="is a folder; name a file of `lcpc encode`"):
        portable.decode(root, tmp_path)


def test_the_input_is_not_written_over(root):
    before = (root / "mesh.off").read_bytes()
    (root / "link.lcpc").symlink_to("mesh.off")
    for target in ("mesh.off", "link.lcpc"):
        with pytest.raises(ConfigError, match=f"--out .*{target} is the input itself; name another"):
            portable.encode_to(root, root / "mesh.off", MODEL, root / target)
    assert (root / "mesh.off").read_bytes() == before


def test_a_pipe_is_no_mesh_but_decodes(root, file, tmp_path):
    pipe = tmp_path / "pipe.off"
    os.mkfifo(pipe)
    with pytest.raises(MissingData, match=r"pipe.off is a pipe or a device; name a file"):
        portable.encode(root, pipe, MODEL)
    writer = threading.Thread(target=pipe.write_bytes, args=(file.read_bytes(),))
    writer.start()
    assert portable.decode(root, pipe) == portable.decode(root, file)
    writer.join()


@pytest.mark.parametrize(("size", "place"), [(0.0, "all at one place"), (1e300, "too far apart")])
def test_a_cloud_without_a_size_is_refused_by_name(root, size, place):
    np.savez(root / "odd.npz", points=size * np.random.default_rng(1).normal(size=(64, 3)))
    with pytest.raises(DataError, match=rf"odd.npz: a cloud of 64 points has radius .*: they are {place}"):
        portable.encode(root, root / "odd.npz", MODEL)


def test_curves_are_listed_as_models_are_named(root):
    for file in ("beyond/mixed/lite_P8_seed1", "beyond/mixed/lite_P8_seed3",
                 "beyond/mixed/lite_P8_mixing-alone_seed1"):
        path = root / "results" / f"{file}.weights.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    known = portable.known_models(root)
    assert known == ["beyond/mixed-lite-8", "beyond/mixed-lite-8-seed3", "micro-64"]
    assert all(portable.model_named(root, f"{name}-80") for name in known)


def test_every_cut_file_is_refused(root, file):
    content = file.read_bytes()
    for end in range(len(content)):
        file.write_bytes(content[:end])
        with pytest.raises(BitstreamError, match=r"mesh.lcpc (is no file|was cut or altered)"):
            portable.decode(root, file)


def test_every_altered_byte_is_refused(root, file):
    content = file.read_bytes()
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1:])
        with pytest.raises(BitstreamError, match=r"mesh.lcpc (is no file|was cut or altered)"):
            portable.decode(root, file)


def test_a_file_of_other_weights_is_refused(root, file):
    path = root / WEIGHTS
    with np.load(path) as arrays:
        content = dict(arrays)
    content["80.decoder.2.bias"] = content["80.decoder.2.bias"] + 1
    path.write_bytes(npz_bytes(content))
    with pytest.raises(BitstreamError, match="was written by other weights of workstation/proposed-micro-64-80"):
        portable.decode(root, file)


def test_a_huge_file_is_refused_unread(root, file):
    file.write_bytes(bytes(portable.MOST_BYTES + 1))
    with pytest.raises(BitstreamError, match="no file of `lcpc encode` is so large"):
        portable.decode(root, file)


def test_a_surface_is_sampled_by_area_and_nowhere_else():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 5], [3, 0, 5], [0, 1, 5.0]])
    mesh = Mesh(vertices, np.array([[0, 1, 2], [3, 4, 5]], np.int32))
    points = portable.surface_points(mesh, 20_000, np.random.default_rng(1))
    low, high = points[points[:, 2] == 0], points[points[:, 2] == 5]
    assert len(low) + len(high) == len(points)
    assert len(high) / len(low) == pytest.approx(3, rel=0.05)
    assert (low[:, :2] >= 0).all()
    assert low[:, :2].sum(axis=1).max() <= 1 + 1e-12
    assert low.mean(axis=0)[:2] == pytest.approx([1 / 3, 1 / 3], abs=0.02)


def test_a_mesh_whose_area_is_not_finite_is_refused():
    huge = Mesh(np.array([[0, 0, 0], [1e300, 0, 0], [0, 1e300, 0]]), np.array([[0, 1, 2]]))
    with pytest.raises(DataError, match="no finite area"):
        portable.surface_points(huge, 8, np.random.default_rng(1))


def test_the_commands_print_class_and_bits(root, capsys):
    (root / "Snakefile").touch()
    words = ["--root", str(root)]
    assert main([*words, "encode", str(root / "mesh.off"), "--model", MODEL, "-o", str(root / "y.lcpc")]) == 0
    assert "y.lcpc: " in capsys.readouterr().out
    assert main([*words, "decode", str(root / "y.lcpc")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("workstation/proposed-micro-64-80: ")
    assert "bits of stream" in said
    assert main([*words, "decode", str(root / "mesh.off")]) == 2


def test_neither_torch_nor_compressai_nor_pandas_is_loaded_for_it(root):
    code = (f"import sys; from lcpc.cli import main; root = {str(root)!r}; "
            "main(['--root', root, 'encode', root + '/mesh.off', '--model', 'micro-64-80', '-o', root + '/z.lcpc']); "
            "main(['--root', root, 'decode', root + '/z.lcpc']); "
            "print([name for name in ('torch', 'compressai', 'pandas', 'pydantic', 'open3d') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def prefix(tmp_path, monkeypatch):
    """Where pip installs data, for all schemes, and the code with them."""
    monkeypatch.setattr(portable, "CLONE", tmp_path / "prefix/lib/python/site-packages")
    monkeypatch.setattr("sysconfig.get_path", lambda name, scheme: str(tmp_path / "prefix"))
    return tmp_path / "prefix"


def test_outside_a_project_the_weights_are_those_of_the_installed_package(root, file, prefix):
    installed = prefix / "share/lcpc" / WEIGHTS
    installed.parent.mkdir(parents=True)
    (root / WEIGHTS).rename(installed)
    outside = root / "outside"
    outside.mkdir()
    assert portable.encode(outside, root / "mesh.off", MODEL) == file.read_bytes()
    assert portable.decode(outside, file).model == "workstation/proposed-micro-64-80"
    with pytest.raises(MissingData, match="has no weights of proposed-micro-32. Did you mean 'micro-64'"):
        portable.encode(outside, root / "mesh.off", "micro-32-80")


def test_outside_a_project_the_weights_are_those_of_the_clone_that_the_code_is_in(root, file, monkeypatch):
    monkeypatch.setattr(portable, "CLONE", root)
    outside = root / "outside"
    outside.mkdir()
    assert portable.encode(outside, root / "mesh.off", MODEL) == file.read_bytes()


def test_outside_a_project_and_without_installed_weights_a_clone_is_asked_for(tmp_path, prefix):
    with pytest.raises(MissingData, match="is no lcpc project: it has no config/. Go to a clone"):
        portable.encode(tmp_path, tmp_path / "mesh.off", MODEL)


def test_weights_of_all_shipped_curves_come_with_the_package():
    tools = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]
    installed = []
    for target, patterns in tools["setuptools"]["data-files"].items():
        for pattern in patterns:
            found = [path.relative_to(REPOSITORY) for path in REPOSITORY.glob(pattern)]
            assert {portable.INSTALLED / path.parent for path in found} == {Path(target)}
            installed += found
    shipped = REPOSITORY.glob(portable.SHIPPED)
    assert sorted(installed) == sorted(path.relative_to(REPOSITORY) for path in shipped)
