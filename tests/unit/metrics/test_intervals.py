"""Intervals by a paired bootstrap: what is resampled, and what the ends must be."""

import numpy as np
import pytest

from lcpc.metrics.bjontegaard import overlap_bd_rate, steady_bd_accuracy
from lcpc.metrics.intervals import (
    each,
    interpolated,
    interval,
    max_accuracies,
    overlap_bd_rates,
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


def test_replicates_have_the_distances_of_their_own_curves():
    counts = resampled_counts(400, replicates=4)
    anchor, curve = resampled(*ANCHOR, counts), resampled(*CURVE, counts)
    pair = interpolated(anchor, HIGH), interpolated(curve, HIGH)
    steady, overlap = steady_bd_accuracies(*pair, LOW, HIGH), overlap_bd_rates(*pair)
    for index in range(4):
        points = [points.__dict__[name][index] for points in (anchor, curve)
                  for name in ("rate_bits", "top1_percent")]
        assert steady[index] == steady_bd_accuracy(*points, LOW, HIGH)
        assert overlap[index] == overlap_bd_rate(*points)


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
    with pytest.raises(ValueError, match="resampling 3 has no value: .*invalid literal"):
        each(int, ["1", "2", "x"])


def test_an_end_that_is_infinite_is_no_end():
    values = np.arange(1000.0)
    values[-20:] = np.inf
    assert interval(values) == pytest.approx((24.975, 974.025))
    values[-60:] = np.inf
    with pytest.raises(ValueError, match="6 % of the resamplings have no finite value"):
        interval(values)
