"""Integer tables of many channels at once: exact sums, near the probabilities, alike wherever they
are made."""

import numpy as np
import pytest

from lcpc.entropy import integer_tables
from lcpc.entropy.pmf import TOTAL


@pytest.fixture(scope="module")
def logs():
    """Laplacian distributions of many widths over 256 bins, log2 in units of 2^-10 bits."""
    width = np.exp(np.random.default_rng(1).normal(-1, 1.5, (192, 1)))
    p = np.exp(-abs(np.arange(-128, 128)) / width)
    return np.rint(1024 * np.log2(np.maximum(p / p.sum(1, keepdims=True), 2.0**-33))).astype(
        np.int64
    )


def shares(logs):
    weight = integer_tables.weights(logs).astype(float)
    return weight / weight.sum(1, keepdims=True)


def spread(tables, channel, bins, first):
    """Probabilities that a table gives to each bin; 0 outside its support."""
    begin = tables.start[channel]
    counts = np.diff(tables.cumulative[begin:begin + tables.length[channel] + 1])[:-1]
    p = np.zeros(bins)
    p[tables.offset[channel] - first:][:len(counts)] = counts / TOTAL
    return p


def test_weights_are_powers_of_two_of_the_logs():
    weight = integer_tables.weights(np.array([[0, -1024, -512, -40 * 1024]]))
    assert weight.tolist() == [[1 << 32, 1 << 31, round(2**31.5), 0]]


def test_tables_cost_less_than_a_tenth_of_a_percent_more_than_the_probabilities(logs):
    tables, p = integer_tables.of_logs(logs, -128), shares(logs)
    coded = np.stack([spread(tables, channel, 256, -128) for channel in range(192)])
    inside = coded > 0
    entropy = -(p * np.log2(p, out=np.zeros_like(p), where=p > 0)).sum()
    assert -(p[inside] * np.log2(coded[inside])).sum() == pytest.approx(entropy, rel=1e-3)


def test_what_no_entry_is_spent_on_is_unlikely(logs):
    tables, p = integer_tables.of_logs(logs, -128), shares(logs)
    for channel in range(192):
        outside = spread(tables, channel, 256, -128) == 0
        assert p[channel, outside].max(initial=0) < 2.0**-integer_tables.LEAST_SHARE_BITS


def test_a_certain_value_leaves_one_count_to_the_escape():
    tables = integer_tables.of_logs(np.array([[-40000, 0, -40000]]), -1)
    assert (tables.offset.tolist(), tables.cumulative.tolist()) == ([0], [0, TOTAL - 1, TOTAL])


def test_a_thousand_equal_values_each_keep_a_fair_count():
    counts = np.diff(integer_tables.of_logs(np.zeros((1, 1024), dtype=np.int64), -512).cumulative)
    assert (counts[:-1].min(), counts[-1]) == (63, 1)


def test_rows_do_not_depend_on_their_neighbours(logs):
    alone = integer_tables.of_logs(logs[7:8], -128)
    together = integer_tables.of_logs(logs, -128)
    begin = together.start[7]
    assert np.array_equal(
        together.cumulative[begin : begin + together.length[7] + 1], alone.cumulative
    )
