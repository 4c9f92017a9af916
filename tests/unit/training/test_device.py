"""Training on another device than the processor: refused in words where there is none, the same curve where there is one."""

import pytest
import torch

from lcpc import config
from lcpc.codecs.point_clouds import proposed
from lcpc.errors import ConfigError, DataError
from lcpc.models.point_codec import PointCodec
from lcpc.trainer.cloud_training import CloudTraining
from lcpc.trainer.process import accelerator_name, usable_device
from lcpc.training import classifier

accelerated = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@accelerated
@pytest.mark.parametrize("size", ["full", "lite", "micro"])
@pytest.mark.parametrize("training", [{}, {"average_decay": 0.9, "point_jitter": 0.01}, {"held_out": 0.2}])
def test_a_curve_trained_on_an_accelerator_is_that_of_the_processor(tmp_path, train_curve, size, training):
    here, there = (train_curve(tmp_path, [10, 80, 1000], size=size, points=32, device=device, **training)
                   for device in ("cpu", "cuda"))
    assert_alike(here, there, size)


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
def test_the_step_that_a_device_records_is_that_of_the_processor(tmp_path, train_curve, monkeypatch, size):
    options = {"lambdas": [10, 80, 1000], "size": size, "points": 32, "average_decay": 0.9, "weight_decay": 0.02}
    here = train_curve(tmp_path, **options)
    monkeypatch.setattr(CloudTraining, "is_recorded", lambda self: True)
    assert_alike(here, train_curve(tmp_path, **options), size)


def assert_alike(here, there, size):
    start = PointCodec(size, here["classes"], seed=5).state_dict()
    for ours, theirs in zip(here["models"], there["models"], strict=True):
        for name in ("gain", "gain_decoder", "g_a.0.weight", "h.7.weight", "entropy_bottleneck.matrices.1"):
            moved, apart = (ours[name] - other[name] for other in (start, theirs))
            assert apart.abs().mean() < 0.02 * moved.abs().mean(), name


def test_seeds_train_together_and_each_as_it_does_alone(tmp_path, train_curve, small):
    together = train_curve(tmp_path, stages={"seeds": (1, 2)})
    alone = train_curve(tmp_path)
    assert together["seeds"] == [1, 2]
    assert len(together["models"]) == len(together["tables"]) == 4
    assert_alike(alone, together | {"models": together["models"][:2]}, "micro")
    assert not torch.allclose(together["models"][0]["gain"], together["models"][2]["gain"])
    first, second = (proposed.load(together, "it", seed) for seed in (0, 2))
    assert torch.equal(first.model(10.0).gain, together["models"][0]["gain"])
    assert torch.equal(second.model(80.0).gain, together["models"][3]["gain"])
    with pytest.raises(DataError, match="holds no seed 3, but 1, 2"):
        proposed.load(together, "it", 3)


@accelerated
def test_a_pointnet_trains_on_an_accelerator(small, tmp_path):
    training = config.Training(epochs=1, batch=8)
    content, _ = classifier.train(training, 32, small, 1, tmp_path / "resume.pt", "cuda")
    assert not any(value.is_cuda for value in content["model"].values())


def test_the_seconds_of_a_training_count_on_over_a_kill_and_over_its_stages(tmp_path, train_curve, killed, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("lcpc.trainer.loop.time.perf_counter", lambda: now[0])
    monkeypatch.setattr("lcpc.trainer.cloud_training.set_learning_rate",
                        lambda *arguments: now.__setitem__(0, now[0] + 20))  # 5 steps an epoch
    options = {"stages": {"warm_epochs": 1}, "checkpoint_minutes": 0.0}
    killed(3)
    with pytest.raises(KeyboardInterrupt):
        train_curve(tmp_path, **options)
    now[0] = 5000.0
    assert train_curve(tmp_path, **options)["seconds"] == 400


def test_a_device_that_is_not_here_is_refused_in_words():
    with pytest.raises(ConfigError, match="--device warp cannot be used here .*leave it out"):
        usable_device("warp")


def test_a_kind_of_device_that_lcpc_does_not_train_on_is_refused():
    with pytest.raises(ConfigError, match="lcpc trains on cpu and cuda, not on --device meta; leave it out"):
        usable_device("meta")


def test_the_processor_has_no_name():
    assert usable_device("cpu") == "cpu"
    assert accelerator_name("cpu") == ""
