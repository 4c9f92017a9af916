"""What epochs measure on the test split: each is seen once, nothing of the run changes, and equal rate means equal rate."""

import dataclasses

import numpy as np
import pytest
import torch

from lcpc import config
from lcpc.cli import main
from lcpc.errors import DataError
from lcpc.models.point_codec import PointCodec, Shape
from lcpc.training import checkpoint
from lcpc.training.selection import Epochs, judged, watch_epochs

LAMBDAS = (10.0, 80.0)


def weights(folder, codec):
    content = {"lambdas": list(LAMBDAS), "shape": dataclasses.asdict(codec.shape), "state": codec.state_dict()}
    checkpoint.save(folder / "w.pt", content)
    return folder / "w.pt"


def settings(size, lambdas):
    return config.parse({"dataset": {"name": "shapes40"}, "proposed": [
        {"sizes": [size], "points": [16], "lambdas": list(lambdas), "training": {"batch": 8, "average_decay": 0.9}}]},
        "mine", "config/mine.yaml")


def test_weights_of_other_lambdas_are_refused_before_work(small, used, tmp_path):
    path = weights(tmp_path, used(4, 12)[0])
    with pytest.raises(DataError, match="w.pt holds other lambdas than the curve of run mine"):
        watch_epochs(settings("micro", (10.0, 81.0)), "micro", 16, small, small, path, tmp_path / "resume.pt", 3)


@pytest.mark.parametrize("size", ["micro", "lite"])
def test_each_epoch_is_measured_and_the_weights_stay(small, used, tmp_path, size):
    codec = used(4, 12)[0] if size == "micro" else PointCodec(Shape("lite", 2))
    path = weights(tmp_path, codec)
    before = path.read_bytes()
    epochs = watch_epochs(settings(size, LAMBDAS), size, 16, small, small, path, tmp_path / "resume.pt", 3)
    for column in (epochs.rate_bits, epochs.top1_percent, epochs.loss):
        assert column.shape == (3, 2)
    assert len(np.unique(epochs.loss[:, 1])) == 3
    assert path.read_bytes() == before


def test_what_is_judged_is_the_loss_of_real_rounding(small, used):
    codec, _ = used(4, 12)
    rate, top1, loss = judged(codec, small.first(16), small.label, LAMBDAS)
    x = torch.from_numpy(small.first(16)).transpose(1, 2)
    symbols = codec.symbols(codec.analyse(x))
    logits = codec.classify(codec.dequantise(symbols), torch.Generator())
    truth = torch.from_numpy(small.label)
    expected = codec.rates(codec.dequantise(symbols)).sum(2).mean(1)
    assert rate == pytest.approx(expected.tolist(), rel=1e-4)
    assert top1 == pytest.approx([100 * (one.argmax(1) == truth).float().mean().item() for one in logits])
    nats = [torch.nn.functional.cross_entropy(one, truth).item() for one in logits]
    assert loss == pytest.approx(np.array(rate) + np.array(LAMBDAS) * nats, rel=1e-4)


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


def test_the_bench_says_what_is_missing_and_what_can_not_be_picked_from(root, tmp_path, capsys):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "demo.yaml").write_bytes((root / "config" / "demo.yaml").read_bytes())
    line = ["--root", str(tmp_path), "bench", "selection", "--run", "demo", "--size", "micro", "--points", "64"]
    assert main(line) != 0
    told = capsys.readouterr().err
    assert "proposed_micro_P64.pt is not there; train it first: lcpc train proposed --run demo --size micro" in told
    assert main([*line, "--epochs", "1"]) != 0
    assert "1 epochs of" in capsys.readouterr().err
