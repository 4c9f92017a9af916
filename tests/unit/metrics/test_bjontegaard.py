"""The Bjontegaard recipe: its steps, and what must hold whatever the curves are."""

from functools import partial

import bjontegaard  # noqa: F401 - here, so that no timed example waits for its import
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.metrics.bjontegaard import (
    ACCURACY_STEP,
    bd_accuracy_points,
    bd_rate_percent,
    extended,
    front,
    overlap_bd_rate,
    steady_bd_accuracy,
)

gaps = st.lists(st.tuples(st.floats(0.05, 2), st.floats(0.5, 9)), min_size=3, max_size=10)


def rising(steps):
    log_rates, accuracies = np.cumsum(np.array(steps), axis=0).T
    return np.exp(log_rates), accuracies


@given(gaps)
def test_a_curve_against_itself_has_no_distance(steps):
    rate, accuracy = rising(steps)
    assert bd_rate_percent(rate, accuracy, rate, accuracy) == pytest.approx(0, abs=1e-9)
    assert bd_accuracy_points(rate, accuracy, rate, accuracy) == pytest.approx(0, abs=1e-9)


@given(gaps, st.floats(0.02, 50))
def test_rates_scaled_by_c_change_the_rate_by_c_minus_one(steps, c):
    rate, accuracy = rising(steps)
    found = bd_rate_percent(rate, accuracy, c * rate, accuracy, extend=False)
    assert found == pytest.approx(100 * (c - 1), rel=1e-6, abs=1e-6)


@given(gaps, st.floats(1, 50))
def test_a_codec_that_outlasts_its_anchor_is_not_extended(steps, c):
    rate, accuracy = rising(steps)
    assert bd_rate_percent(rate, accuracy, c * rate, accuracy) == pytest.approx(
        100 * (c - 1), rel=1e-6, abs=1e-6
    )


@given(gaps, st.floats(-5, 5))
def test_accuracies_shifted_by_d_change_the_accuracy_by_d(steps, d):
    rate, accuracy = rising(steps)
    assert bd_accuracy_points(rate, accuracy, rate, accuracy + d) == pytest.approx(d, abs=1e-8)


@given(gaps, gaps)
def test_swapping_anchor_and_codec_turns_the_rate_ratio_over(steps, others):
    rate, accuracy = rising(steps)
    other_rate, other_accuracy = rising(others)
    other_accuracy = other_accuracy - other_accuracy[0] + accuracy[0]
    there = bd_rate_percent(rate, accuracy, other_rate, other_accuracy, extend=False)
    back = bd_rate_percent(other_rate, other_accuracy, rate, accuracy, extend=False)
    assert (1 + there / 100) * (1 + back / 100) == pytest.approx(1, rel=1e-6)


def test_points_below_the_front_change_nothing():
    rate, accuracy = [10, 20, 40, 80], [50.0, 60, 70, 75]
    with_beaten = bd_rate_percent(rate, accuracy, [9, 15, 16, 33, 60], [50, 61, 55, 70, 74])
    assert with_beaten == bd_rate_percent(rate, accuracy, [9, 15, 33, 60], [50, 61, 70, 74])


def test_straight_lines_in_log_rate_give_the_mean_accuracy_by_hand():
    # Akima keeps a straight line: both 10 points a decade, 3 apart, over the shared decade.
    assert bd_accuracy_points([10, 100, 1000], [0, 10, 20], [1, 10, 100], [-7, 3, 13],
                              extend=False) == pytest.approx(3)


def test_the_last_accuracy_is_carried_on_to_the_anchors_highest_rate():
    rates, accuracies = extended(front([10, 20], [50, 60]), 160)
    assert rates.tolist() == [10, 20, 160]
    assert accuracies[-1] == 60 + ACCURACY_STEP


def test_a_carried_curve_counts_its_last_accuracy_over_the_rates_it_saves():
    anchor = ([10, 100, 1000, 10000], [50, 60, 70, 80])
    cheap = ([1, 2, 5, 10], [50, 79.99, 79.995, 80])
    # Carried on at 80 over the anchor's range, whose mean is 65.
    assert bd_accuracy_points(*anchor, *cheap) == pytest.approx(15, abs=0.1)


def test_pchip_does_not_swing_over_the_extension_behind_a_short_steep_interval():
    anchor, steep = ([100, 1000, 10000], [60, 70, 80]), ([1, 2, 5, 9.9, 10], [50, 70, 79, 79.5, 80])
    # Carried on at 80 over the anchor's range, whose mean is 70.
    assert bd_accuracy_points(*anchor, *steep, method="pchip") == pytest.approx(10, abs=0.01)
    assert bd_accuracy_points(*anchor, *steep) > 11


def test_curves_without_a_shared_range_of_rate_are_refused_by_name():
    with pytest.raises(ValueError,
                       match="share no range of rate: the anchor covers 100 to 300, the codec 1 to "
                             "3"):
        bd_accuracy_points([100, 200, 300], [1, 2, 3], [1, 2, 3], [1, 2, 3], extend=False)


