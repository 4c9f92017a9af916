"""Streams of symbols by frequencies that are computed one after another."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.entropy.pmf import TOTAL
from lcpc.entropy.stepwise import SPARE_BITS, StepwiseDecoder, encode, spans
from lcpc.errors import BitstreamError


def tables(count, symbols, seed):
    """Frequencies [count, symbols] of 2^16, each at least 1."""
    weight = np.random.default_rng(seed).exponential(size=(count, symbols)) ** 4
    frequency = 1 + (weight / weight.sum(axis=1, keepdims=True) * (TOTAL - symbols)).astype(np.int64)
    frequency[:, 0] += TOTAL - frequency.sum(axis=1)
    return frequency


def symbols(decoder, frequencies, count):
    return [decoder.symbol(frequencies) for _ in range(count)]


def decoded(stream, frequencies):
    decoder = StepwiseDecoder(stream)
    symbols = [decoder.symbol(row) for row in frequencies]
    decoder.check_end()
    return symbols


@given(st.integers(0, 300), st.integers(2, 255), st.integers(0, 1000))
def test_symbols_come_back_and_cost_what_their_probabilities_say(count, symbols, seed):
    frequencies = tables(count, symbols, seed)
    chosen = np.random.default_rng(seed + 1).integers(0, symbols, count)
    stream = encode(spans(chosen, frequencies, 0))
    assert decoded(stream, frequencies) == chosen.tolist()
    bits = -np.log2(frequencies[np.arange(count), chosen] / TOTAL).sum()
    assert 8 * len(stream) < bits + 8 + 1e-3


def test_spans_may_be_made_in_parts():
    frequencies, chosen = tables(100, 20, 1), np.arange(100) % 20
    parts = spans(chosen[:37], frequencies[:37], 0) + spans(chosen[37:], frequencies[37:], 37)
    assert parts == spans(chosen, frequencies, 0)


@pytest.mark.parametrize("symbol", range(4))
def test_no_sequence_of_equal_symbols_is_far_shorter_than_its_cost(symbol):
    frequencies = np.tile([TOTAL // 8, TOTAL // 8, TOTAL // 4, TOTAL // 2], (500, 1))
    stream = encode(spans(np.full(500, symbol), frequencies, 0))
    bits = 500 * math.log2(TOTAL / frequencies[0, symbol])
    assert bits - 8 < 8 * len(stream) < bits + 8
    assert decoded(stream, frequencies) == [symbol] * 500


@given(st.binary(max_size=30))
def test_a_stream_that_promises_more_than_it_holds_is_refused_early(stream):
    frequencies, decoder = np.full(256, TOTAL // 256), StepwiseDecoder(stream)
    most = len(stream) + SPARE_BITS // 8 + 1
    with pytest.raises(BitstreamError, match="can't hold what the stream promises"):
        symbols(decoder, frequencies, most + 1)


def test_cut_extended_and_altered_streams_are_noticed_or_give_other_symbols():
    frequencies, chosen = tables(60, 30, 2), np.arange(60) % 30
    stream = encode(spans(chosen, frequencies, 0))
    for other in (stream[:-1], stream + b"\1", bytes([stream[0] ^ 1]) + stream[1:]):
        try:
            assert decoded(other, frequencies) != chosen.tolist()
        except BitstreamError:
            continue
