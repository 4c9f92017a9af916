"""Context models in training: they learn from neighbours, start where a killed training was, and
read latents that are kept."""

import numpy as np
import pytest
import torch

from lcpc import checkpoints
from lcpc.codecs.context_model import TrainedContext
from lcpc.codecs.image_base import TrainedBase
from lcpc.data.photographs import Photographs
from lcpc.models.context_model import ContextModel
from lcpc.models.image_factorized import ImageBase
from lcpc.training import _context_model, _latent_grids
from lcpc.training._image_bottleneck import base_content

WIDTHS = {"groups": 3, "embedded": 4, "hidden": 12, "logistics": 2}
SETTINGS = {
    "versions": 2, "steps": 60, "batch": 4, "learning_rate": 1e-2, "final_rate_fraction": 0.01,
    "betas": (0.9, 0.98), "warm_up_steps": 5, "held_out": 4, "clip_norm": 20.0, **WIDTHS,
}


def photo(seed):
    """A picture whose contrast changes from place to place, uint8 [128, 160, 3]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:128, :160]
    contrast = 60 * (np.sin(x / 25 + seed) > 0) + 3
    noise = random.normal(0, 1, (128, 160, 3)) * contrast[..., None]
    return np.clip(128 + 20 * np.sin(y / 40)[..., None] + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def base():
    network = ImageBase(8, 16, seed=3).eval()
    with torch.no_grad():
        network.g_a[6].weight *= 40
    content = base_content(network, {"quality": 1, "origin": "untrained"}, 64)
    return TrainedBase.load(content, "here")


@pytest.fixture(scope="module")
def photos():
    return Photographs("made", tuple(photo(seed) for seed in range(12)), "digest")


def trained(base, photos, folder, **changes):
    content, _ = _context_model.train(base, photos, {**SETTINGS, **changes}, 5,
                                      folder / "context_q1.pt")
    return content


def test_it_learns_what_neighbours_tell(base, photos, tmp_path):
    before, after = (trained(base, photos, tmp_path, steps=steps) for steps in (1, 60))
    assert after["held_out_gain_percent"] < before["held_out_gain_percent"] - 2


def test_its_weights_are_whole_numbers_that_a_codec_takes(base, photos, tmp_path):
    path = tmp_path / "weights.pt"
    checkpoints.save(path, {"kind": "context", **trained(base, photos, tmp_path, steps=3)})
    content = checkpoints.read(path)
    assert {value.dtype for value in content["state"].values()} == {
        torch.int16, torch.int32}
    model = TrainedContext.load(content, "here", base)
    symbols = base.symbols(photos.rgb[0])
    assert np.array_equal(model.decode(model.encode(symbols, 8, 10), 8, 10), symbols)


def test_whole_numbers_lose_next_to_nothing(base, photos, tmp_path):
    content = {"kind": "context", **trained(base, photos, tmp_path, steps=30)}
    model = TrainedContext.load(content, "here", base)
    held_out = [base.symbols(photos.rgb[index]) for index in (0, 4, 8)]
    static = sum(-np.take_along_axis(base.logs, symbols - base.first, axis=1).sum() / 1024
                 for symbols in held_out)
    whole = sum(model.bits(symbols, 8, 10) for symbols in held_out)
    gain = content["held_out_gain_percent"]
    assert 100 * (whole / static - 1) == pytest.approx(gain, abs=1)


def test_latents_are_kept_and_read_again(base, photos, tmp_path, monkeypatch):
    first = trained(base, photos, tmp_path, steps=2)
    monkeypatch.setattr(_latent_grids, "_grid", lambda *_: pytest.fail("made again"))
    (tmp_path / "context_q1.pt").unlink(missing_ok=True)
    again = trained(base, photos, tmp_path, steps=2)
    states = (content["state"] for content in (first, again))
    for one, other in zip(*(state.values() for state in states), strict=True):
        assert torch.equal(one, other)
    assert sorted(path.name for path in tmp_path.glob("latents*")) == [
        "latents_version0.pt", "latents_version1.pt"]


def test_groups_grow_and_hold_all_channels():
    for channels in (1, 2, 5, 36, 192):
        for widths in (WIDTHS, {**WIDTHS, "groups": 9}):
            groups = _context_model.shape_for(channels, widths).groups
            assert sum(groups) == channels
            assert min(groups) >= 1
            assert groups[0] <= groups[-1]


def test_a_batch_holds_latents_of_one_orientation():
    random = np.random.default_rng(1)
    latents = [random.integers(0, 9, (3, *size)).astype(np.int16)
               for size in ((6, 8), (8, 6), (6, 9))]
    for seed in range(10):
        y = _context_model.batch(latents, 4, torch.Generator().manual_seed(seed))
        assert y.shape[0] <= 4
        assert tuple(y.shape[1:]) in {(6, 8, 3), (6, 9, 3), (8, 6, 3)}


def test_a_started_model_gives_each_channel_its_spread():
    shape = _context_model.shape_for(4, WIDTHS)
    torch.manual_seed(1)
    wide, narrow = (_context_model.started(ContextModel(shape), np.full(4, spread))
                    for spread in (9.0, 0.2))
    y = torch.full((1, 6, 6, 4), 9.0)
    assert wide.bits(y) < narrow.bits(y)
    assert wide.bits(0 * y) > narrow.bits(0 * y)
