"""Reading a rate off a curve."""

import pytest

from lcpc.metrics.interpolate import rate_at_accuracy


def test_halfway_between_two_points_lies_their_mean_rate():
    assert rate_at_accuracy([10, 30, 90], [60, 70, 90], 80) == 60


def test_a_beaten_point_has_no_say():
    assert rate_at_accuracy([10, 30, 40, 90], [60, 70, 65, 90], 80) == 60


def test_points_in_any_order_are_the_same_curve():
    assert rate_at_accuracy([90, 10, 30], [90, 60, 70], 65) == 20


@pytest.mark.parametrize("target", [59.9, 90.1])
def test_nothing_is_extrapolated(target):
    with pytest.raises(ValueError, match="covers accuracies from 60 to 90"):
        rate_at_accuracy([10, 90], [60, 90], target)
