"""The image base's and the distribution model's training on an accelerator, its step run as it is
on the processor: the same results where they can be the same, resumable, and learning."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from lcpc import checkpoints
from lcpc.codecs.image_base import TrainedBase
from lcpc.fast.images import normalisations, transformed
from lcpc.models.image_factorized import ImageBase
from lcpc.trainer import image_device, image_transforms, loop
from lcpc.trainer.image_device import Album
from lcpc.trainer.rounds import BLOCK
from lcpc.training import _distribution_model, _image_bottleneck
from lcpc.training._image_bottleneck import base_content, medians, symbol_counts
from lcpc.training._latents import histograms

CPU = torch.device("cpu")
BASE = {
    "quality": 1, "lambda": 0.0018, "steps": 150, "batch": 2, "patch": 32, "precision": "float32",
    "learning_rate": 1e-3, "final_rate_fraction": 0.01, "betas": (0.9, 0.999),
    "density_rate": 10.0, "clip_norm": 1.0, "bottleneck_steps": 300, "bottleneck_rate": 1e-2,
}
MODEL = {
    "quality": 1, "n_q": 8, "m_q": 8, "slope": 0.75, "lambda_q": 0.0, "target_positions": 1536,
    "versions": 2, "steps": 200, "batch": 4, "betas": (0.9, 0.99), "start_pieces": 64,
    "learning_rate": 1e-2, "warm_up_steps": 100, "final_rate_fraction": 0.01,
    "density_rate": 10.0, "clip_norm": 1.0,
}


def photo(seed, height=96, width=128):
    """Waves of a random contrast, uint8 [height, width, 3]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    wave = np.sin(random.uniform(0.02, 0.6) * x + random.uniform(0.02, 0.6) * y)
    noise = random.normal(0, random.uniform(2, 40), (height, width, 3))
    values = 128 + random.uniform(10, 100) * wave[:, :, None] + noise
    return np.clip(values, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def photos():
    return [photo(seed, *sides) for seed, sides in enumerate([(96, 128), (128, 96), (40, 33)])]


def trained(photos, path, device=CPU, **changes):
    """A small base after its training on patches."""
    settings = {**BASE, **changes}
    base = ImageBase(8, 16, seed=7)
    rounds = image_device.rounds(base, photos, settings, 7, device)
    image_transforms.run_rounds(base, rounds, settings, path)
    return base


def equal(module, other):
    pairs = zip(module.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_patches_lie_where_the_album_places_them(photos):
    album = Album.of(photos, CPU)
    places = album.places(5, 4, 32, torch.Generator().manual_seed(1))
    assert places.shape == (5, 3, 4)
    for first, width, is_mirrored in places.permute(0, 2, 1).flatten(0, 1).tolist():
        index = int(np.searchsorted(album.begins, first, "right")) - 1
        top, left = divmod(first - int(album.begins[index]), width)
        expected = photos[index][top:top + 32, left:left + 32]
        assert expected.shape == (32, 32, 3)
        place = torch.tensor([[first], [width], [is_mirrored]])
        patch = album.patches(place, 32)[0].permute(1, 2, 0)
        expected = expected[:, ::-1] if is_mirrored else expected
        assert torch.equal(patch, torch.from_numpy(expected.copy()).float() / 255)


def test_patches_meet_every_corner_of_a_photograph():
    album = Album.of([photo(1, 33, 34)], CPU)
    places = album.places(100, 4, 32, torch.Generator().manual_seed(1))
    assert set(places[:, 0].flatten().tolist()) == {0, 1, 2, 34, 35, 36}
    assert set(places[:, 2].flatten().tolist()) == {0, 1}


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("bfloat16", 5e-2)])
def test_its_gradients_are_those_of_the_training_on_a_processor(photos, precision, tolerance):
    x = Album.of(photos, CPU).patches(torch.tensor([[0, 9000], [128, 128], [0, 1]]), 64)
    gradients = []
    for module, where in ((image_transforms, "float32"), (image_device, precision)):
        base = ImageBase(8, 16, seed=7).to(memory_format=torch.channels_last)
        generator = torch.Generator().manual_seed(3)
        bpp, mse = module.rate_and_error(base, x, generator, where)
        (bpp + 0.0018 * mse).backward()
        gradients.append([parameter.grad for parameter in base.parameters()])
    for expected, found in zip(*gradients, strict=True):
        assert (found - expected).norm() <= tolerance * expected.norm()


def test_its_normalisations_are_those_of_the_layers(photos):
    base = ImageBase(8, 16, seed=7)
    x = Album.of(photos, CPU).patches(torch.tensor([[0], [128], [0]]), 64)
    with torch.no_grad():
        for parameter in base.parameters():
            parameter += 0.02 * torch.rand(parameter.shape)
        y = base.analyse(x)
        values = normalisations(base.g_a, base.g_s)
        assert torch.allclose(transformed(base.g_a, x, values), y, rtol=1e-5, atol=1e-6)
        x_hat = base.synthesise(y)
        assert torch.allclose(transformed(base.g_s, y, values), x_hat, rtol=1e-5, atol=1e-6)


