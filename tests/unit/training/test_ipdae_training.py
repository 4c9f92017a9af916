"""IPDAE's training lowers its loss, goes on where it was killed, and writes what the codec reads."""

import numpy as np
import pytest
import torch

from lcpc import checkpoints
from lcpc.codecs.point_clouds import ipdae
from lcpc.codecs.point_clouds.base import round_trip
from lcpc.config import IpdaeTraining, parse
from lcpc.data.base import PointClouds
from lcpc.models.ipdae import PatchAutoencoder, chamfer
from lcpc.training import _patch_steps
from lcpc.training import ipdae as training
from lcpc.training._patch_clouds import PatchClouds, octree_counts, unit_cube
from lcpc.training._patch_steps import PatchTraining, between, drawn_network, losses


@pytest.fixture(scope="module")
def clouds():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(24, 64, 3)).astype(np.float32)
    points[:, :, 2] *= 0.1
    points /= np.linalg.norm(points, axis=-1).max(axis=1)[:, None, None]
    label, names = np.zeros(24, dtype=np.int64), np.array([f"c{i}" for i in range(24)])
    return PointClouds("made", ("a",), "train", points, label, names, "digest", {})


SETTINGS = IpdaeTraining(steps=120, batch=4)


def test_a_training_lowers_its_loss_and_the_codec_reads_its_weights(clouds, tmp_path, monkeypatch):
    first = drawn_network(16, 3)
    content, seconds = training.train(SETTINGS, 16, [64, 32], clouds, 3, tmp_path / "resume.pt")
    assert seconds > 0
    last = PatchAutoencoder(16)
    last.load_state_dict(content["model"])
    x, centroids = PatchClouds.of(torch.from_numpy(clouds.points), 64, 16).batch(torch.arange(24))
    with torch.no_grad():
        before, after = (losses(each, x, centroids, torch.tensor(0.0))[1] for each in (first, last))
    assert after["Chamfer x N"] < 0.7 * before["Chamfer x N"]
    assert after["bits a patch"] < before["bits a patch"]
    path = tmp_path / "ipdae_K16.pt"
    checkpoints.save(path, content)
    codec = ipdae.IpdaeCodec({"K=0016": ipdae.load(checkpoints.read(path), str(path))})
    for cloud in clouds.points[:3]:
        stream, decoded = round_trip(codec, cloud, "K=0016")
        assert decoded.shape == (64, 3)
        assert codec.rate_bits(stream, decoded, "K=0016") < 8 * 48 + 20 * 8


def test_a_killed_training_goes_on_to_the_same_weights(clouds, tmp_path, monkeypatch):
    monkeypatch.setattr(_patch_steps, "ROUND_STEPS", 5)
    settings = SETTINGS.model_copy(update={"steps": 15, "checkpoint_minutes": 0.0})
    whole, _ = training.train(settings, 16, [64, 32], clouds, 3, tmp_path / "whole.pt")

    class KilledError(Exception):
        pass

    steps = []

    def step(self, inputs):
        steps.append(1)
        if len(steps) > 8:
            raise KilledError
        return device_step(self, inputs)

    device_step = PatchTraining._device_step
    monkeypatch.setattr(PatchTraining, "_device_step", step)
    with pytest.raises(KilledError):
        training.train(settings, 16, [64, 32], clouds, 3, tmp_path / "killed.pt")
    monkeypatch.setattr(PatchTraining, "_device_step", device_step)
    again, _ = training.train(settings, 16, [64, 32], clouds, 3, tmp_path / "killed.pt")
    assert all(torch.equal(again["model"][name], value) for name, value in whole["model"].items())


def test_the_rate_teaches_the_encoder_only_and_the_bits_the_entropy_model_only(clouds):
    network = drawn_network(16, 1)
    x, centroids = PatchClouds.of(torch.from_numpy(clouds.points), 64, 16).batch(torch.arange(4))
    for name, weight in (("entropy_model", 0.0), ("encoder", 1.0)):
        network.zero_grad()
        losses(network, x, centroids, torch.tensor(weight))[0].backward()
        assert all(value.grad.abs().sum() > 0 for value in getattr(network, name).parameters())
    gradients = []
    for weight in (0.0, 1e3):
        network.zero_grad()
        losses(network, x, centroids, torch.tensor(weight))[0].backward()
        gradients.append(network.entropy_model.own[0].weight.grad.clone())
    assert torch.equal(*gradients)


def test_bits_between_values_are_linear():
    bits = torch.tensor([0.0, 1, 4, 9, 16, 25, 36]).expand(4, 7)
    y = torch.tensor([-3.4, -2.5, 0.0, 3.4], requires_grad=True)
    made = between(bits, y)
    made.sum().backward()
    assert made.tolist() == [0, 0.5, 9, 36]
    assert y.grad.tolist() == [0, 1, 7, 0]


def test_chamfer_distance_is_as_by_hand():
    made = torch.tensor([[[0.0, 0, 0], [1, 0, 0]]])
    reference = torch.tensor([[[0.0, 0, 0], [0, 2, 0], [0, 0, 0]]])
    assert chamfer(made, reference).item() == pytest.approx(0.5 + 4 / 3)


def test_training_and_codec_see_the_same_clouds(clouds):
    data = PatchClouds.of(torch.from_numpy(clouds.points), 32, 8)
    assert data.points.shape == (48, 32, 3)
    network = ipdae.PatchNetwork(PatchAutoencoder(8), None, None)
    x, centroids = data.batch(torch.tensor([0]))
    _, unit = ipdae.in_unit_cube(clouds.points[0, :32])
    assert np.allclose(unit, x[0], atol=1e-6)
    codes = np.unique(data.codes()[0])
    with torch.no_grad():
        network.network.eval()
        assert np.array_equal(ipdae.analyse(network, clouds.points[0, :32])[1], codes)
    assert octree_counts([data]).sum() > 0
    equal = unit_cube(torch.ones(1, 5, 3))
    assert (equal == 0).all()


def test_jobs_are_of_patches_that_fit_the_clouds():
    text = {"dataset": {"name": "shapes40"}, "input_compression": {"codecs": ["ipdae"], "points": [64, 8],
            "ipdae": {"patches": [2, 8, 128, 256]}}}
    config = parse(text, "run", "here")
    jobs = {job.name: job.options["points"] for job in training.jobs(config, None)}
    assert jobs == {"ipdae_K2": [64, 8], "ipdae_K8": [64, 8], "ipdae_K128": [64]}
    assert ipdae.weights(config, 8) == ("ipdae_K2", "ipdae_K8")
    without = config.model_copy(update={"input_compression": config.input_compression.model_copy(
        update={"codecs": ("draco",)})})
    assert list(training.jobs(without, None)) == []
