"""Whatever the distributions and the symbols: nothing is lost, less than a byte is wasted, streams are never trusted,
and they are those of tables with the same frequencies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.entropy import coder, sequential
from lcpc.entropy.pmf import TOTAL, VALUE_LIMIT, FrequencyTables
from lcpc.errors import BitstreamError, DataError


class Counts:
    """A distribution by its cumulative frequencies, the escape last."""

    def __init__(self, first, frequencies, likeliest=None):
        self.first, self.entries = first, len(frequencies) - 1
        self.cumulative = [0, *np.cumsum(frequencies).tolist()]
        values = frequencies[:-1]
        self.likeliest = int(np.argmax(values)) if likeliest is None else likeliest

    def below(self, entry):
        return self.cumulative[entry]


@st.composite
def distributions(draw):
    """Some distributions and a symbol for each, near its values or far away."""
    made, symbols = [], []
    for _ in range(draw(st.integers(1, 10))):
        weights = draw(st.lists(st.integers(1, 1000), min_size=2, max_size=20))
        frequencies = [weight * (TOTAL // 2) // sum(weights) + 1 for weight in weights]
        frequencies[draw(st.integers(0, len(weights) - 1))] += TOTAL - sum(frequencies)
        first = draw(st.integers(-30, 30))
        likeliest = draw(st.one_of(st.none(), st.integers(0, len(weights) - 2)))
        made.append(Counts(first, frequencies, likeliest))
        symbols.append(draw(st.one_of(st.integers(-50, 50), st.integers(-VALUE_LIMIT + 1, VALUE_LIMIT - 1))))
    return made, symbols


@given(distributions())
def test_symbols_come_back_and_less_than_a_byte_is_wasted(drawn):
    made, symbols = drawn
    stream = sequential.encode(symbols, made)
    assert sequential.decode(stream, len(made), lambda before: made[len(before)]).tolist() == symbols
    assert 8 * len(stream) < sequential.code_length_bits(symbols, made) + 8.01


@given(distributions())
def test_streams_are_those_of_tables_with_the_same_frequencies(drawn):
    made, symbols = drawn
    made = [Counts(one.first, np.diff(one.cumulative).tolist()) for one in made]
    cumulative = np.concatenate([one.cumulative for one in made])
    lengths = [one.entries + 1 for one in made]
    tables = FrequencyTables(np.array([one.first for one in made]), np.array(lengths), cumulative)
    assert sequential.encode(symbols, made) == coder.encode(symbols, tables)


@given(distributions(), st.binary(max_size=60))
def test_a_foreign_stream_is_refused_or_gives_bounded_symbols(drawn, stream):
    made, _ = drawn
    try:
        symbols = sequential.decode(stream, len(made), lambda before: made[len(before)])
    except BitstreamError:
        return
    assert (abs(symbols) < VALUE_LIMIT).all()
    assert sequential.encode(symbols, made) == stream


def test_a_stream_of_absurd_length_and_symbols_that_do_not_fit_are_refused():
    made = [Counts(0, [TOTAL - 1, 1])]
    with pytest.raises(BitstreamError, match="100000 bytes is too long for 1 symbols"):
        sequential.decode(bytes(100_000), 1, lambda before: made[0])
    with pytest.raises(DataError, match="1 channels need as many integers"):
        sequential.encode([1, 2], made)
