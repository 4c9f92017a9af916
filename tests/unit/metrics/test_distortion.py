"""Errors and their decibels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.metrics.distortion import (
    ms_ssim_db,
    mse_of_psnr,
    nrmse,
    nrmse_of_psnr,
    psnr_db,
    psnr_of_nrmse,
)


def test_an_error_of_one_level_is_48_db():
    assert psnr_db(1.0) == pytest.approx(20 * math.log10(255))


@given(st.floats(5, 60))
def test_psnr_and_its_inverses_agree(psnr):
    assert psnr_db(mse_of_psnr(psnr)) == pytest.approx(psnr)
    assert psnr_of_nrmse(nrmse_of_psnr(psnr)) == pytest.approx(psnr)


def test_nothing_lost_has_no_finite_decibels():
    assert psnr_db(0) == math.inf
    assert ms_ssim_db(1) == math.inf


def test_ms_ssim_gains_ten_decibels_for_each_nine():
    assert [ms_ssim_db(s) for s in (0.9, 0.99, 0.999)] == pytest.approx([10, 20, 30])


def test_values_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="cannot be"):
        psnr_db(-1)
    with pytest.raises(ValueError, match="cannot be"):
        ms_ssim_db(1.01)


def test_nrmse_counts_valid_positions_only():
    actual = np.zeros((2, 2, 2))
    predicted = np.array([[[3.0, 3], [9, 9]], [[3, 3], [9, 9]]])
    assert nrmse(predicted, actual, [[True, True], [False, False]], span=6) == pytest.approx(0.5)


@given(st.floats(0.1, 100))
def test_nrmse_does_not_depend_on_the_unit(scale):
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(2, 3, 4, 5))
    assert nrmse(scale * a, scale * b, True,
                 scale * np.ptp(b)) == pytest.approx(nrmse(a, b, True, np.ptp(b)))


def test_a_motion_that_predicts_nothing_is_refused():
    with pytest.raises(ValueError, match="no position is valid"):
        nrmse(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), False, span=1)


def test_a_tensor_without_range_is_refused():
    with pytest.raises(ValueError, match="dynamic range of 0"):
        nrmse(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), True, span=0)
