"""Training of the image codecs' base and distribution model: resumable to the bit, converged densities, bits saved."""

import dataclasses

import numpy as np
import pytest
import torch

from lcpc.codecs.image_base import TrainedBase
from lcpc.codecs.images import bmshj2018_factorized as factorized
from lcpc.codecs.images import proposed as adaptive
from lcpc.config import Images
from lcpc.data.photographs import Photographs
from lcpc.errors import DataError
from lcpc.models.image_factorized import ImageBase
from lcpc.training import checkpoint, distribution, image_base
from lcpc.training.distribution import train_distribution, window_of
from lcpc.training.image_base import Start, learning_rate, train_transforms
from lcpc.training.image_bottleneck import finish_base, fit, medians, symbol_counts
from lcpc.training.latents import histograms
from lcpc.training.patches import patches, step_generator

IMAGES = Images(qualities=(1, 2), n=8, m=16, n_q=8, m_q=8, bins=64, base_steps=6, warm_steps=3, base_batch=2, base_patch=32,
                bottleneck_steps=300, distribution_steps=60, distribution_batch=4, distribution_versions=2)


def photo(seed):
    """Waves of a random contrast, uint8 [96, 128, 3]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:96, :128]
    wave = np.sin(random.uniform(0.02, 0.6) * x + random.uniform(0.02, 0.6) * y)
    noise = random.normal(0, random.uniform(2, 40), (96, 128, 3))
    return np.clip(128 + random.uniform(10, 100) * wave[:, :, None] + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def photos():
    return Photographs("waves", tuple(photo(seed) for seed in range(8)), "d1")


def trained(photos, path, images=IMAGES, start=None):
    return train_transforms(images, 1, 7, photos, start, path)


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


class Killed(Exception):
    """As a process is."""


def killing(kind, step, monkeypatch):
    """Let the steps of a training class fail from `step` on, after its state was saved."""
    original = kind._step

    def until(self, *given):
        if given[-1] >= step:
            raise Killed
        return original(self, *given)

    monkeypatch.setattr(kind, "_step", until)


def test_a_killed_base_goes_on_and_ends_as_if_nothing_had_happened(photos, tmp_path, monkeypatch):
    whole, _ = trained(photos, tmp_path / "whole.pt")
    monkeypatch.setattr(image_base, "SAVE_SECONDS", 0.0)
    with monkeypatch.context() as killed:
        killing(image_base._Training, 3, killed)
        with pytest.raises(Killed):
            trained(photos, tmp_path / "resume.pt")
    assert checkpoint.read(tmp_path / "resume.pt")["step"] == 3
    resumed, _ = trained(photos, tmp_path / "resume.pt")
    assert equal(resumed, whole)


def test_a_base_that_is_done_is_not_trained_again(photos, tmp_path, monkeypatch):
    first, _ = trained(photos, tmp_path / "r.pt")
    killing(image_base._Training, 0, monkeypatch)
    again, _ = trained(photos, tmp_path / "r.pt")
    assert equal(first, again)


def test_other_settings_or_photographs_start_afresh(photos, tmp_path):
    first, identity = trained(photos, tmp_path / "r.pt")
    other, changed = trained(photos, tmp_path / "r.pt", IMAGES.model_copy(update={"base_learning_rate": 1e-4}))
    assert identity != changed
    assert not equal(first, other)
    _, moved = trained(dataclasses.replace(photos, digest="d2"), tmp_path / "r.pt")
    assert moved["dataset_digest"] == "d2"


def test_a_warm_start_begins_with_the_other_qualitys_weights(photos, tmp_path, monkeypatch):
    first, _ = trained(photos, tmp_path / "one.pt")
    killing(image_base._Training, 0, monkeypatch)
    start = Start(first.state_dict(), 1, "digest")
    begun = image_base._Training(first, IMAGES, 0.0018, 7, 3, tmp_path / "two.pt", {})
    assert equal(begun.base, first)
    with pytest.raises(Killed):
        train_transforms(IMAGES, 2, 7, photos, start, tmp_path / "two.pt")


def test_the_learning_rate_falls_to_a_hundredth():
    assert [learning_rate(1.0, done) for done in (0, 0.5, 1)] == pytest.approx([1, 0.505, 0.01])


def test_patches_follow_from_the_step_alone(photos):
    held = [torch.from_numpy(rgb) for rgb in photos.rgb]
    one, same, other = (patches(held, 3, 32, step_generator(5, step)) for step in (8, 8, 9))
    assert one.shape == (3, 3, 32, 32)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert 0 <= float(one.min()) <= float(one.max()) <= 1


@pytest.fixture(scope="module")
def base(photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    network, identity = trained(photos, folder / "r.pt", IMAGES.model_copy(update={"base_steps": 60}))
    with torch.no_grad():
        network.g_a[6].weight *= 12  # few steps give small latents; wider ones have distributions to adapt
    finish_base(network, identity | {"origin": "own"}, photos.rgb, 64, 300, folder / "base.pt")
    return TrainedBase.of(checkpoint.read(folder / "base.pt"), "base")


def test_fitted_densities_reach_the_entropy_of_the_counts():
    network = ImageBase(8, 16, seed=1)
    y = 3 * torch.randn(16, 20000, generator=torch.Generator().manual_seed(1))
    network.median.copy_(medians([y]))
    counts = symbol_counts(y - network.median.unsqueeze(1))
    shares = counts / counts.sum(1, keepdim=True)
    entropy = -(shares * torch.log2(shares.clamp(min=1e-12))).sum()
    fit(network, counts, 300)
    spent = -(shares[:, :-1] * network.log2_pmf(4096)).sum()
    assert entropy <= spent <= 1.01 * entropy


def test_medians_split_the_values_in_halves():
    y = [torch.arange(9.0).repeat(2, 1), torch.arange(9.0).repeat(2, 1) + 1]
    assert medians(y).tolist() == [4, 4]


def test_histograms_count_every_position_of_every_piece(base, photos):
    found = histograms(base.network, photos.rgb[:2], 2, 32, seed=3)
    assert len(found) == 2 * 2 * 5
    assert torch.equal(found.counts.sum(-1).float(), found.positions.unsqueeze(1).expand(-1, 16))
    assert found.positions[0] == 6 * 8


def test_the_window_holds_all_likely_bins(base):
    window = window_of(base)
    assert window % 8 == 0
    outside = np.delete(base.logs, np.s_[32 - window // 2:32 + window // 2], axis=1)
    assert (outside <= -14 * 1024).all()


def adapted(base, photos, folder, images=IMAGES):
    train_distribution(images, base, "digest", photos, 5, folder / "d.pt", folder / "r.pt")
    return checkpoint.read(folder / "d.pt")


def test_a_killed_distribution_model_goes_on_and_ends_as_if_nothing_had_happened(base, photos, tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = adapted(base, photos, tmp_path / "a")
    monkeypatch.setattr(distribution, "SAVE_SECONDS", 0.0)
    with monkeypatch.context() as killed:
        killing(distribution._Training, 30, killed)
        with pytest.raises(Killed):
            adapted(base, photos, tmp_path / "b")
    resumed = adapted(base, photos, tmp_path / "b")
    assert all(torch.equal(whole["state"][name], resumed["state"][name]) for name in whole["state"])
    assert not (tmp_path / "b" / "r.pt").exists()


def test_a_trained_distribution_model_saves_bits(base, photos, tmp_path):
    content = adapted(base, photos, tmp_path, IMAGES.model_copy(update={"distribution_steps": 300}))
    codec = adaptive.codec(base, adaptive.TrainedDistribution.of(content, base, "here"))
    rates = [(codec.parts(rgb), factorized.codec(base).parts(rgb).rate_bits) for rgb in photos.rgb]
    assert sum(parts.rate_bits_y for parts, _ in rates) < sum(static for _, static in rates)
    assert all(parts.rate_bits <= static + 8 for parts, static in rates)


def test_a_broken_resume_file_is_named(photos, tmp_path):
    (tmp_path / "r.pt").write_bytes(b"no checkpoint")
    with pytest.raises(DataError, match=r"r\.pt is no readable checkpoint .* delete it and train again"):
        trained(photos, tmp_path / "r.pt")
