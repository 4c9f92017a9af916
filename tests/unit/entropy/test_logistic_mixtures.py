"""Tables of logistic mixtures: whole numbers that follow the real distributions closely."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcpc.entropy import logistic_mixtures
from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.entropy.pmf import TOTAL

N, K, LARGEST = 200, 3, 20


def sigma(x):
    return 1 / (1 + np.exp(-x))


def probabilities(logs, means, log_scales, largest):
    """P(v) of the equation, by real numbers: [n, values]."""
    weight = np.exp2(logs / LOG_UNITS)
    share = weight / weight.sum(1, keepdims=True)
    mean, scale = means / LOG_UNITS, np.exp2(log_scales / LOG_UNITS)
    v = np.arange(-largest, largest + 1)[:, None]
    # [n, values, K]
    upper, lower = ((v + half - mean[:, None]) / scale[:, None] for half in (0.5, -0.5))
    return (share[:, None] * (sigma(upper) - sigma(lower))).sum(2)


@pytest.fixture(scope="module")
def parameters():
    random = np.random.default_rng(1)
    return (random.integers(-4000, 4000, (N, K)), random.integers(-9000, 9000, (N, K)),
            random.integers(-2500, 3500, (N, K)))


def test_tables_follow_the_real_distributions(parameters):
    tables = logistic_mixtures.tables(*parameters, LARGEST)
    p = probabilities(*parameters, LARGEST)
    frequency = np.diff(tables.cumulative.reshape(N, -1))[:, :-1] / TOTAL
    # Each value has a count of at least 1 of 2^16, and the rest shrinks accordingly.
    assert abs(frequency - p).max() < 1e-3
    with np.errstate(divide="ignore", invalid="ignore"):
        lost_bits = np.nansum(p * np.log2(p / frequency), axis=1)
    assert lost_bits.mean() < 1.5e-3


def test_what_lies_outside_is_the_escapes(parameters):
    tables = logistic_mixtures.tables(*parameters, 3)
    outside = 1 - probabilities(*parameters, 3).sum(1)
    escape = np.diff(tables.cumulative.reshape(N, -1))[:, -1] / TOTAL
    assert abs(escape - outside).max() < 1e-3


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, logistic_mixtures.LARGEST_VALUE))
def test_any_whole_numbers_give_valid_tables(seed, largest):
    random = np.random.default_rng(seed)
    parameters = (random.integers(-2**40, 2**40, (5, 2)) for _ in range(3))
    tables = logistic_mixtures.tables(*parameters, largest)
    assert len(tables) == 5
    assert set(tables.length) == {2 * largest + 2}


def test_sigma_is_that_of_real_numbers_and_symmetric():
    t = np.arange(-20 * LOG_UNITS, 20 * LOG_UNITS + 1)
    whole = logistic_mixtures.sigma(t)
    assert abs(whole / 2**24 - sigma(t / LOG_UNITS)).max() < 2**-22
    assert (np.diff(whole) >= 0).all()
    assert np.array_equal(whole + whole[::-1], np.full(len(t), 2**24))


def test_golden_numbers_of_one_table():
    tables = logistic_mixtures.tables(
        np.array([[0, -1024]]), np.array([[0, 2048]]), np.array([[-1024, 1024]]), 2)
    assert tables.cumulative.tolist() == [0, 2931, 14240, 36573, 48807, 53303, 65536]
