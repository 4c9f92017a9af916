"""The rate-distortion function against its closed forms and the laws it obeys."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcpc.metrics.blahut_arimoto import (
    hamming_distortion,
    rate_at_accuracy_bits,
    rate_at_distortion_bits,
    rate_distortion_curve,
    rate_distortion_point,
    uniform_rate_bits,
)
from lcpc.metrics.information import binary_entropy_bits, distribution, entropy_bits

priors = st.lists(st.integers(1, 100), min_size=2, max_size=8)


@pytest.mark.parametrize("labels", [2, 10, 40])
@pytest.mark.parametrize("wrong_share", [0.01, 0.2, 0.45])
def test_equal_labels_follow_the_closed_form(labels, wrong_share):
    found = rate_at_accuracy_bits(np.ones(labels), 100 * (1 - wrong_share))
    assert found == pytest.approx(uniform_rate_bits(labels, wrong_share), abs=1e-6)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
def test_a_biased_coin_follows_the_closed_form(p):
    # R(D) = h(p) - h(D) for D < p (Cover and Thomas, theorem 10.3.1).
    found = rate_at_distortion_bits([p, 1 - p], hamming_distortion(2), 0.05)
    assert found == pytest.approx(binary_entropy_bits(p) - binary_entropy_bits(0.05), abs=1e-6)


@settings(max_examples=40)
@given(priors)
def test_along_rising_slopes_the_rate_rises_between_zero_and_the_entropy(counts):
    curve = rate_distortion_curve(counts, hamming_distortion(len(counts)),
                                  [0.0, 0.5, 1.3, 2.9, 6.0, 30.0])
    rates, distortions = np.array(curve).T
    assert (np.diff(rates) >= -1e-7).all()
    assert (np.diff(distortions) <= 1e-7).all()
    assert rates[0] == pytest.approx(0, abs=1e-9)
    assert rates[-1] <= entropy_bits(distribution(counts)) + 1e-9


@settings(max_examples=25)
@given(priors, st.floats(0.05, 0.9))
def test_the_rate_is_convex_in_the_distortion(counts, share):
    costs = hamming_distortion(len(counts))
    worst = 1 - distribution(counts).max()
    left, middle, right = (rate_at_distortion_bits(counts, costs, d)
                           for d in (0, share * worst, worst))
    assert right == 0
    assert middle <= (1 - share) * left + 1e-6
    assert left == pytest.approx(float(entropy_bits(distribution(counts))), abs=1e-6)


@settings(max_examples=25)
@given(priors, st.floats(0.05, 0.95))
def test_shannons_lower_bound_holds(counts, share):
    wrong = share * (1 - distribution(counts).max())
    bound = (
        entropy_bits(distribution(counts))
        - binary_entropy_bits(wrong)
        - wrong * math.log2(max(1, len(counts) - 1))
    )
    assert rate_at_distortion_bits(counts, hamming_distortion(len(counts)), wrong) >= bound - 1e-6


def test_a_label_that_never_comes_costs_nothing():
    assert rate_at_accuracy_bits([3, 2, 1, 0], 90) == pytest.approx(
        rate_at_accuracy_bits([3, 2, 1], 90), abs=1e-6
    )


def test_always_guessing_the_commonest_label_needs_no_bits():
    assert rate_at_accuracy_bits([6, 3, 1], 60) == 0
    assert rate_at_accuracy_bits([6, 3, 1], 61) > 0


def test_squared_distances_between_positions_may_be_the_distortion():
    positions = np.array([0.0, 1.0, 2.0])
    costs = (positions[:, None] - positions) ** 2
    point = rate_distortion_point([1, 1, 1], costs, slope=0.0)
    assert point.rate_bits == pytest.approx(0, abs=1e-12)
    assert point.distortion == pytest.approx(costs.mean())


def test_a_distortion_below_the_least_is_refused():
    with pytest.raises(ValueError, match=r"no code reaches a distortion of 0\.5; the least is 1"):
        rate_at_distortion_bits([1, 1], hamming_distortion(2) + 1, 0.5)


def test_an_accuracy_above_100_percent_is_refused():
    with pytest.raises(ValueError, match="between 0 and 100 %, not at 101"):
        rate_at_accuracy_bits([1, 1], 101)


def test_a_distortion_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"needs a finite distortion \[3, m\], not \(2, 2\)"):
        rate_distortion_point([1, 1, 1], hamming_distortion(2), 1.0)


def test_the_closed_form_needs_two_labels():
    with pytest.raises(ValueError, match="two labels or more"):
        uniform_rate_bits(1, 0.1)


def test_an_accuracy_written_with_nine_digits_costs_nothing_at_the_best_constant_answer() -> None:
    prior = np.full(40, 2368 / 39 / 2468)
    prior[0] = 100 / 2468
    prior[1:] = (1 - prior[0]) / 39
    best = 100 * prior.max()
    assert rate_at_accuracy_bits(prior, float(f"{best:.9g}") + 1e-8) == 0.0
    assert 0.0 < rate_at_accuracy_bits(prior, best + 0.05) < 0.01


def test_the_bound_is_found_where_a_whole_group_of_labels_just_drops_out() -> None:
    counts = np.repeat([100.0, 86.0, 50.0, 20.0], [19, 4, 1, 16])
    prior = counts / counts.sum()
    accuracies = [14.0, 14.3, 14.6272285, 15.0]
    bits = [rate_at_accuracy_bits(prior, accuracy) for accuracy in accuracies]
    assert (np.diff(bits) > 0).all()
    assert bits[2] == pytest.approx(np.interp(accuracies[2], [14.3, 15.0], [bits[1], bits[3]]),
                                    abs=1e-3)
