"""Intervals by a paired bootstrap: what is resampled, and what the ends must be."""

from functools import partial

import numpy as np
import pytest

from lcpc.metrics.bjontegaard import (
    bd_accuracy_points,
    bd_rate_percent,
    overlap_bd_rate,
    steady_bd_accuracy,
)
from lcpc.metrics.intervals import (
    Replicates,
    interpolated,
    interval,
    max_accuracies,
    overlap_bd_rates,
    printed_bd_accuracies,
    printed_bd_rates,
    resampled,
    resampled_counts,
    steady_bd_accuracies,
)

LOW, HIGH = 10.0, 2000.0


def clouds(rates, shares, count=400, seed=0):
    """Clouds [n, k] around `rates`; each is right from the first setting on that it reaches."""
    rng = np.random.default_rng(seed)
    ease = rng.random((count, 1))
    return rng.normal(rates, np.array(rates) / 50, (count, len(rates))), (ease < shares).astype(float)


ANCHOR = clouds([50, 200, 800], [0.4, 0.7, 0.85])
CURVE = clouds([10, 30, 90], [0.5, 0.7, 0.8])


def test_every_replicate_draws_as_many_clouds_as_there_are():
    counts = resampled_counts(30, replicates=50)
    assert counts.shape == (50, 30)
    assert set(counts.sum(axis=1)) == {30}


def test_equal_seeds_draw_equal_clouds_and_others_do_not():
    assert (resampled_counts(30, 5) == resampled_counts(30, 5)).all()
    assert (resampled_counts(30, 5) != resampled_counts(30, 5, seed=2)).any()


def test_without_clouds_there_is_nothing_to_resample():
    with pytest.raises(ValueError, match="no test cloud"):
        resampled_counts(0)


def test_means_are_those_of_the_drawn_clouds_repeated():
    counts = resampled_counts(400, replicates=3)
    curve = resampled(*CURVE, counts)
    for index, times in enumerate(counts.astype(int)):
        rates, is_right = (np.repeat(matrix, times, axis=0) for matrix in CURVE)
        assert curve.rate_bits[index] == pytest.approx(rates.mean(axis=0))
        assert curve.top1_percent[index] == pytest.approx(100 * is_right.mean(axis=0))


@pytest.mark.parametrize("points", [2, 3])
def test_replicates_have_the_distances_of_their_own_curves(points):
    counts = resampled_counts(400, replicates=20)
    few = tuple(matrix[:, :points] for matrix in CURVE)
    anchor, curve = resampled(*ANCHOR, counts), resampled(*few, counts)
    pair = interpolated(anchor, HIGH), interpolated(curve, HIGH)
    distances = {
        partial(steady_bd_accuracy, low=LOW, high=HIGH): steady_bd_accuracies(*pair, LOW, HIGH),
        overlap_bd_rate: overlap_bd_rates(*pair),
        bd_rate_percent: printed_bd_rates(anchor, curve),
        bd_accuracy_points: printed_bd_accuracies(anchor, curve)}
    points = zip(anchor.rate_bits, anchor.top1_percent, curve.rate_bits, curve.top1_percent,
                 strict=True)
    for index, arrays in enumerate(points):
        for of_one, of_all in distances.items():
            assert of_all[index] == pytest.approx(of_one(*arrays), rel=1e-9)


def test_the_interval_of_an_accuracy_is_that_of_a_binomial_share():
    is_right = (np.arange(400) < 320).astype(float)[:, None]
    curve = resampled(np.ones((400, 1)), is_right, resampled_counts(400, 4000))
    low, high = interval(max_accuracies(curve))
    half = 196 * np.sqrt(0.8 * 0.2 / 400)
    assert (low, high) == pytest.approx((80 - half, 80 + half), abs=0.4)


def test_clouds_that_are_all_alike_leave_no_doubt():
    alike = np.ones((400, 2)) * [10.0, 20.0], np.ones((400, 2)) * [0.0, 1.0]
    curve = resampled(*alike, resampled_counts(400, 20))
    assert interval(max_accuracies(curve)) == (100, 100)
    assert interval(curve.rate_bits[:, 1]) == (20, 20)


def test_a_pair_on_the_same_clouds_is_surer_than_on_others():
    counts, others = resampled_counts(400, 200), resampled_counts(400, 200, seed=2)
    curve = interpolated(resampled(*CURVE, counts), HIGH)
    width = []
    for drawn in (counts, others):
        anchor = interpolated(resampled(*ANCHOR, drawn), HIGH)
        low, high = interval(steady_bd_accuracies(anchor, curve, LOW, HIGH))
        width.append(high - low)
    assert width[0] < 0.8 * width[1]


def test_a_curve_against_itself_has_an_interval_of_zero():
    curve = interpolated(resampled(*CURVE, resampled_counts(400, 20)), HIGH)
    assert interval(steady_bd_accuracies(curve, curve, LOW, HIGH)) == (0, 0)
    assert interval(overlap_bd_rates(curve, curve)) == (0, 0)


def test_a_replicate_without_a_value_leaves_no_interval():
    rates, accuracies = np.ones((3, 2)) * [10.0, 20.0], np.array([[50.0, 60], [50, 61], [50, 50]])
    with pytest.raises(ValueError, match="resampling 3 has no value: the Pareto front is a single"):
        interpolated(Replicates(rates, accuracies), HIGH)
    rates[1, 0] = 0
    with pytest.raises(ValueError, match="resampling 2 has no value: a rate of 0 has no logarithm"):
        interpolated(Replicates(rates, accuracies), HIGH)


def test_curves_that_share_no_accuracies_have_no_rates_to_compare():
    rates = np.array([[10.0, 20.0]])
    low, high = Replicates(rates, np.array([[1.0, 2]])), Replicates(rates, np.array([[3.0, 4]]))
    with pytest.raises(ValueError, match="resampling 1 has no value: the curves share no range"):
        overlap_bd_rates(interpolated(low, HIGH), interpolated(high, HIGH))


def test_an_end_that_is_infinite_is_no_end():
    values = np.arange(1000.0)
    values[-20:] = np.inf
    assert interval(values) == pytest.approx((24.975, 974.025))
    values[-60:] = np.inf
    with pytest.raises(ValueError, match="6 % of the resamplings have no finite value"):
        interval(values)
