"""Intervals over clouds and seeds: cases worked out by hand, and how often they hold the truth."""

import numpy as np
import pytest

from lcpc.metrics.intervals import REPLICATES, interval, over_seeds, resampled_trainings


def constant(*values):
    """The values of trainings that are the same for all clouds."""
    return [np.full(REPLICATES, float(value)) for value in values]


def test_a_replicate_of_three_seeds_draws_two_of_them():
    # Of 1, 4 and 7: one twice with 1/9 each, or two of them with 2/9 each, at 2.5, 4 or 5.5.
    values, times = np.unique(over_seeds(constant(1, 4, 7)), return_counts=True)
    assert values.tolist() == [1, 2.5, 4, 5.5, 7]
    assert times / REPLICATES == pytest.approx(np.array([1, 2, 3, 2, 1]) / 9, abs=0.04)


def test_the_variance_of_a_mean_of_seeds_is_the_unbiased_one():
    # s^2 of 1, 4 and 7 is 9, so the variance of their mean is 3; three draws would give 2.
    assert over_seeds(constant(1, 4, 7)).var() == pytest.approx(3, abs=0.25)
    # s^2 of 1 and 3 is 2, so the variance of their mean is 1.
    assert over_seeds(constant(1, 3)).var() == pytest.approx(1, abs=0.05)


def test_the_interval_of_seeds_alone_goes_from_the_lowest_to_the_highest():
    assert interval(over_seeds(constant(1, 4, 7))) == (1, 7)


def test_one_seed_leaves_the_clouds_alone():
    values = np.arange(float(REPLICATES))
    assert over_seeds([values]) is values


def test_seeds_that_agree_leave_the_clouds_alone():
    values = np.random.default_rng(1).normal(size=REPLICATES)
    assert over_seeds([values] * 3) == pytest.approx(values)


def test_a_point_of_a_curve_has_a_mean_of_its_own():
    curve = [np.tile([value, 10 * value], (REPLICATES, 1)) for value in (1.0, 2.0, 3.0)]
    means = over_seeds(curve)
    assert means.shape == (REPLICATES, 2)
    assert means[:, 1] == pytest.approx(10 * means[:, 0])


def test_a_replicate_is_infinite_only_if_it_draws_a_training_that_is():
    means = over_seeds([*constant(1, 2), np.full(REPLICATES, np.inf)])
    drawn = resampled_trainings(3)[:, 2] > 0
    assert np.isinf(means[drawn]).all()
    assert np.isfinite(means[~drawn]).all()


@pytest.mark.parametrize(("of_clouds", "of_seeds", "least", "most"), [
    (1.0, 0.0, 0.92, 0.96), (1.0, 0.3, 0.93, 0.97), (1.0, 1.0, 0.92, 0.97), (0.0, 1.0, 0.72, 0.80)])
def test_how_often_an_interval_of_three_seeds_holds_the_truth(of_clouds, of_seeds, least, most):
    """Standard deviations of what clouds and seeds do to a quantity whose true mean is 0.

    The last case is the documented limit of three seeds.
    """
    rng, trials, inside = np.random.default_rng(3), 1500, 0
    for _ in range(trials):
        seeds = of_clouds * rng.normal() + of_seeds * rng.normal(size=3)
        clouds = of_clouds * rng.normal(size=REPLICATES)
        low, high = interval(over_seeds([value + clouds for value in seeds]))
        inside += low <= 0 <= high
    assert least <= inside / trials <= most
