"""`lcpc train`: weights by their name, what a training took beside them; devices are checked first."""

import json

import pytest
import yaml

from lcpc import checkpoints
from lcpc.cli import main
from lcpc.results.provenance import file_digest

RUN = {
    "dataset": {"name": "shapes40", "train_per_class": 2, "test_per_class": 1, "stored_points": 32},
    "proposed": [{"sizes": ["micro"], "points": [32], "lambdas": [10, 1000], "training": {"epochs": 1}}],
    "input_compression": {"codecs": ["draco"], "points": [16], "classifier": {"epochs": 1}},
    "reconstruction": {"lambdas": [10], "epochs": 1},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "config").mkdir()
    (folder / "Snakefile").touch()
    (folder / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    assert main(["--root", str(folder), "data", "--run", "mine"]) == 0
    assert train(folder, "proposed_micro_P32") == 0
    return folder


def train(project, name, *options):
    return main(["--root", str(project), "train", name, "--run", "mine", *options])


def test_what_a_training_took_is_written_beside_its_weights(project):
    weights = project / "checkpoints" / "mine" / "proposed_micro_P32.pt"
    stats = json.loads(weights.with_suffix(".json").read_text())
    assert stats["seconds"] > 0
    assert (stats["threads"], stats["device"]) == (1, "")
    assert stats["machine"]["cores"] >= 1
    assert stats["weights"] == file_digest(weights)


def test_decoders_train_on_the_weights_of_their_curve(project):
    assert train(project, "reconstruction_micro_P32") == 0
    folder = project / "checkpoints" / "mine"
    content = checkpoints.read(folder / "reconstruction_micro_P32.pt")
    assert content["codec_digest"] == file_digest(folder / "proposed_micro_P32.pt")
    assert not list(folder.glob("resume/*"))


def test_weights_that_the_run_does_not_train_are_named_with_the_nearest(project, capsys):
    assert train(project, "proposed_micro_P64") == 2
    assert "run mine makes no 'proposed_micro_P64'. Did you mean 'proposed_micro_P32'?" in capsys.readouterr().err


@pytest.mark.parametrize("by_option", [True, False])
def test_a_device_that_is_not_here_is_refused_before_anything_is_touched(project, capsys, monkeypatch, by_option):
    weights = project / "checkpoints" / "mine" / "proposed_micro_P32.pt"
    before = weights.read_bytes()
    if not by_option:
        monkeypatch.setenv("LCPC_DEVICE", "warp")
    assert train(project, "proposed_micro_P32", *(["--device", "warp"] if by_option else [])) == 2
    assert "lcpc: --device warp cannot be used here" in capsys.readouterr().err
    assert weights.read_bytes() == before


def test_a_variable_that_is_empty_means_the_processor(project, monkeypatch):
    monkeypatch.setenv("LCPC_DEVICE", "")
    assert train(project, "pointnet_P16") == 0
    assert json.loads((project / "checkpoints" / "mine" / "pointnet_P16.json").read_text())["device"] == ""


def test_a_killed_training_does_not_go_on_with_other_code(tmp_path, caplog):
    from lcpc.training import forget_other_code

    resume = tmp_path / "resume" / "proposed_micro_P32.pt"
    forget_other_code(resume, "code of before")
    resume.write_text("half")
    forget_other_code(resume, "code of before")
    assert resume.is_file()
    with caplog.at_level("INFO", "lcpc.training"):
        forget_other_code(resume, "code of today")
    assert not resume.exists()
    assert "the code has changed since it was killed" in caplog.text
