"""`lcpc bench context_orders`: each position is coded once, after all that it sees."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lcpc import config
from lcpc.bench import _diagonals, context_orders
from lcpc.codecs.image_base import TrainedBase
from lcpc.data.photographs import Photographs
from lcpc.jobs import JobContext
from lcpc.models.image_factorized import ImageBase
from lcpc.training import context
from lcpc.training._image_bottleneck import base_content

SIDE = 8
CONTENT = {"seed": 1, "images": {
    "qualities": [1], "m": 16, "bins": 64, "codecs": ["context-small"], "context_steps": 5,
    "context_batch": 2, "context_versions": 1}}


@pytest.mark.parametrize("name", ["lattice", "checkerboard", "groups"])
def test_positions_are_coded_once_and_see_earlier_passes_alone(name):
    rank = np.full((SIDE + 4, SIDE + 4), -1)
    passes = context_orders.orders()[name]
    inside = rank[2:-2, 2:-2]
    for number, pass_ in enumerate(passes):
        for row, column in pass_.starts:
            assert (inside[row::pass_.step, column::pass_.step] == -1).all()
            inside[row::pass_.step, column::pass_.step] = number
    assert (inside >= 0).all()
    for y, x in np.ndindex(SIDE, SIDE):
        number = inside[y, x]
        seen = [rank[y + 2 + dy, x + 2 + dx] for dy, dx in passes[number].offsets]
        assert all(rank < number for rank in seen)


def test_line_by_line_a_position_sees_what_lies_on_earlier_diagonals_alone():
    (pass_,) = context_orders.orders()["line by line"]
    assert len(pass_.offsets) == 12
    assert all(dx + _diagonals.SLOPE * dy < 0 for dy, dx in pass_.offsets)
    assert context_orders.steps_of([pass_]) == 141


def test_each_order_is_trained_and_gets_a_line(monkeypatch, tmp_path):
    network = ImageBase(8, 16, seed=7).eval()
    with torch.no_grad():
        network.g_a[6].weight *= 400  # wide latents
    base = TrainedBase.load(base_content(network, {"quality": 1, "origin": "own"}, 64), "base")
    rng = np.random.default_rng(1)
    rgb = [rng.integers(0, 256, (64, 96, 3)).astype(np.uint8) for _ in range(11)]
    photos = Photographs("made", tuple(rgb), "digest")
    monkeypatch.setattr(context, "trained_base", lambda job, context: (base, photos, {}))
    settings = config.parse(CONTENT, "mine", "config/mine.yaml")
    job, = context.jobs(settings, Path())
    lines = list(context_orders.lines(job, JobContext(tmp_path, settings), job.values))
    cells = [line.strip("| ").split(" | ") for line in lines]
    groups = context.SIZES["context_small"]["groups"]
    assert [(row[0], int(row[1])) for row in cells] == [
        ("lattice", 5 * groups), ("checkerboard", 2 * groups), ("groups", groups),
        ("line by line", 141 * groups)]
    assert all(np.isfinite(float(row[3])) for row in cells)
