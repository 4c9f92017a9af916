"""Training on another device than the processor: refused in words where there is none, the same curve where there is one."""

import pytest
import torch

from lcpc import config
from lcpc.errors import ConfigError
from lcpc.models.point_codec import PointCodec, shape_of
from lcpc.training import checkpoint, loop
from lcpc.training.curve import train_classifier, train_proposed
from lcpc.training.work import Work, device_of, name_of

CONTENT = {"dataset": {"name": "shapes40"}, "input_compression": {"points": [32], "classifier": {"epochs": 1, "batch": 8}}}
accelerated = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


def settings(size, **training):
    curve = {"sizes": [size], "points": [32], "lambdas": [10, 80, 1000], "training": {"epochs": 3, "batch": 8, **training}}
    return config.parse({**CONTENT, "proposed": [curve]}, "mine", "config/mine.yaml")


def trained(clouds, folder, device, size, **training):
    work, target = Work(device), folder / f"{device}.pt"
    train_proposed(settings(size, **training), size, 32, clouds, target, folder / "resume" / "w.pt", work=work)
    return checkpoint.read(target), work


@accelerated
@pytest.mark.parametrize("size", ["full", "lite", "micro"])
@pytest.mark.parametrize("training", [{}, {"average_decay": 0.9, "point_jitter": 0.01}, {"held_out": 0.2}])
def test_a_curve_trained_on_an_accelerator_is_that_of_the_processor(small, tmp_path, size, training):
    here, there = (trained(small, tmp_path, device, size, **training)[0] for device in ("cpu", "cuda"))
    start = PointCodec(shape_of(here["shape"])).state_dict()
    for name in ("gain", "gain_decoder", "g_a.blocks.0.conv.weight", "head.linear.2.weight", "bottleneck.matrices.1"):
        moved, apart = (here["state"][name] - other[name] for other in (start, there["state"]))
        assert apart.abs().mean() < 0.02 * moved.abs().mean(), name


@accelerated
def test_a_pointnet_trains_on_an_accelerator(small, tmp_path):
    train_classifier(settings("micro"), 32, small, tmp_path / "w.pt", tmp_path / "resume.pt", Work("cuda"))
    assert not any(value.is_cuda for value in checkpoint.read(tmp_path / "w.pt")["state"].values())


def test_the_seconds_of_a_training_count_on_over_a_kill(small, tmp_path, monkeypatch):
    epoch, now = loop._epoch, [0.0]

    def slow(*arguments):
        now[0] += 100
        if arguments[6] == 2 and now[0] < 400:
            raise KeyboardInterrupt
        return epoch(*arguments)

    monkeypatch.setattr("lcpc.training.work.time.perf_counter", lambda: now[0])
    monkeypatch.setattr(loop, "_epoch", slow)
    with pytest.raises(KeyboardInterrupt):
        trained(small, tmp_path, "cpu", "micro", checkpoint_minutes=0.0)
    now[0] = 1000.0
    assert trained(small, tmp_path, "cpu", "micro", checkpoint_minutes=0.0)[1].seconds == 300  # and not the lost epoch's 100


def test_a_device_that_is_not_here_is_refused_in_words():
    with pytest.raises(ConfigError, match="--device warp cannot be used here .*leave it out"):
        device_of("warp")


def test_a_kind_of_device_that_lcpc_does_not_train_on_is_refused():
    with pytest.raises(ConfigError, match="--device meta is none that lcpc trains on, which are cpu and cuda; leave it out"):
        device_of("meta")


def test_the_processor_has_no_name_of_its_own():
    assert device_of("cpu") == "cpu"
    assert name_of("cpu") == ""
