"""The coder at its edges: messages that a user can meet, and values at the limits."""

import numpy as np
import pytest

from lcpc.entropy._interval import ends_shortest
from lcpc.entropy.coder import decode, encode
from lcpc.entropy.pmf import TOTAL, VALUE_LIMIT, FrequencyTables, frequency_tables
from lcpc.errors import BitstreamError, DataError


@pytest.fixture
def tables():
    return frequency_tables([[0.05, 0.2, 0.5, 0.2, 0.05]] * 16, [-2] * 16)


@pytest.mark.parametrize("value", [VALUE_LIMIT - 1, -VALUE_LIMIT + 1, 3, -3])
def test_values_out_of_the_support_come_back_up_to_the_limit(tables, value):
    symbols = [0] * 15 + [value]
    assert decode(encode(symbols, tables), tables).tolist() == symbols


@pytest.mark.parametrize("value", [VALUE_LIMIT, -VALUE_LIMIT, 2**40])
def test_values_beyond_the_limit_are_refused_with_their_size(tables, value):
    with pytest.raises(DataError, match=f"{value}.*must stay within \\+-32767"):
        encode([0] * 15 + [value], tables)


@pytest.mark.parametrize("symbols", [[0] * 15, [0.5] * 16, [[0] * 16], np.zeros(16, np.float32)])
def test_symbols_that_do_not_fit_the_tables_are_refused(tables, symbols):
    with pytest.raises(DataError, match="16 channels need as many integers"):
        encode(symbols, tables)


def test_a_stream_of_absurd_length_is_refused_at_once(tables):
    with pytest.raises(
        BitstreamError, match="a stream of 100000000 bytes is too long for 16 symbols"
    ):
        decode(bytes(100_000_000), tables)


@pytest.mark.parametrize("more", [b"\0", b"\xff", b"lcpc"])
def test_a_stream_with_more_behind_it_says_so(tables, more):
    with pytest.raises(BitstreamError, match="extended, damaged, or written by another model"):
        decode(encode([-2, 2] * 8, tables) + more, tables)


@pytest.mark.parametrize(("stream", "ahead"), [(b"", 1), (b"\x80", (1 << 63) + 1), (b"", -1), (b"\xff", 0)])
def test_a_stream_whose_last_interval_is_not_inside_the_whole_one_is_not_the_shortest(stream, ahead):
    assert not ends_shortest(stream, ahead, 1 << 64, 64)


@pytest.mark.parametrize(("stream", "ahead", "width"), [(b"", 0, 1 << 64), (b"\x80", 0, 1 << 63), (b"\x80", 1 << 62, 1 << 63)])
def test_the_shortest_stream_of_its_last_interval_ends_well(stream, ahead, width):
    assert ends_shortest(stream, ahead, width, 64)


def test_an_escape_likelier_than_every_value_is_still_an_escape():
    one = {"offset": np.array([5]), "length": np.array([2]), "cumulative": np.array([0, 1, TOTAL])}
    tables = FrequencyTables.from_arrays(one)
    for value in (4, 5, 6, -300):
        assert decode(encode([value], tables), tables).tolist() == [value]


def test_a_thousand_certain_symbols_cost_nothing():
    tables = frequency_tables([[1.0]] * 1024, [3] * 1024)
    stream = encode([3] * 1024, tables)
    assert stream == b""
    assert decode(stream, tables).tolist() == [3] * 1024


def test_numpy_integers_of_any_width_give_the_same_stream(tables):
    values = [-2, 2] * 8
    streams = {encode(np.array(values, dtype), tables) for dtype in (np.int8, np.int32, np.int64)}
    assert streams == {encode(values, tables)}
