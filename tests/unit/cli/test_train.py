"""`lcpc train`: what a training took stands beside its weights and in its rows' provenance; devices are checked first."""

import json

import pytest
import yaml

from lcpc.cli import main
from lcpc.results.provenance import file_digest

RUN = {
    "dataset": {"name": "shapes40", "train_per_class": 2, "test_per_class": 1, "stored_points": 32},
    "proposed": [{"sizes": ["micro"], "points": [32], "lambdas": [10, 1000], "training": {"epochs": 1}},
                 {"sizes": ["micro"], "points": [16], "lambdas": [10, 1000], "start_points": 32, "prune_latents": True,
                  "warm_epochs": 0, "training": {"epochs": 3}},
                 {"sizes": ["lite"], "points": [16], "lambdas": [10, 1000], "warm_epochs": 2, "training": {"epochs": 1}}],
    "input_compression": {"codecs": ["draco"], "points": [16], "classifier": {"epochs": 1}},
}
CURVE = ("--run", "mine", "--size", "micro", "--points", "32")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "config").mkdir()
    (root / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    assert main(["--root", str(root), "data", "--run", "mine"]) == 0
    assert main(["--root", str(root), "train", "proposed", *CURVE]) == 0
    return root


def test_rows_tell_what_the_training_behind_them_took(project):
    took = json.loads((project / "checkpoints" / "mine" / "proposed_micro_P32.json").read_text())
    assert took["seconds"] > 0
    assert (took["threads"], took["device"]) == (1, "")
    assert took["machine"]["cores"] >= 1
    assert main(["--root", str(project), "evaluate", "proposed", *CURVE]) == 0
    rows = project / "results" / "mine" / "rate_accuracy" / "proposed_micro_P32.json"
    assert took.pop("weights") == file_digest(project / "checkpoints" / "mine" / "proposed_micro_P32.pt")
    assert json.loads(rows.read_text())["training"] == took


@pytest.mark.parametrize("told", [None, {"weights": "0" * 64, "seconds": 1.0}, {"seconds": 1.0}])
def test_rows_of_weights_from_elsewhere_say_nothing_of_their_training(project, told):
    beside = project / "checkpoints" / "mine" / "proposed_micro_P32.json"
    before = beside.read_text()
    beside.unlink()
    if told:
        beside.write_text(json.dumps(told))
    assert main(["--root", str(project), "evaluate", "proposed", *CURVE]) == 0
    beside.write_text(before)
    rows = project / "results" / "mine" / "rate_accuracy" / "proposed_micro_P32.json"
    assert "training" not in json.loads(rows.read_text())


@pytest.mark.parametrize("by_option", [True, False])
def test_a_device_that_is_not_here_is_refused_before_anything_is_touched(project, capsys, monkeypatch, by_option):
    weights = project / "checkpoints" / "mine" / "proposed_micro_P32.pt"
    before = weights.read_bytes()
    if not by_option:
        monkeypatch.setenv("LCPC_DEVICE", "warp")
    assert main(["--root", str(project), "train", "proposed", *CURVE, *(["--device", "warp"] if by_option else [])]) == 2
    assert "lcpc: --device warp cannot be used here" in capsys.readouterr().err
    assert weights.read_bytes() == before


def test_a_variable_that_is_empty_means_the_processor(project, monkeypatch):
    monkeypatch.setenv("LCPC_DEVICE", "")
    assert main(["--root", str(project), "train", "pointnet", "--run", "mine", "--points", "16"]) == 0
    assert json.loads((project / "checkpoints" / "mine" / "pointnet_P16.json").read_text())["device"] == ""


def test_the_trainings_of_a_run_are_timed_and_summed_up(project, capsys):
    assert main(["--root", str(project), "evaluate", "proposed", *CURVE]) == 0
    capsys.readouterr()
    assert main(["--root", str(project), "bench", "run", "--run", "mine", "--seconds", "0", "--threads", "1"]) == 0
    machine, _, _, _, *lines, _, total = capsys.readouterr().out.strip().splitlines()
    assert machine.startswith("Machine: ")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert [cell[0].split(" latents")[0].rstrip("0123456789") for cell in cells] == [
        "micro, P=", "micro, P=16, ", "lite, P=16, warm start", "lite, P=", "PointNet, P=16, at most"]
    assert [int(cell[2]) for cell in cells] == [3, 9, 6, 3, 3]  # 80 clouds: 3 steps an epoch
    assert all(float(cell[3]) > 0 for cell in cells)
    assert total.startswith("Trainings: 0.0 core-hours; with 1 cores always at work 0.0 hours. Measuring the rows")


def test_without_the_weights_of_its_start_a_pruned_curve_counts_all_latents(project, capsys):
    weights = project / "checkpoints" / "mine" / "proposed_micro_P32.pt"
    weights.rename(project / "aside.pt")
    assert main(["--root", str(project), "bench", "run", "--run", "mine", "--seconds", "0", "--only", "micro"]) == 0
    (project / "aside.pt").rename(weights)
    assert "| micro, P=16, all latents, since the weights that say which are at work are not here |" in capsys.readouterr().out


def test_a_run_without_trainings_is_named(project, capsys):
    (project / "config" / "none.yaml").write_text("dataset: {name: shapes40}\n")
    assert main(["--root", str(project), "bench", "run", "--run", "none"]) == 2
    assert "run none trains nothing on point clouds" in capsys.readouterr().err
