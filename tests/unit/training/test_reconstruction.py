"""Auxiliary decoders learn to draw clouds, and the codec that they look at never learns anything from them."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from lcpc import config
from lcpc.codecs.point_clouds.proposed import as_input, load
from lcpc.data.base import clouds
from lcpc.errors import ConfigError
from lcpc.metrics import distortion
from lcpc.models.point_codec import PointCodec
from lcpc.models.reconstruction import ReconstructionDecoder
from lcpc.trainer.losses import chamfer
from lcpc.training import reconstruction


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(40, 16, 3)).astype(np.float32) * 0.05
    label = np.arange(40) % 5
    points[..., 0] += (0.15 * label)[:, None].astype(np.float32)
    return clouds("shapes40", tuple("abcde"), "train", points, label, np.array([f"c{i}" for i in range(40)]), {})


def settings(**options):
    content = {"dataset": {"name": "shapes40"},
               "proposed": [{"sizes": ["micro"], "points": [8, 16], "lambdas": [10, 40, 1000]}],
               "reconstruction": {"points": [16], "lambdas": [40, 1000], "epochs": 6, "batch": 8, **options}}
    return config.parse(content, "mine", "config/mine.yaml")


@pytest.fixture
def codec(train_curve, tmp_path):
    return load(train_curve(tmp_path / "curve", [10, 40, 1000]), "w.pt")


def trained(codec, small, folder):
    models = [codec.model(value) for value in (40, 1000)]
    return reconstruction.train(settings().reconstruction, models, 16, small, 7, folder / "resume.pt", "digest")[0]


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
def test_no_gradient_of_the_reconstruction_reaches_the_codec(size):
    codec, decoder = PointCodec(size), ReconstructionDecoder(size, 8)
    x = torch.randn(3, 3, 8, generator=torch.Generator().manual_seed(0))
    y_hat = codec.analyse(x)
    assert y_hat.requires_grad
    chamfer(decoder(y_hat)[None], x.mT).sum().backward()
    assert all(parameter.grad is None for parameter in codec.parameters())
    assert all(parameter.grad.abs().sum() > 0 for parameter in decoder.parameters())


def test_training_a_decoder_leaves_the_codec_as_it_was(codec, small, tmp_path):
    before = {name: value.clone() for name, value in codec.model(40).state_dict().items()}
    trained(codec, small, tmp_path)
    assert all(torch.equal(value, before[name]) for name, value in codec.model(40).state_dict().items())


@pytest.mark.parametrize(("size", "widths"), [("micro", (16, 64, 64, 256, 3072)), ("lite", (32, 64, 64, 256, 3072)),
                                              ("full", (1024, 256, 256, 512, 3072))])
def test_decoders_have_the_documents_widths(size, widths):
    decoder = ReconstructionDecoder(size, 1024)
    linears = [layer for layer in decoder.layers if isinstance(layer, torch.nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linears] == list(pairwise(widths))
    assert decoder(torch.zeros(2, widths[0])).shape == (2, 1024, 3)


def test_the_loss_is_the_chamfer_distance_and_its_gradient_that_of_all_distances():
    rng = torch.Generator().manual_seed(1)
    reference = torch.rand(3, 9, 3, generator=rng)
    made = torch.rand(2, 3, 7, 3, generator=rng).requires_grad_()
    loss = chamfer(made, reference)
    for network in range(2):
        plain = np.mean([distortion.chamfer(made[network, b].detach(), reference[b]) for b in range(3)])
        assert loss[network].item() == pytest.approx(plain, rel=1e-5)
    loss.sum().backward()
    other = made.detach().clone().requires_grad_()
    squared = (other.unsqueeze(3) - reference[None, :, None]).square().sum(-1)
    (squared.amin(3).mean((1, 2)) + squared.amin(2).mean((1, 2))).sum().backward()
    torch.testing.assert_close(made.grad, other.grad)


def test_training_brings_the_points_nearer(codec, small, tmp_path):
    content = trained(codec, small, tmp_path)
    x = as_input(small.points)
    for lambda_, state in zip((40, 1000), content["models"], strict=True):
        y_hat = torch.from_numpy(codec.dequantise(codec.symbols(small.points, lambda_), lambda_))
        decoder = ReconstructionDecoder("micro", 16, seed=7)
        with torch.no_grad():
            before = chamfer(decoder(y_hat)[None], x.mT)
            decoder.load_state_dict(state)
            after = chamfer(decoder(y_hat)[None], x.mT)
        assert (after < before / 2).all()


def test_a_killed_training_ends_where_an_unbroken_one_does(codec, small, tmp_path, killed, monkeypatch):
    monkeypatch.setattr("lcpc.trainer.loop.Clock.minutes_unsaved", lambda self: 99.0)
    whole = trained(codec, small, tmp_path / "whole")
    began = killed(3)
    with pytest.raises(KeyboardInterrupt):
        trained(codec, small, tmp_path / "killed")
    again = trained(codec, small, tmp_path / "killed")
    assert began == [0, 1, 2, 3, 3, 4, 5]
    pairs = zip(whole["models"], again["models"], strict=True)
    assert all(torch.equal(value, b[name]) for a, b in pairs for name, value in a.items())


def test_a_run_that_names_no_points_reconstructs_each_size_at_its_largest():
    (job,) = reconstruction.jobs(settings(points=[]), Path())
    assert job.name == "reconstruction_micro_P16"
    assert job.inputs == ("data/mine/train.npz", "checkpoints/mine/proposed_micro_P16.pt")


def test_a_run_without_reconstructions_asks_for_none():
    other = config.parse({"dataset": {"name": "shapes40"}, "proposed": [{"points": [16]}]}, "mine", "config/mine.yaml")
    assert not list(reconstruction.jobs(other, Path()))


def test_a_lambda_without_codec_is_refused_by_the_config():
    with pytest.raises(ConfigError, match="20 is no lambda of micro at P=16"):
        settings(lambdas=[20])
