"""The kernels drawn are those by which histograms are counted and learned."""

import numpy as np
import pandas as pd
import pytest
import torch

from lcpc.data.store import npz_bytes
from lcpc.entropy.histogram import histogram
from lcpc.errors import MissingData
from lcpc.figures import histogram_kernels, style
from lcpc.results import schema
from lcpc.results.store import Results, write_rows, write_whole

BINS = np.arange(-4, 4)
OFFSETS = (-1.25, -0.75, -0.25, 0.0, 0.375, 0.625, 1.125)


@pytest.fixture
def results(tmp_path):
    p = np.array([[0, 0, 0.001, 0.1, 0.6, 0.2, 0.099, 0]])
    row = {"run": "mine", "images": "photos", "base": "own", "quality": 1, "image": "a",
           "evidence": "measured", "status": "done", "seed": 1}
    rows = pd.DataFrame([{**dict.fromkeys(schema.columns("image_distributions")), **row}])
    path = tmp_path / "results" / "mine" / "image_distributions" / "q1.csv"
    write_rows(path, "image_distributions", rows, {})
    arrays = {"bins": BINS, "p": p[None], "static": p, "p_hat": p[None]}
    write_whole(path.with_suffix(".npz"), npz_bytes(arrays))
    return Results(tmp_path, "mine")


@pytest.mark.parametrize("offset", OFFSETS)
def test_the_dashed_kernel_is_how_a_value_is_counted(offset):
    shares = histogram(torch.tensor([[[offset]]], dtype=torch.float64), len(BINS))[0, 0]
    counted = [float(histogram_kernels.box(np.array(offset - bin_))) for bin_ in BINS]
    assert shares.tolist() == counted


@pytest.mark.parametrize("offset", OFFSETS)
def test_the_solid_kernel_has_the_slope_of_the_gradient(offset):
    step = 1e-6
    for index, bin_ in enumerate(BINS):
        y = torch.tensor([[[offset]]], dtype=torch.float64, requires_grad=True)
        histogram(y, len(BINS))[0, 0, index].backward()
        ends = histogram_kernels.triangle(np.array([offset, offset + step]) - bin_)
        assert float(y.grad) == pytest.approx((ends[1] - ends[0]) / step, abs=1e-6)


def test_shares_of_next_to_nothing_are_left_out(results):
    points = histogram_kernels.points(results)
    shares = points[points["element"] == "shares"]
    assert shares["value"].tolist() == [-1, 0, 1, 2]
    assert shares["weight"].tolist() == [0.1, 0.6, 0.2, 0.099]


def test_each_bin_has_its_two_kernels_in_the_picture(results):
    with style.applied():
        figure = histogram_kernels.draw(histogram_kernels.points(results))
    left, right = figure.axes
    assert len(left.lines) == 2 * len(histogram_kernels.BINS)
    assert len(right.patches) == 4


def test_a_run_without_rows_says_which_command_makes_them(tmp_path):
    with pytest.raises(MissingData, match="figures/mine/histogram_kernels"):
        histogram_kernels.points(Results(tmp_path, "mine"))
