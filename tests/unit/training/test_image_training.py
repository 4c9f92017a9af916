"""Training of the image codecs' base and distribution model: resumable to the bit, converged
densities, bits saved."""

import copy
import math

import numpy as np
import pytest
import torch

from lcpc import checkpoints, config
from lcpc.codecs.distribution_model import TrainedDistribution
from lcpc.codecs.image_base import TrainedBase
from lcpc.codecs.images.bmshj2018_factorized import FactorizedCodec
from lcpc.codecs.images.proposed import AdaptiveCodec
from lcpc.data.photographs import Photographs
from lcpc.errors import DataError, TrainingError
from lcpc.models.image_factorized import ImageBase
from lcpc.models.image_transforms import spread
from lcpc.trainer import image_transforms, loop
from lcpc.trainer.loop import round_generator
from lcpc.trainer.patches import patches
from lcpc.training import _distribution_model, _image_bottleneck, image_base
from lcpc.training._distribution_model import frequency_arrays, window_of
from lcpc.training._image_bottleneck import (
    base_content,
    fit_densities,
    medians,
    resume_file,
    symbol_counts,
)
from lcpc.training._latents import histograms, whole_steps

BASE = {
    "quality": 1, "lambda": 0.0018, "steps": 6, "batch": 2, "patch": 32, "precision": "float32",
    "learning_rate": 1e-3, "final_rate_fraction": 0.01, "betas": (0.9, 0.999),
    "density_rate": 10.0, "clip_norm": 1.0, "bottleneck_steps": 300, "bottleneck_rate": 1e-2,
}
MODEL = {
    "quality": 1, "n_q": 8, "m_q": 8, "slope": 0.75, "lambda_q": 0.0, "target_positions": 1536,
    "versions": 2, "steps": 60, "batch": 4, "betas": (0.9, 0.99), "start_pieces": 64,
    "learning_rate": 1e-2, "warm_up_steps": 100, "final_rate_fraction": 0.01,
    "density_rate": 10.0, "clip_norm": 1.0,
}
BINS = 64


