"""Curves of the size local: all lambdas share one encoder, in training, in the checkpoint, after a kill."""

import pytest
import torch

from lcpc import checkpoints, config
from lcpc.config import MixedCurve
from lcpc.errors import ConfigError
from lcpc.training._mixed_training import MixedTraining

OPTIONS = {"sizes": ["local"], "points": [32], "lambdas": [10.0, 1000.0], "mixing": 20, "latents": 6,
           "axis_scale_jitter": 0.2, "shift": 0.1, "label_smoothing": 0.1, "entropy_hidden": 12, "mixtures": 2}


accelerated = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


def trained(small, folder, epochs=3, device="cpu", **options):
    curve = MixedCurve(**{**OPTIONS, **{key: tuple(value) for key, value in OPTIONS.items() if isinstance(value, list)},
                          "training": config.Training(epochs=epochs, batch=16, replacement=False), **options})
    return MixedTraining(curve, "local", 32, small, 5, folder / "resume.pt", device).run()


@pytest.fixture(scope="module")
def content(small, tmp_path_factory):
    return trained(small, tmp_path_factory.mktemp("local"), epochs=12)


def test_all_lambdas_have_the_same_encoder_and_other_heads(content):
    first, second = content["models"]
    for name, value in first.items():
        if name.startswith("g_a."):
            assert torch.equal(value, second[name]), name
    assert not torch.equal(first["h.0.weight"], second["h.0.weight"])
    assert not torch.equal(first["mixing.0.weight"], second["mixing.0.weight"])


def test_the_encoder_lies_in_the_checkpoint_once(content, tmp_path):
    path = tmp_path / "x.pt"
    checkpoints.save(path, content)
    encoder = sum(value.numel() for name, value in content["models"][0].items() if name.startswith("g_a."))
    others = sum(value.numel() for name, value in content["models"][0].items() if not name.startswith("g_a."))
    assert path.stat().st_size < 4 * (1.2 * encoder + 2.3 * others)
    assert path.stat().st_size > 4 * (encoder + others)


def test_training_moves_the_encoder(content):
    from lcpc.models.mixed_codec import MixedPointCodec, MixedShape

    start = MixedPointCodec("local", content["classes"], shape=MixedShape(**content["shape"]), seed=5).g_a
    assert not torch.allclose(start.mlps[0][0].weight, content["models"][0]["g_a.mlps.0.0.weight"], atol=1e-4)


def test_the_variation_is_part_of_what_is_trained(content, small, tmp_path):
    assert (content["axis_scale_jitter"], content["shift"], content["label_smoothing"]) == (0.2, 0.1, 0.1)
    assert "shift" not in trained(small, tmp_path, 1, shift=0.0)


@accelerated
def test_it_trains_on_an_accelerator_as_on_the_processor(content, small, tmp_path):
    there = trained(small, tmp_path, epochs=12, device="cuda")
    for ours, theirs in zip(content["models"], there["models"], strict=True):
        for name in ("gain", "g_a.mlps.0.0.weight", "g_a.mlps.2.6.weight", "h.7.weight"):
            assert (ours[name] - theirs[name]).abs().mean() < 0.05 * ours[name].abs().mean(), name


@pytest.mark.parametrize(("options", "words"), [
    ({"mixing": 0}, "local pools too many features"),
    ({"training": {"held_out": 0.1}}, "share one encoder"),
])
def test_what_one_encoder_cannot_do_is_refused(options, words):
    content = {"dataset": {"name": "shapes40"}, "mixed": [{**OPTIONS, **options}]}
    with pytest.raises(ConfigError, match=words):
        config.parse(content, "mine", "mine.yaml")
