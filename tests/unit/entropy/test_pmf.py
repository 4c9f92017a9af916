"""Frequency tables: near the probabilities, exact in their sum, and refused when they are none."""

import numpy as np
import pytest

from lcpc.entropy.pmf import TOTAL, FrequencyTables, frequencies_of, frequency_tables
from lcpc.errors import DataError


def arrays(**changes):
    good = {
        "offset": [-1, 0],
        "length": [3, 2],
        "cumulative": [0, 100, 65000, TOTAL, 0, 65535, TOTAL],
    }
    return {name: np.array(value) for name, value in {**good, **changes}.items()}


def test_tables_cost_almost_nothing_over_the_probabilities_they_come_from():
    p = np.exp(-abs(np.arange(-19, 20)) / 2.0)
    p *= (1 - 1e-4) / p.sum()
    q = frequencies_of(p)[:-1] / TOTAL
    assert (p * np.log2(p / q)).sum() < 1e-4


def test_the_escape_holds_what_the_probabilities_lack():
    assert frequencies_of([0.5, 0.25])[-1] == TOTAL // 4


def test_probabilities_that_sum_to_more_than_one_are_scaled():
    assert frequencies_of([1.0, 1.0, 2.0]).tolist() == [16384, 16384, 32767, 1]


def test_thousands_of_impossible_symbols_still_get_a_count_each():
    p = np.zeros(30_000)
    p[7] = 1.0
    frequencies = frequencies_of(p)
    assert frequencies.sum() == TOTAL
    assert frequencies.min() == 1
    assert frequencies[7] == TOTAL - 30_000


def test_equal_probabilities_give_equal_tables_every_time():
    p = np.random.default_rng(0).dirichlet(np.ones(50))
    assert frequencies_of(p).tolist() == frequencies_of(p.copy()).tolist()


@pytest.mark.parametrize("p", [[], [[0.5]], [0.0], [-0.1, 1.0], [np.nan], [np.inf]])
def test_what_is_no_distribution_is_refused(p):
    with pytest.raises(DataError, match="probabilities"):
        frequencies_of(p)


def test_tables_survive_a_checkpoint_as_plain_integers():
    tables = frequency_tables([[0.2, 0.7, 0.1], [1.0]], [-1, 4])
    again = FrequencyTables.from_arrays(tables.to_arrays())
    assert all(array.dtype == np.int64 for array in tables.to_arrays().values())
    assert again.rows == tables.rows
    assert again.modes == [(0, tables.modes[0][1], 0), (4, TOTAL - 1, 1)]


def test_bits_are_those_of_the_frequencies():
    tables = FrequencyTables.from_arrays(
        arrays(cumulative=[0, 16384, 49152, TOTAL, 0, 32768, TOTAL])
    )
    assert tables.bits([-1, 0]) == 3.0
    assert tables.bits([0, 9]) == 2.0


HOSTILE = {
    "falling": {"cumulative": [0, 65000, 100, TOTAL, 0, 65535, TOTAL]},
    "a symbol without a count": {"cumulative": [0, 100, 100, TOTAL, 0, 65535, TOTAL]},
    "not from 0": {"cumulative": [1, 100, 65000, TOTAL, 0, 65535, TOTAL]},
    "not to the total": {"cumulative": [0, 100, 65000, TOTAL, 0, 5, 65535]},
    "beyond the total": {"cumulative": [0, 100, 2 * TOTAL, TOTAL, 0, 65535, TOTAL]},
    "wrapping around 64 bits": {"cumulative": [0, 2**63 - 1, -(2**63) + 1, TOTAL, 0, 65535, TOTAL]},
    "too few numbers": {"cumulative": [0, 100, TOTAL]},
    "negative length": {"length": [6, -1]},
    "huge length": {"length": [2**62, 2**62]},
    "lengths that do not match": {"length": [5]},
    "fractions": {"cumulative": [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0]},
    "a matrix": {"offset": [[-1, 0]]},
    "offset beyond the limit": {"offset": [-1, 40_000]},
    "offset at the end of 64 bits": {"offset": [-(2**63), 2**63 - 1]},
    "no channel": {
        "offset": np.zeros(0, int),
        "length": np.zeros(0, int),
        "cumulative": np.zeros(0, int),
    },
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_tables_are_refused(changes):
    with pytest.raises(DataError, match="frequency tables"):
        FrequencyTables.from_arrays(arrays(**changes))


def test_tables_that_lack_an_array_name_it():
    incomplete = arrays()
    del incomplete["cumulative"]
    with pytest.raises(DataError, match="lack cumulative"):
        FrequencyTables.from_arrays(incomplete)


def test_nobody_can_change_tables_that_passed_the_check():
    tables = FrequencyTables.from_arrays(arrays())
    with pytest.raises(ValueError, match="read-only"):
        tables.cumulative[0] = 1
