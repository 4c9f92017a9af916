"""`lcpc bench distribution_share`: photographs held out, a line a change, shares that add up."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lcpc import config
from lcpc.bench import distribution_share
from lcpc.codecs.image_base import TrainedBase
from lcpc.data.photographs import Photographs
from lcpc.jobs import JobContext
from lcpc.models.image_factorized import ImageBase
from lcpc.training import distribution
from lcpc.training._image_bottleneck import base_content

BINS = 64
CONTENT = {"seed": 1, "images": {
    "qualities": [1], "m": 16, "n_q": 8, "m_q": 8, "bins": BINS, "distribution_steps": 30,
    "distribution_batch": 4, "distribution_versions": 1}}


@pytest.fixture(scope="module")
def base():
    network = ImageBase(8, 16, seed=7).eval()
    with torch.no_grad():
        network.g_a[6].weight *= 400  # wide latents, which no fitted density describes
    return TrainedBase.load(base_content(network, {"quality": 1, "origin": "own"}, BINS), "base")


@pytest.fixture(scope="module")
def photos():
    rng = np.random.default_rng(1)
    scales = rng.uniform(5, 60, 11)
    rgb = [np.clip(rng.normal(128, scale, (64, 96, 3)), 0, 255).astype(np.uint8)
           for scale in scales]
    return Photographs("made", tuple(rgb), "digest")


def test_each_change_is_trained_without_the_held_out_photographs(base, photos, monkeypatch):
    from lcpc.training import _distribution_model

    seen, train = [], _distribution_model.train

    def noted(base, photos, settings, *rest):
        seen.append((len(photos.rgb), settings["steps"], settings["n_q"]))
        return train(base, photos, settings, *rest)

    monkeypatch.setattr(_distribution_model, "train", noted)
    monkeypatch.setattr(distribution_share, "CHANGES", {"as it is": {}, "longer, wider": {"steps": 2, "n_q": 2}})
    settings = config.parse(CONTENT, "mine", "config/mine.yaml")
    job, = distribution.jobs(settings, Path())
    monkeypatch.setattr(distribution, "trained_base", lambda job, context: (base, photos, {}))
    lines = list(distribution_share.lines(job, JobContext(Path(), settings)))
    assert seen == [(9, 30, 8), (9, 60, 16)]
    assert [line.split("|")[1].strip() for line in lines] == ["as it is", "longer, wider"]
    cells = [[float(cell) for cell in line.split("|")[2:-1]] for line in lines]
    assert cells[0][0] == cells[1][0] < 0
    for ideal, adapted, side, share, _ in cells:
        assert side > 0
        assert share == pytest.approx(100 * (adapted + side) / ideal, abs=1)


def test_a_share_counts_side_information():
    sums = {"static": 100.0, "ideal": 90.0, "adapted": 91.0, "side": 1.0}
    assert distribution_share.share_percent(sums) == 80