@pytest.fixture(params=["cpu", "cuda"])
def device(request):
    """The processor, and a CUDA device where there is one."""
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    return torch.device(request.param)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_its_loss_falls_as_on_a_processor(photos, tmp_path, precision, device):
    places = Album.of(photos, CPU).places(1, 32, 32, torch.Generator().manual_seed(9))[0]
    x = Album.of(photos, CPU).patches(places, 32)
    settings = {**BASE, "steps": 300, "precision": precision}
    first = ImageBase(8, 16, seed=7)
    other = ImageBase(8, 16, seed=7)
    image_transforms.train(other, photos, settings, 7, settings, tmp_path / "c.pt")
    losses = []
    for base in (first, other, trained(photos, tmp_path / "d.pt", device, **settings).cpu()):
        generator = torch.Generator().manual_seed(3)
        bpp, mse = image_transforms.rate_and_error(base, x, generator, "float32")
        losses.append(float((bpp + 0.0018 * mse).detach()))
    assert max(losses[1:]) < 0.5 * losses[0]
    assert losses[2] == pytest.approx(losses[1], rel=0.1)


def test_equal_seeds_give_equal_weights(photos, tmp_path):
    one, other = (trained(photos, tmp_path / f"{name}.pt") for name in "ab")
    assert equal(one, other)
    assert not equal(one, trained(photos, tmp_path / "c.pt", learning_rate=2e-3))


def test_a_killed_training_goes_on_and_ends_as_if_nothing_had_happened(
        photos, tmp_path, monkeypatch):
    whole = trained(photos, tmp_path / "whole.pt")
    with monkeypatch.context() as patch:
        original, calls = image_device.rate_and_error, []

        def until(*arguments):
            calls.append(1)
            if len(calls) > BLOCK + 10:
                raise KeyboardInterrupt
            return original(*arguments)

        patch.setattr(image_device, "rate_and_error", until)
        patch.setattr(loop.Clock, "minutes_unsaved", lambda self: math.inf)
        with pytest.raises(KeyboardInterrupt):
            trained(photos, tmp_path / "resume.pt")
    assert checkpoints.read(tmp_path / "resume.pt")["round"] == 1
    assert equal(trained(photos, tmp_path / "resume.pt"), whole)


def test_recorded_steps_fit_the_densities_as_plain_ones_do(tmp_path, device):
    generator = torch.Generator().manual_seed(1)
    y = 3 * torch.randn(16, 20000, generator=generator)
    counts = symbol_counts(y - medians([y]).unsqueeze(1))
    shares = counts.T.float() / counts.sum(1)
    symbols = torch.arange(len(shares)).unsqueeze(1) - _image_bottleneck.FARTHEST
    used = shares.sum(1).nonzero()[:, 0]
    spent = []
    for fit in (_image_bottleneck._fit, _image_bottleneck._fit_recorded):
        base = ImageBase(8, 16, seed=1)
        task = {"identity": {}, "resume": tmp_path / f"{fit.__name__}.pt"}
        y_hat = medians([y]) + symbols[used]
        where = CPU if fit is _image_bottleneck._fit else device
        density = base.bottleneck.to(where)
        fit(density, shares[used].to(where), y_hat.to(where), 300, 1e-2, task)
        likelihood = density.cpu().likelihood(medians([y]) + symbols[used])
        spent.append(float(-(shares[used] * torch.log2(likelihood.detach())).sum()))
    assert spent[1] == pytest.approx(spent[0], rel=1e-4)


def test_a_distribution_model_learns_as_on_a_processor(photos, tmp_path):
    network = trained(photos, tmp_path / "b.pt")
    with torch.no_grad():
        network.g_a[6].weight *= 12  # few steps give small latents
    _image_bottleneck.train(network, photos, BASE, BASE, tmp_path / "b.pt")
    base = TrainedBase.load(base_content(network, {"quality": 1, "origin": "own"}, 64), "base")
    pieces = histograms(base.network, photos[:2], 2, 64, seed=3)
    savings = []
    for fit in (_distribution_model._fit, _distribution_model._fit_recorded):
        generator = torch.Generator().manual_seed(1)
        shape = _distribution_model.DistributionShape(16, 8, 8, 64, slope=0.75)
        model = _distribution_model.DistributionCodec(
            shape, torch.from_numpy(base.logs) / 1024, generator)
        model.start(pieces.shares(slice(0, 64)), generator)
        losses = partial(_distribution_model.rates, model, pieces.shares(slice(0, 20)))
        before = float(losses(generator)[0].detach().mean())
        task = {"identity": {}, "resume": tmp_path / f"{fit.__name__}.pt"}
        fit(model, pieces, MODEL, 5, task)
        savings.append(before - float(losses(generator)[0].detach().mean()))
    assert min(savings) > 0
    assert savings[1] == pytest.approx(savings[0], rel=0.1)
