"""Clouds coded together have the bytes, the symbols and the refusals of clouds coded alone, one symbol after another."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lcpc.entropy import joint, sequential
from lcpc.entropy._interval import LEAST_WIDTH, IntervalDecoder, encoded
from lcpc.entropy._intervals import IntervalDecoders
from lcpc.entropy.autoregressive import ExactAutoregressiveModel
from lcpc.entropy.pmf import TOTAL
from lcpc.errors import BitstreamError, DataError
from tests.unit.entropy.test_autoregressive import LATENTS, arrays

symbol = st.one_of(st.integers(-3, 3), st.integers(-70, 70), st.integers(-32767, 32767))
clouds = st.lists(st.lists(symbol, min_size=LATENTS, max_size=LATENTS), max_size=20)


@st.composite
def spans(draw):
    """As many spans as latents, from the most to the least likely."""
    frequency = st.one_of(st.sampled_from([1, 2, TOTAL - 1]), st.integers(1, TOTAL - 1))
    drawn = draw(st.lists(frequency, min_size=12, max_size=12))
    return [(draw(st.sampled_from([0, TOTAL - each, (TOTAL - each) // 3])), each) for each in drawn]


def model_of(seed):
    return ExactAutoregressiveModel.from_arrays(arrays(seed, spread=0.3))


def encoded_alone(row, model):
    return sequential.encode(row, model.distributions(row))


def decoded_alone(stream, model):
    """Its symbols, or why it is refused, by the plain decoder."""
    try:
        return sequential.decode(stream, LATENTS, model.distribution_after).tolist()
    except BitstreamError as error:
        return str(error)


@given(st.integers(0, 20), clouds)
@example(1, [[0, 0, 0, 0]] * 8 + [[0, 0, 0, 64]])
def test_streams_symbols_and_rates_are_those_of_single_clouds(seed, rows):
    model = model_of(seed)
    symbols = np.array(rows, dtype=np.int64).reshape(-1, LATENTS)
    streams = joint.encode(symbols, model)
    assert streams == [encoded_alone(row, model) for row in rows]
    assert joint.decode(streams, model).tolist() == rows
    assert [joint.decode([stream], model).tolist() for stream in streams] == [[row] for row in rows]
    rates = joint.rate_bits(symbols, model).tolist()
    assert rates == [joint.rate_bits(row[None], model).item() for row in symbols]
    lengths = [sequential.code_length_bits(row, model.distributions(row)) for row in rows]
    assert rates == pytest.approx(lengths, rel=1e-12)


@given(st.integers(0, 20), st.lists(st.one_of(st.binary(max_size=8), st.binary(max_size=60)), min_size=9, max_size=20))
def test_foreign_streams_are_read_or_refused_as_single_ones(seed, streams):
    model = model_of(seed)
    expected = [decoded_alone(stream, model) for stream in streams]
    refusals = [outcome for outcome in expected if isinstance(outcome, str)]
    if refusals:
        with pytest.raises(BitstreamError) as refused:
            joint.decode(streams, model)
        assert str(refused.value) == refusals[0]
    readable = [stream for stream, outcome in zip(streams, expected, strict=True) if not isinstance(outcome, str)]
    symbols = [outcome for outcome in expected if not isinstance(outcome, str)]
    repeated = joint.decode(readable * 9, model)
    assert repeated.tolist() == symbols * 9


@given(st.lists(spans(), min_size=1, max_size=5), st.lists(st.binary(max_size=40), max_size=5), st.data())
def test_intervals_of_many_streams_are_those_of_each(rows, foreign, data):
    """Also where a stream points outside, and down to the least frequencies."""
    rows = rows + [data.draw(st.sampled_from(rows)) for _ in foreign]
    streams = [*map(encoded, rows[:len(rows) - len(foreign)]), *foreign]
    together = IntervalDecoders(streams, 12)
    alone = [IntervalDecoder(stream, 12) for stream in streams]
    for step in range(12):
        targets = together.targets().tolist()
        aside = []
        for place, decoder in enumerate(alone):
            below, frequency = rows[place][step]
            expected = decoder._ahead // (decoder._width >> 16)
            assert targets[place] == expected
            is_outside = not below <= expected < below + frequency
            aside.append(is_outside)
            if is_outside:
                decoder._ahead = 0
            decoder.narrow(0 if is_outside else below, frequency)
        together.set_aside(np.array(aside))
        below, frequency = np.array([row[step] for row in rows]).T
        together.narrow(np.where(aside, 0, below), frequency)
    expected = []
    for decoder in alone:
        expected.append(False)
        with suppress(BitstreamError):
            decoder.check_end()
            expected[-1] = True
    assert together.end_well() == expected


def states():
    """Units of intervals, frequencies and quotients, many at a limit: [unit, frequency, quotient, rest]."""
    rng = np.random.default_rng(1)
    for _ in range(2000):
        frequency = int(rng.integers(1, TOTAL)) if rng.random() < 0.8 else 1
        least = -(-LEAST_WIDTH // frequency)
        unit = int(rng.choice([1 << 32, (1 << 64) - 1, least, least + 1, least - 1])) if rng.random() < 0.5 else 0
        unit = unit if unit >= 1 << 32 else int(rng.integers(1 << 32, 1 << 64, dtype=np.uint64))
        rest = int(rng.choice([0, 1, 2, 3])) if rng.random() < 0.7 else unit - int(rng.choice([1, 2, 3]))
        yield unit, frequency, int(rng.integers(TOTAL - frequency, TOTAL)), rest


def test_targets_and_steps_are_exact_at_the_limits_of_intervals():
    stream = bytes(range(1, 13))
    made = list(states())
    together, alone = IntervalDecoders([stream] * len(made), 1), []
    for unit, _, quotient, rest in made:
        decoder = IntervalDecoder(stream, 12)
        decoder._ahead, decoder._width = quotient * unit + rest, unit * TOTAL + 5
        alone.append(decoder)
    for kind in ("_ahead", "_width"):
        values = [getattr(decoder, kind) for decoder in alone]
        pair = np.array([value >> 32 for value in values]), np.array([value & 0xFFFFFFFF for value in values])
        setattr(together, kind, pair)
    assert together.targets().tolist() == [decoder.target() for decoder in alone] == [state[2] for state in made]
    below, frequency = np.array([(TOTAL - frequency, frequency) for _, frequency, _, _ in made]).T
    together.narrow(below, frequency)
    for kind in ("_ahead", "_width"):
        high, low = getattr(together, kind)
        for decoder, (_, count, _, _), *limbs in zip(alone, made, high.tolist(), low.tolist(), strict=True):
            if kind == "_ahead":
                decoder.narrow(TOTAL - count, count)
            assert limbs[0] << 32 | limbs[1] == getattr(decoder, kind)


def test_more_clouds_than_are_coded_at_once_keep_their_order(monkeypatch):
    monkeypatch.setattr(joint, "AT_ONCE", 16)
    model, symbols = model_of(3), np.random.default_rng(1).integers(-4, 5, (50, LATENTS))
    streams = joint.encode(symbols, model)
    assert streams == [encoded_alone(row, model) for row in symbols.tolist()]
    assert np.array_equal(joint.decode(streams, model), symbols)
    assert joint.rate_bits(symbols, model).shape == (50,)


def test_symbols_that_do_not_fit_are_refused():
    model = model_of(0)
    for bad, message in ((np.zeros((2, 3), int), r"need symbols \[n, 4\], not of shape \(2, 3\)"),
                         (np.zeros((2, 4)), "need as many integers"), (np.full((2, 4), 1 << 15), "can't be coded")):
        with pytest.raises(DataError, match=message):
            joint.encode(bad, model)


def test_no_clouds_have_no_streams():
    model = model_of(0)
    assert joint.encode(np.zeros((0, LATENTS), int), model) == []
    assert joint.decode([], model).shape == (0, LATENTS)
    assert joint.rate_bits(np.zeros((0, LATENTS), int), model).shape == (0,)
