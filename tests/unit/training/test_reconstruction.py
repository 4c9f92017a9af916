"""Auxiliary decoders learn to draw clouds, and the codec that they look at never learns anything from them."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from lcpc import config
from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.data.base import clouds
from lcpc.errors import ConfigError
from lcpc.metrics import distortion
from lcpc.models.members import members_of
from lcpc.models.point_codec import PointCodec, Shape
from lcpc.models.reconstruction import ReconstructionDecoder
from lcpc.training import checkpoint, loop, reconstruction
from lcpc.training.curve import train_proposed


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(40, 16, 3)).astype(np.float32) * 0.05
    label = np.arange(40) % 5
    points[..., 0] += (0.15 * label)[:, None].astype(np.float32)
    return clouds("shapes40", tuple("abcde"), "train", points, label, np.array([f"c{i}" for i in range(40)]), {})


def settings(**look):
    content = {"dataset": {"name": "shapes40"},
               "proposed": [{"sizes": ["micro"], "points": [16], "lambdas": [10, 40, 1000],
                             "training": {"epochs": 3, "batch": 8}}],
               "reconstruction": {"points": [16], "lambdas": [40, 1000], "epochs": 6, "batch": 8, **look}}
    return config.parse(content, "mine", "config/mine.yaml")


@pytest.fixture(scope="module")
def curve(small, tmp_path_factory):
    path = tmp_path_factory.mktemp("curve") / "w.pt"
    train_proposed(settings(), "micro", 16, small, path, path.with_name("r.pt"))
    return TrainedCurve.of(checkpoint.read(path), "w.pt")


def trained(curve, small, folder, **look):
    target = folder / "d.pt"
    reconstruction.train_reconstruction(settings(**look), "micro", curve, "digest", small, target, folder / "resume.pt")
    return checkpoint.read(target)


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
def test_no_gradient_of_the_reconstruction_reaches_the_codec(size):
    codec = PointCodec(Shape(size, 2))
    decoder = ReconstructionDecoder(size, 2, 8, 1)
    x = torch.randn(3, 3, 8, generator=torch.Generator().manual_seed(0))
    y_hat = codec.analyse(x)
    assert y_hat.requires_grad
    reconstruction.chamfer(decoder(y_hat), x.mT).sum().backward()
    assert all(parameter.grad is None for parameter in codec.parameters())
    assert all(parameter.grad.abs().sum() > 0 for parameter in decoder.parameters())


def test_training_a_decoder_leaves_the_codec_as_it_was(curve, small, tmp_path):
    before = {name: value.clone() for name, value in curve.network.state_dict().items()}
    trained(curve, small, tmp_path)
    assert all(torch.equal(value, before[name]) for name, value in curve.network.state_dict().items())


@pytest.mark.parametrize(("size", "widths"), [("micro", (16, 64, 64, 256, 3072)), ("lite", (32, 64, 64, 256, 3072)),
                                              ("full", (1024, 256, 256, 512, 3072))])
def test_decoders_have_the_documents_widths(size, widths):
    decoder = ReconstructionDecoder(size, 1, 1024, 1)
    assert [tuple(linear.weight.shape[1:]) for linear in decoder.linear] == list(pairwise(widths))
    assert decoder(torch.zeros(1, 2, widths[0])).shape == (1, 2, 1024, 3)


def test_the_loss_is_the_chamfer_distance_and_its_gradient_that_of_all_distances():
    draw = torch.Generator().manual_seed(1)
    reference = torch.rand(3, 9, 3, generator=draw)
    made = torch.rand(2, 3, 7, 3, generator=draw).requires_grad_()
    loss = reconstruction.chamfer(made, reference)
    for member in range(2):
        plain = np.mean([distortion.chamfer(made[member, b].detach(), reference[b]) for b in range(3)])
        assert loss[member].item() == pytest.approx(plain, rel=1e-5)
    loss.sum().backward()
    other = made.detach().clone().requires_grad_()
    squared = (other.unsqueeze(3) - reference[None, :, None]).square().sum(-1)
    (squared.amin(3).mean((1, 2)) + squared.amin(2).mean((1, 2))).sum().backward()
    torch.testing.assert_close(made.grad, other.grad)


def test_training_brings_the_points_nearer(curve, small, tmp_path):
    x = torch.from_numpy(small.points).mT.contiguous()
    codec = members_of(curve.network, [1, 2])
    content = trained(curve, small, tmp_path)
    decoder = ReconstructionDecoder("micro", 2, 16, content["shape"]["seed"])
    with torch.no_grad():
        before = reconstruction.chamfer(decoder(reconstruction.latents(codec, x)), x.mT)
        decoder.load_state_dict(content["state"])
        after = reconstruction.chamfer(decoder(reconstruction.latents(codec, x)), x.mT)
    assert (after < before / 2).all()


def test_a_killed_training_ends_where_an_unbroken_one_does(curve, small, tmp_path, monkeypatch):
    whole = trained(curve, small, tmp_path / "whole")
    honest, seen = loop.epoch_generator, []

    def killed(seed, epoch):
        seen.append(epoch)
        if epoch == 3 and seen.count(3) == 1:
            raise KeyboardInterrupt
        return honest(seed, epoch)

    monkeypatch.setattr(loop, "epoch_generator", killed)
    monkeypatch.setattr(config.Reconstruction, "training", property(
        lambda self: config.Training(epochs=self.epochs, batch=self.batch, learning_rate=self.learning_rate,
                                     replacement=False, scale_jitter=0.0,
                                     checkpoint_minutes=0.0)))
    with pytest.raises(KeyboardInterrupt):
        trained(curve, small, tmp_path / "killed")
    assert (tmp_path / "killed" / "resume.pt").is_file()
    again = trained(curve, small, tmp_path / "killed")
    assert seen == [0, 1, 2, 3, 3, 4, 5]
    assert all(torch.equal(value, whole["state"][name]) for name, value in again["state"].items())
    assert not (tmp_path / "killed" / "resume.pt").exists()


def test_a_size_that_the_run_does_not_look_at_is_refused(curve, small, tmp_path):
    other = config.parse({"dataset": {"name": "shapes40"}, "proposed": [{"points": [16]}]}, "mine", "config/mine.yaml")
    with pytest.raises(ConfigError, match="run mine reconstructs no micro codec at P=16; see reconstruction: sizes, points"):
        reconstruction.train_reconstruction(other, "micro", curve, "", small, tmp_path / "d.pt", tmp_path / "r.pt")


def test_a_run_that_names_no_points_reconstructs_each_size_at_its_largest(curve, small, tmp_path):
    reconstruction.train_reconstruction(settings(points=[]), "micro", curve, "", small, tmp_path / "d.pt", tmp_path / "r.pt")
    assert checkpoint.read(tmp_path / "d.pt")["points"] == 16


def test_a_lambda_without_codec_is_refused_by_the_config():
    with pytest.raises(ConfigError, match=r"reconstruction.lambdas\[0\]: 20 is no lambda of micro at P="):
        settings(lambdas=[20])
