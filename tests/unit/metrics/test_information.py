"""Entropy and its relatives against closed forms and Gibbs' inequality."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.metrics.information import (
    binary_entropy_bits,
    cross_entropy_bits,
    distribution,
    entropy_bits,
    kl_divergence_bits,
    rate_change_percent,
)

weights = st.lists(st.floats(0.01, 10), min_size=6, max_size=6)


@pytest.mark.parametrize("outcomes", [1, 2, 40, 256])
def test_equal_outcomes_have_log2_of_their_number(outcomes):
    assert entropy_bits(distribution(np.ones(outcomes))) == pytest.approx(np.log2(outcomes))


def test_an_impossible_outcome_adds_nothing():
    assert entropy_bits([0.5, 0.5, 0.0]) == 1.0


def test_one_number_a_channel_comes_back():
    assert entropy_bits(np.full((3, 2, 4), 0.25)).tolist() == [[2.0, 2.0]] * 3


def test_one_default_serves_many_channels():
    p = distribution(np.arange(1, 9).reshape(2, 4))
    q = distribution([4, 3, 2, 1])
    assert cross_entropy_bits(p, q) == pytest.approx([cross_entropy_bits(row, q) for row in p])


@given(weights, weights)
def test_coding_with_another_distribution_never_saves_bits(a, b):
    p, q = distribution(a), distribution(b)
    assert kl_divergence_bits(p, q) >= -1e-12
    assert cross_entropy_bits(p, q) == pytest.approx(entropy_bits(p) + kl_divergence_bits(p, q))


def test_an_outcome_that_the_code_does_not_know_costs_without_end():
    assert kl_divergence_bits([0.5, 0.5], [1.0, 0.0]) == np.inf


@pytest.mark.parametrize("bad", [[0, 0], [1, -1, 2], [1, np.inf]])
def test_weights_that_make_no_distribution_are_refused(bad):
    with pytest.raises(ValueError, match="finite weights, none negative"):
        distribution(bad)


def test_a_change_of_rate_is_relative_to_the_reference():
    assert rate_change_percent([90, 120], [100, 100]) == pytest.approx([-10, 20])


def test_a_change_against_no_bits_is_refused():
    with pytest.raises(ValueError, match="above zero"):
        rate_change_percent(1, 0)


def test_a_fair_coin_is_one_bit_and_a_certain_one_none():
    assert [binary_entropy_bits(p) for p in (0.0, 0.5, 1.0)] == [0, 1, 0]
    with pytest.raises(ValueError, match="no probability"):
        binary_entropy_bits(1.5)