def photo(seed):
    """Waves of a random contrast, uint8 [96, 128, 3]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:96, :128]
    wave = np.sin(random.uniform(0.02, 0.6) * x + random.uniform(0.02, 0.6) * y)
    noise = random.normal(0, random.uniform(2, 40), (96, 128, 3))
    return np.clip(128 + random.uniform(10, 100) * wave[:, :, None] + noise, 0, 255).astype(
        np.uint8
    )


@pytest.fixture(scope="module")
def photos():
    return [photo(seed) for seed in range(8)]


def trained(photos, path, **changes):
    """A small base after its training on patches."""
    settings = {**BASE, **changes}
    base = ImageBase(8, 16, seed=7)
    image_transforms.train(base, photos, settings, 7, settings, path)
    return base


def adapted(base, photos, path, **changes):
    """A small distribution model after its training."""
    settings = {**MODEL, **changes}
    data = Photographs("made", tuple(photos), "digest")
    return _distribution_model.train(base, data, settings, 5, settings, path)[0]


def equal(module, other):
    pairs = zip(module.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


class Killed(Exception):
    """As a process is."""


def kill(monkeypatch, module, function, calls):
    """Save after each step, and fail at call number `calls` of a function that each step calls."""
    original, seen = getattr(module, function), []

    def until(*arguments):
        if len(seen) == calls:
            raise Killed
        seen.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(module, function, until)
    monkeypatch.setattr(loop.Clock, "minutes_unsaved", lambda self: math.inf)


def test_a_killed_base_goes_on_and_ends_as_if_nothing_had_happened(photos, tmp_path, monkeypatch):
    whole = trained(photos, tmp_path / "whole.pt")
    with monkeypatch.context() as patch:
        kill(patch, image_transforms, "patches", 3)
        with pytest.raises(Killed):
            trained(photos, tmp_path / "resume.pt")
    assert checkpoints.read(tmp_path / "resume.pt")["round"] == 3
    assert equal(trained(photos, tmp_path / "resume.pt"), whole)


def test_a_base_that_is_done_is_not_trained_again(photos, tmp_path, monkeypatch):
    first = trained(photos, tmp_path / "r.pt")
    kill(monkeypatch, image_transforms, "patches", 0)
    assert equal(first, trained(photos, tmp_path / "r.pt"))


def test_the_widest_base_stays_finite_and_its_loss_falls_from_the_first_steps():
    """At the rate of narrow transforms, the error of the second step is 100,000 times the first's.
    """
    content = {"images": {"qualities": [6], "base_start": "spread"}}
    mine = config.parse(content, "mine", "config/mine.yaml")
    settings = image_base.training_settings(mine, mine.images, 6) | {"batch": 2, "patch": 32}
    base = ImageBase(settings["n"], settings["m"], seed=7)
    assert (base.n, base.m) == (192, 320)
    spread(base.g_a, base.g_s)
    rounds = image_transforms.rounds_on_processor(base, [photo(1)[:32, :32]], settings, 7)
    reports = [rounds.run(step) for step in range(20)]
    losses = [float(report["bpp"] + settings["lambda"] * report["mse"]) for report in reports]
    assert max(losses) < 1.5 * losses[0]
    assert max(losses[-3:]) < 0.9 * losses[0]


def test_a_diverged_base_ends_in_one_clear_error(photos, tmp_path):
    message = "training diverged: .*mse is no finite number at step .* Lower its learning rate"
    with pytest.raises(TrainingError, match=message):
        trained(photos, tmp_path / "r.pt", steps=20, learning_rate=1e6)
    assert not (tmp_path / "r.pt").exists()


def test_other_settings_start_afresh(photos, tmp_path):
    first = trained(photos, tmp_path / "r.pt")
    assert not equal(first, trained(photos, tmp_path / "r.pt", learning_rate=1e-4))


def test_a_killed_fit_of_the_densities_goes_on_and_ends_as_if_nothing_had_happened(
        photos, tmp_path, monkeypatch):
    base = trained(photos, tmp_path / "r.pt")
    whole, resumed = copy.deepcopy(base), copy.deepcopy(base)

    def fitted(network, path):
        return _image_bottleneck.train(network, photos, BASE, BASE, path)

    gap, seconds = fitted(whole, tmp_path / "whole.pt")
    assert seconds > 0
    with monkeypatch.context() as patch:
        kill(patch, _image_bottleneck, "cosine_rate", 100)
        with pytest.raises(Killed):
            fitted(copy.deepcopy(base), tmp_path / "half.pt")
    assert checkpoints.read(resume_file(tmp_path / "half.pt"))["round"] == 100
    assert fitted(resumed, tmp_path / "half.pt")[0] == gap
    assert equal(resumed, whole)


def test_patches_follow_from_the_step_alone(photos):
    tensors = [torch.from_numpy(rgb) for rgb in photos]
    one, same, other = (patches(tensors, 3, 32, round_generator(5, step)) for step in (8, 8, 9))
    assert one.shape == (3, 3, 32, 32)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert 0 <= float(one.min()) <= float(one.max()) <= 1


@pytest.fixture(scope="module")
def base(photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    network = trained(photos, folder / "r.pt", steps=60)
    with torch.no_grad():
        # Few steps give small latents; wider ones have distributions to adapt.
        network.g_a[6].weight *= 12
    _image_bottleneck.train(network, photos, BASE, BASE, folder / "r.pt")
    return TrainedBase.load(base_content(network, {"quality": 1, "origin": "own"}, BINS), "base")


def test_fitted_densities_reach_the_entropy_of_the_counts(tmp_path):
    network = ImageBase(8, 16, seed=1)
    y = 3 * torch.randn(16, 20000, generator=torch.Generator().manual_seed(1))
    network.median.copy_(medians([y]))
    counts = symbol_counts(y - network.median.unsqueeze(1))
    shares = counts / counts.sum(1, keepdim=True)
    entropy = -(shares * torch.log2(shares.clamp(min=1e-12))).sum()
    fit_densities(network, counts, BASE, BASE, tmp_path / "r.pt")
    spent = -(shares[:, :-1] * network.log2_pmf(4096)).sum()
    assert entropy <= spent <= 1.01 * entropy


def test_medians_split_the_values_in_halves():
    y = [torch.arange(9.0).repeat(2, 1), torch.arange(9.0).repeat(2, 1) + 1]
    assert medians(y).tolist() == [4, 4]


def test_histograms_count_every_position_of_every_piece(base, photos):
    found = histograms(base.network, photos[:2], 2, 32, seed=3)
    assert len(found) == 2 * 2 * 5
    assert torch.equal(found.counts.sum(-1).float(), found.positions.unsqueeze(1).expand(-1, 16))
    assert found.positions[0] == 6 * 8


def test_latents_that_are_known_already_give_the_same_histograms(base, photos):
    known = [base.network.symbols(base.network.analyse(whole_steps(rgb)))[0] for rgb in photos[:2]]
    made, taken = (histograms(base.network, photos[:2], 2, 32, seed=3, symbols=symbols)
                   for symbols in ((), known))
    assert torch.equal(made.counts, taken.counts)
    assert torch.equal(made.positions, taken.positions)



def test_the_window_holds_all_likely_bins(base):
    window = window_of(base)
    assert window % 8 == 0
    outside = np.delete(base.logs, np.s_[32 - window // 2:32 + window // 2], axis=1)
    assert (outside <= -14 * 1024).all()


def test_a_killed_distribution_model_goes_on_and_ends_as_if_nothing_had_happened(
        base, photos, tmp_path, monkeypatch):
    whole = adapted(base, photos, tmp_path / "whole.pt")
    with monkeypatch.context() as patch:
        kill(patch, _distribution_model, "rates", 30)
        with pytest.raises(Killed):
            adapted(base, photos, tmp_path / "half.pt")
    assert checkpoints.read(tmp_path / "half.pt")["round"] == 30
    assert equal(adapted(base, photos, tmp_path / "half.pt"), whole)


def test_a_trained_distribution_model_saves_bits(base, photos, tmp_path):
    network = adapted(base, photos, tmp_path / "r.pt", steps=300)
    content = {"kind": "distribution", "shape": network.shape.plain(),
               "state": network.state_dict(), "tables": frequency_arrays(network)}
    codec = AdaptiveCodec(base, TrainedDistribution.load(content, "here", base))
    estimates = [codec.estimate(rgb) for rgb in photos]
    static = [FactorizedCodec(base).estimate(rgb).rate_bits for rgb in photos]
    assert sum(estimate.rate_bits_y for estimate in estimates) < sum(static)
    pairs = zip(estimates, static, strict=True)
    assert all(estimate.rate_bits <= bits + 8 for estimate, bits in pairs)


def test_a_broken_resume_file_is_named(photos, tmp_path):
    (tmp_path / "r.pt").write_bytes(b"no checkpoint")
    message = r"r\.pt is no readable checkpoint .* delete it and train again"
    with pytest.raises(DataError, match=message):
        trained(photos, tmp_path / "r.pt")
