"""Reading a rate off a curve."""

import pytest

from lcpc.metrics.interpolate import rate_at_accuracy, rates_around


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


@pytest.mark.parametrize(("target", "rates"), [(62, (10, 30)), (85, (30, 90)), (70, (30, 30)), (60, (10, 10)), (90, (90, 90))])
def test_the_rates_around_are_those_of_the_points_that_a_rate_is_read_between(target, rates):
    assert rates_around([90, 10, 40, 30], [90, 60, 65, 70], target) == rates


def test_there_are_no_rates_around_an_accuracy_off_the_curve():
    with pytest.raises(ValueError, match="covers accuracies from 60 to 90"):
        rates_around([10, 90], [60, 90], 91)
