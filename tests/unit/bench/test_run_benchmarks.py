"""Benchmarks on the curves of a run: warm starts, the cost of all trainings, and picking epochs on the test split."""

import json

import numpy as np
import pytest
import torch
import yaml

from lcpc import fast
from lcpc.bench._quality import quality
from lcpc.bench.epoch_selection import Epochs
from lcpc.cli import main
from lcpc.config import load as load_config
from lcpc.jobs import JobContext

RUN = {
    "dataset": {"name": "shapes40", "train_per_class": 2, "test_per_class": 1, "stored_points": 32},
    "proposed": [{"sizes": ["micro"], "points": [32], "lambdas": [10, 1000], "training": {"epochs": 1}},
                 {"sizes": ["micro"], "points": [16], "lambdas": [10, 1000], "start_points": 32, "prune_latents": True,
                  "training": {"epochs": 3}},
                 {"sizes": ["lite"], "points": [16], "lambdas": [10, 1000], "warm_epochs": 2, "training": {"epochs": 1}}],
    "input_compression": {"codecs": ["draco"], "points": [16], "classifier": {"epochs": 1}},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "config").mkdir()
    (folder / "Snakefile").touch()
    (folder / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    assert main(["--root", str(folder), "data", "--run", "mine"]) == 0
    for name in ("proposed_micro_P32", "proposed_lite_P16"):
        assert main(["--root", str(folder), "train", name, "--run", "mine"]) == 0
    return folder


def bench(project, *words):
    return main(["--root", str(project), "bench", *words])


def test_a_warm_start_is_held_against_training_from_scratch_on_clouds_that_nobody_trained_on(project, capsys):
    assert bench(project, "warm_start", "--run", "mine", "--size", "micro", "--points", "32", "--epochs", "4") == 0
    first, _, _, _, *lines = capsys.readouterr().out.strip().splitlines()
    assert first == "micro, P=32, run mine: 72 clouds to train on, 8 held out"
    assert [line.split("|")[1].strip() for line in lines] == ["0, 4", "0, 2", "2, 2"]
    assert all(float(line.split("|")[2]) >= 0 and float(line.split("|")[4]) > 0 for line in lines)


def test_the_trainings_of_a_run_are_timed_and_summed_up(project, capsys):
    rows = project / "results" / "mine" / "rate_accuracy"
    rows.mkdir(parents=True)
    record = {"time": {"seconds": 7200.0}, "machine": {"processor": "P1"}}
    (rows / "proposed_micro_P32.json").write_text(json.dumps(record))
    assert bench(project, "run_cost", "--run", "mine", "--seconds", "0", "--threads", "1") == 0
    machine, _, _, _, *lines, _, total = capsys.readouterr().out.strip().splitlines()
    assert machine.startswith("Machine: ")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert [cell[0].split(" latents")[0].rstrip("0123456789") for cell in cells] == [
        "micro, P=", "micro, P=16, ", "lite, P=16, warm start", "lite, P=", "PointNet, P=16, at most"]
    assert [int(cell[2]) for cell in cells] == [3, 9, 6, 3, 3]  # 80 clouds: 3 steps an epoch
    assert all(float(cell[3]) > 0 for cell in cells)
    assert total.startswith("Trainings: 0.0 core-hours; with 1 cores always at work 0.0 hours. Measuring the rows that")
    assert total.endswith("took 2.0 hours, by their provenance (P1).")


def test_without_the_weights_of_its_start_a_pruned_curve_counts_all_latents(project, capsys):
    weights = project / "checkpoints" / "mine" / "proposed_micro_P32.pt"
    weights.rename(project / "aside.pt")
    assert bench(project, "run_cost", "--run", "mine", "--seconds", "0", "--only", "micro") == 0
    (project / "aside.pt").rename(weights)
    assert "| micro, P=16, all latents, since the weights that say which are used are not here |" in capsys.readouterr().out


def test_a_run_without_trainings_is_named(project, capsys):
    (project / "config" / "none.yaml").write_text("dataset: {name: shapes40}\n")
    assert bench(project, "run_cost", "--run", "none") == 2
    assert "run none trains nothing on point clouds" in capsys.readouterr().err


@pytest.mark.parametrize(("size", "points"), [("micro", "32"), ("lite", "16")])
def test_each_epoch_is_measured_on_the_test_split_and_the_weights_stay(project, capsys, size, points):
    path = project / "checkpoints" / "mine" / f"proposed_{size}_P{points}.pt"
    before = path.read_bytes()
    assert bench(project, "epoch_selection", "--run", "mine", "--size", size, "--points", points, "--epochs", "3") == 0
    first, _, _, _, *lines = capsys.readouterr().out.strip().splitlines()
    assert first.endswith("3 epochs at a constant learning rate, each measured on the 40 test clouds")
    assert [float(line.split("|")[1]) for line in lines] == [10, 1000]
    assert path.read_bytes() == before


def test_what_is_missing_and_what_can_not_be_picked_from_is_said(project, capsys):
    words = ("epoch_selection", "--run", "mine", "--size", "micro", "--points", "16")
    assert bench(project, *words) == 2
    assert "proposed_micro_P16.pt is not there; train it first: lcpc train proposed_micro_P16" in capsys.readouterr().err
    assert bench(project, *words, "--epochs", "1") == 2
    assert "1 epochs of" in capsys.readouterr().err


def test_quality_is_the_loss_of_real_rounding(project, with_channels):
    models, _ = with_channels(4, 12)
    clouds = JobContext(project, load_config(project, "mine")).clouds("test")
    lambdas = (10.0, 80.0)
    rate, top1, loss = quality(fast.stack(models), clouds, 16, lambdas)
    x, label = torch.from_numpy(clouds.first(16)).transpose(1, 2), torch.from_numpy(clouds.label)
    for index, model in enumerate(models):
        with torch.no_grad():
            logits, likelihoods = model(x)
        nats = torch.nn.functional.cross_entropy(logits, label).item()
        bits = -likelihoods.log2().sum(1).mean().item()
        assert rate[index].item() == pytest.approx(bits, rel=1e-4)
        assert top1[index].item() == pytest.approx(100 * (logits.argmax(1) == label).float().mean().item())
        assert loss[index].item() == pytest.approx(bits + lambdas[index] * nats, rel=1e-4)


def test_the_epoch_of_least_loss_is_picked_and_held_against_the_mean_at_its_own_rate():
    rate = np.array([[8.0, 16.0, 32.0], [8.0, 16.0, 32.0], [8.0, 16.0, 32.0]])
    top1 = np.array([[40.0, 60.0, 70.0], [43.0, 57.0, 70.0], [37.0, 63.0, 70.0]])
    loss = np.array([[2.0, 2.0, 2.0], [1.0, 3.0, 2.0], [3.0, 1.0, 2.0]])
    epochs = Epochs(rate, top1, loss)
    assert epochs.picked().tolist() == [1, 2, 0]
    assert epochs.gain_points().tolist() == pytest.approx([3, 3, 0])
    rate[:, 0] = 4.0, 16.0, 8.0  # mean 28 / 3, and the epoch picked is on the line towards 16 bits
    slope = 20 / np.log(16 / (28 / 3))
    assert Epochs(rate, top1, loss).gain_points()[0] == pytest.approx(43 - (40 + slope * np.log(16 / (28 / 3))))