def test_curves_without_a_shared_range_of_accuracy_are_refused_by_name():
    with pytest.raises(ValueError, match="share no range of accuracy"):
        bd_rate_percent([1, 2, 3], [1, 2, 3], [1, 2, 3], [11, 12, 13])


@pytest.mark.parametrize("extend", [True, False])
def test_a_front_of_two_points_is_a_line_that_nothing_bends(extend):
    assert bd_rate_percent([100, 400], [50, 80], [50, 200], [50, 80], extend) == pytest.approx(-50)


@pytest.mark.parametrize("accuracy", [[5, 20], [5, 10, 20]])
def test_accuracies_that_only_touch_are_no_shared_range_though_one_is_carried_on(accuracy):
    with pytest.raises(ValueError, match="share no range of accuracy: the anchor covers 20 to 80, "
                                         "the codec 5 to 20"):
        bd_rate_percent([100, 200, 400], [20, 50, 80], [50, 100, 200][:len(accuracy)], accuracy)


def test_a_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="has no logarithm"):
        bd_rate_percent([0, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3])


def test_a_single_point_is_no_curve():
    with pytest.raises(ValueError, match="single point"):
        bd_rate_percent([1, 2, 3], [1, 2, 3], [5], [2])


def test_steady_accuracy_of_a_curve_carried_flat_is_that_by_hand():
    # Log rates 1 to 3. Curve: 10 to 20 over the first decade with PCHIP slopes 15 and 0, whose area
    # is 15 + 15 / 12, then 20: mean 18.125. Anchor: a straight line of mean 10.
    assert steady_bd_accuracy([10, 1000], [0, 20], [10, 100], [10, 20], 10, 1000) == pytest.approx(
        8.125)


@pytest.mark.parametrize("low", [1, 10, 100])
def test_steady_accuracy_starts_where_the_later_curve_begins(low):
    # From 100 to 1000 the straight lines have means 20 and 15.
    assert steady_bd_accuracy([10, 1000], [0, 20], [100, 1000], [15, 25], low,
                              1000) == pytest.approx(5)


def test_steady_accuracy_is_no_different_where_the_anchor_was_measured_further():
    short, long = ([10, 100, 1000], [50, 80, 80.5]), ([10, 100, 1000, 1e6], [50, 80, 80.5, 80.6])
    micro = ([2, 5, 20], [50, 70, 82])
    by_short, by_long = (steady_bd_accuracy(*anchor, *micro, 10, 1000) for anchor in (short, long))
    assert by_long == pytest.approx(by_short, abs=0.1)
    printed_short, printed_long = (bd_accuracy_points(*anchor, *micro) for anchor in (short, long))
    assert abs(printed_long - printed_short) > 1


@given(gaps)
def test_steady_distances_of_a_curve_to_itself_are_zero(steps):
    rate, accuracy = rising(steps)
    assert steady_bd_accuracy(rate, accuracy, rate, accuracy, rate[0], 2 * rate[-1]) == 0
    assert overlap_bd_rate(rate, accuracy, rate, accuracy) == 0


def test_a_curve_that_begins_after_the_range_has_no_steady_accuracy():
    with pytest.raises(ValueError, match="begins at 2000 bits, after the end of the range to "
                                         r"compare over \(10 to 1000 bits\)"):
        steady_bd_accuracy([10, 1000], [0, 20], [2000, 4000], [10, 20], 10, 1000)


def test_half_the_bits_at_both_points_are_minus_50_percent():
    assert overlap_bd_rate([100, 400], [50, 80], [50, 200], [50, 80]) == pytest.approx(-50)


def test_overlap_rate_of_straight_lines_is_that_by_hand():
    # Over accuracies 10 to 20 the mean log rates are 2.5 and 1.5: a tenth of the bits.
    assert overlap_bd_rate([10, 1000], [0, 20], [10, 1000], [10, 30]) == pytest.approx(-90)


def test_overlap_rate_of_a_bent_curve_is_that_by_hand():
    # Log rates 0, 1, 1.5 with PCHIP slopes 5/4, 2/3, 1/4: mean (1.75 + 1 / 12) / 2; anchor 0.75.
    change = overlap_bd_rate([1, 10**1.5], [0, 2], [1, 10, 10**1.5], [0, 1, 2])
    assert change == pytest.approx(100 * (10 ** (1 / 6) - 1))


def test_accuracies_that_only_touch_have_no_overlap_rate():
    with pytest.raises(ValueError, match="share no range of accuracy: the anchor covers 50 to 80, "
                                         "the codec 80 to 90"):
        overlap_bd_rate([100, 400], [50, 80], [50, 200], [80, 90])


def test_points_of_one_rate_are_no_curve():
    for metric in (overlap_bd_rate, partial(steady_bd_accuracy, low=10, high=1000)):
        with pytest.raises(ValueError, match="the Pareto front is a single point"):
            metric([100, 400], [50, 80], [100, 100], [50, 80])
