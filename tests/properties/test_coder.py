"""Whatever the tables and the symbols: the coder loses nothing, wastes less than a byte, and never
trusts a stream."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcpc.entropy.coder import decode, encode
from lcpc.entropy.pmf import TOTAL, VALUE_LIMIT, FrequencyTables, frequency_tables
from lcpc.errors import BitstreamError

SIDE_BITS = 1
WASTE_BITS = 8 + 1e-3
"""Less than a byte: the stream ends on whole bytes, and the interval is all but exact."""

weights = st.lists(st.one_of(st.floats(0, 1e-6), st.floats(0, 1)), min_size=1, max_size=12).filter(
    lambda w: sum(w) > 0
)
in_range = st.integers(-VALUE_LIMIT + 1, VALUE_LIMIT - 1)


@st.composite
def tables_of(draw, max_channels=24):
    rows = draw(st.lists(weights, min_size=1, max_size=max_channels))
    escape = draw(st.sampled_from([0.0, 1e-4, 0.3]))
    offset = draw(st.lists(st.integers(-40, 40), min_size=len(rows), max_size=len(rows)))
    return frequency_tables([(1 - escape) * np.array(row) / sum(row) for row in rows], offset)


@st.composite
def tables_and_symbols(draw):
    tables = draw(tables_of())
    near = st.integers(-45, 60)
    return tables, draw(
        st.lists(st.one_of(near, in_range), min_size=len(tables), max_size=len(tables))
    )


def ideal_bits(symbols, tables: FrequencyTables) -> float:
    """Code length under the tables, with sign and Elias-gamma bits of what is out of the
    support."""
    last = tables.offset + tables.length - 2
    excess = np.maximum(tables.offset - symbols, symbols - last)
    gamma = [SIDE_BITS + 2 * int(e).bit_length() - 1 for e in excess if e > 0]
    return tables.bits(symbols) + sum(gamma)


def outcome(stream: bytes, tables: FrequencyTables):
    """Decoded symbols, or None where the stream is refused; anything else would be a defect."""
    try:
        symbols = decode(stream, tables)
    except BitstreamError:
        return None
    assert symbols.shape == (len(tables),)
    assert (abs(symbols) < VALUE_LIMIT).all()
    assert encode(symbols, tables) == stream, "what decodes is the stream of its symbols"
    return symbols


@settings(max_examples=300)
@given(tables_and_symbols())
def test_symbols_come_back_and_cost_less_than_a_byte_more_than_ideal(case):
    tables, symbols = case
    stream = encode(symbols, tables)
    assert decode(stream, tables).tolist() == symbols
    assert 8 * len(stream) < ideal_bits(np.array(symbols), tables) + WASTE_BITS
    assert not stream.endswith(b"\0")


@settings(max_examples=150)
@given(tables_of(max_channels=12), st.data())
def test_every_cut_is_refused_or_another_clouds_stream(tables, data):
    symbols = data.draw(st.lists(st.integers(-45, 60), min_size=len(tables), max_size=len(tables)))
    stream = encode(symbols, tables)
    for length in range(len(stream)):
        decoded = outcome(stream[:length], tables)
        assert decoded is None or decoded.tolist() != symbols


@settings(max_examples=150)
@given(tables_and_symbols(), st.binary(min_size=1, max_size=9))
def test_every_extension_is_refused_or_another_clouds_stream(case, more):
    tables, symbols = case
    decoded = outcome(encode(symbols, tables) + more, tables)
    assert decoded is None or decoded.tolist() != symbols


@settings(max_examples=150)
@given(tables_of(max_channels=12), st.data())
def test_every_bit_flip_is_refused_or_another_clouds_stream(tables, data):
    symbols = data.draw(st.lists(st.integers(-45, 60), min_size=len(tables), max_size=len(tables)))
    stream = encode(symbols, tables)
    for bit in range(8 * len(stream)):
        flipped = bytearray(stream)
        flipped[bit // 8] ^= 1 << bit % 8
        decoded = outcome(bytes(flipped), tables)
        assert decoded is None or decoded.tolist() != symbols


@settings(max_examples=300)
@given(tables_of(), st.binary(max_size=80))
def test_foreign_bytes_are_refused_or_the_stream_of_what_they_decode_to(tables, stream):
    outcome(stream, tables)


@settings(max_examples=150)
@given(tables_and_symbols(), tables_of())
def test_a_stream_of_other_tables_is_refused_or_bounded(case, other):
    outcome(encode(case[1], case[0]), other)


def laplacian(spread: float) -> np.ndarray:
    p = np.exp(-abs(np.arange(-60, 61)) / spread)
    return p / p.sum()


def laplacian_tables(spread: float, channels: int, tail: float = 1e-4) -> FrequencyTables:
    """Tables as an entropy bottleneck makes them: the support ends where both tails together hold
    `tail`."""
    p = laplacian(spread)
    inside = np.flatnonzero((p.cumsum() >= tail / 2) & (p[::-1].cumsum()[::-1] >= tail / 2))
    return frequency_tables([p[inside]] * channels, [int(inside[0]) - 60] * channels)


@pytest.mark.parametrize(
    ("channels", "spread"), [(16, 0.3), (16, 1.0), (32, 1.0), (1024, 0.15), (1024, 0.4)]
)
def test_a_stream_costs_at_most_three_bits_more_than_the_model_says_on_average(channels, spread):
    rng = np.random.default_rng(1)
    p, tables = laplacian(spread), laplacian_tables(spread, channels)
    symbols = rng.choice(np.arange(-60, 61), size=(300, channels), p=p)
    model_bits = -np.log2(p[symbols + 60]).sum(axis=1)
    stream_bits = np.array([8 * len(encode(row, tables)) for row in symbols])
    assert (stream_bits - model_bits).mean() < 3


def test_the_likeliest_cloud_needs_no_byte_at_all():
    tables = frequency_tables([[0.1, 0.8, 0.1]] * 16, [-1] * 16)
    assert encode([0] * 16, tables) == b""
    assert decode(b"", tables).tolist() == [0] * 16


def test_a_stream_decodes_alike_in_another_process(tmp_path):
    rng = np.random.default_rng(5)
    tables = frequency_tables([laplacian(s)[40:81] for s in rng.uniform(0.1, 4, 64)], [-20] * 64)
    symbols = rng.integers(-25, 26, 64)
    np.savez(tmp_path / "tables.npz", **tables.to_arrays())
    code = (
        "import json, sys, numpy as np\n"
        "from lcpc.entropy.coder import decode\n"
        "from lcpc.entropy.pmf import FrequencyTables\n"
        "tables = FrequencyTables.from_arrays(np.load(sys.argv[1]))\n"
        "print(json.dumps(decode(bytes.fromhex(sys.argv[2]), tables).tolist()))\n"
    )
    command = [
        sys.executable,
        "-c",
        code,
        str(tmp_path / "tables.npz"),
        encode(symbols, tables).hex(),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert json.loads(said) == symbols.tolist()


@settings(max_examples=200)
@given(weights)
def test_frequencies_sum_exactly_and_give_every_symbol_a_chance(row):
    tables = frequency_tables([np.array(row) / sum(row)], [0])
    steps = np.diff(tables.cumulative)
    assert steps.sum() == TOTAL
    assert steps.min() >= 1
    assert len(steps) == len(row) + 1
