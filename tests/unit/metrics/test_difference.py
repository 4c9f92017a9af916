"""Accuracy at equal rate: what one curve has above another, where it has most and least."""

import numpy as np
import pytest

from lcpc.metrics.difference import accuracy_difference, points_above

ANCHOR = ([10.0, 100.0, 1000.0], [20.0, 40.0, 60.0])


def test_a_curve_does_not_differ_from_itself() -> None:
    found = accuracy_difference(*ANCHOR, *ANCHOR)
    assert (found.mean, found.least, found.greatest) == (0, 0, 0)
    assert (found.first_rate, found.last_rate) == (10, 1000)


def test_a_curve_at_twice_the_rate_lies_below_by_its_slope() -> None:
    found = accuracy_difference(*ANCHOR, [20, 200, 2000], [20, 40, 60])
    assert (found.first_rate, found.last_rate) == (20, 1000)
    for value in (found.mean, found.least, found.greatest):
        assert value == pytest.approx(-20 * 0.30103, abs=1e-3)


def test_extremes_come_with_their_rates() -> None:
    found = accuracy_difference(*ANCHOR, [10, 100, 1000], [25, 40, 57])
    assert (found.greatest, found.greatest_rate) == pytest.approx((5, 10))
    assert (found.least, found.least_rate) == pytest.approx((-3, 1000))
    assert found.mean == pytest.approx(0.5, abs=0.02)


def test_points_that_another_point_beats_do_not_count() -> None:
    rate, accuracy = [10, 100, 300, 1000], [20, 40, 30, 60]
    assert accuracy_difference(*ANCHOR, rate, accuracy).least == pytest.approx(0)


def test_curves_without_a_rate_in_common_are_refused() -> None:
    with pytest.raises(ValueError, match="share no range of rate"):
        accuracy_difference(*ANCHOR, [2000, 3000], [70, 80])


def test_points_are_told_one_by_one_and_none_beyond_the_anchors_ends() -> None:
    above = points_above(*ANCHOR, [5, 10, 100, 1000, 2000], [10, 21, 39, 60, 99])
    assert above[1:4] == pytest.approx([1, -1, 0])
    assert np.isnan(above[[0, 4]]).all()
