"""Latents as streams: nothing is lost, little is added, and no damaged stream does harm."""

import subprocess
import sys

import numpy as np
import pytest

from lcpc.entropy import integer_tables, rans
from lcpc.errors import BitstreamError, DataError, MissingTool

CHANNELS, COUNT = 24, 1536
FIRST = -32


@pytest.fixture(scope="module")
def logs():
    width = np.exp(np.random.default_rng(1).normal(-1, 1, (CHANNELS, 1)))
    p = np.exp(-abs(np.arange(FIRST, -FIRST)) / width)
    return np.rint(1024 * np.log2(np.maximum(p / p.sum(1, keepdims=True), 2.0**-33))).astype(
        np.int64
    )


@pytest.fixture(scope="module")
def tables(logs):
    return integer_tables.of_logs(logs, FIRST)


@pytest.fixture(scope="module")
def symbols(logs):
    p = np.exp2(logs / 1024)
    random = np.random.default_rng(2)
    return np.stack(
        [random.choice(np.arange(FIRST, -FIRST), COUNT, p=row / row.sum()) for row in p]
    )


def test_what_is_decoded_is_what_was_encoded(symbols, tables):
    assert np.array_equal(rans.decode(rans.encode(symbols, tables), tables, COUNT), symbols)


def test_a_stream_is_as_long_as_its_symbols_say(symbols, tables):
    bits = sum(tables.bits(column) for column in symbols.T)
    assert 8 * len(rans.encode(symbols, tables)) == pytest.approx(bits, abs=80)


@pytest.mark.parametrize("value", [-33, 32, -1000, 32767, -32767])
def test_values_outside_the_support_come_back_too(symbols, tables, value):
    wild = symbols.copy()
    wild[3, 5] = wild[0, 0] = wild[-1, -1] = value
    assert np.array_equal(rans.decode(rans.encode(wild, tables), tables, COUNT), wild)


def test_values_that_no_codec_should_meet_are_refused(symbols, tables):
    with pytest.raises(
        DataError, match="a latent reaches 40000, but values beyond .*32767 can't be coded"
    ):
        rans.encode(np.full_like(symbols, 40000), tables)


def test_cut_and_extended_streams_are_refused(symbols, tables):
    stream = rans.encode(symbols, tables)
    for damaged in (
        b"",
        stream[:1],
        stream[:9],
        stream[:-4],
        stream[:-1],
        stream + bytes(4),
        stream + b"x",
        bytes(9),
    ):
        with pytest.raises(BitstreamError, match="cut|extended|damaged"):
            rans.decode(damaged, tables, COUNT)


def test_random_bytes_and_flipped_bits_are_refused(symbols, tables):
    random = np.random.default_rng(3)
    stream = rans.encode(symbols, tables)
    for trial in range(60):
        damaged = bytearray(stream)
        damaged[random.integers(1, len(stream))] ^= 1 << random.integers(8)
        with pytest.raises(BitstreamError):
            rans.decode(bytes(damaged), tables, COUNT)
        with pytest.raises(BitstreamError):
            rans.decode(random.bytes(8 + 4 * trial), tables, COUNT)


def test_a_stream_of_another_model_is_refused(symbols, logs, tables):
    other = integer_tables.of_logs(np.roll(logs, 1, axis=0), FIRST)
    with pytest.raises(BitstreamError, match="another model|cut or extended|too many"):
        rans.decode(rans.encode(symbols, tables), other, COUNT)


def test_a_stream_that_cannot_hold_its_symbols_is_refused_before_any_is_decoded(tables, monkeypatch):
    monkeypatch.setattr(rans, "_pieces", lambda *_: pytest.fail("the coder was asked"))
    with pytest.raises(BitstreamError, match="132 bytes of latent can't hold what they promise, at least .* bits"):
        rans.decode(bytes(133), tables, 1 << 17)


def test_decoding_stops_where_the_symbols_so_far_cost_more_than_the_stream_has(tables, monkeypatch):
    monkeypatch.setattr(rans, "PIECE", 64)
    pieces, whole = [], rans._pieces

    def counted(tables, count):
        for piece, plan in whole(tables, count):
            pieces.append(piece)
            yield piece, plan

    monkeypatch.setattr(rans, "_pieces", counted)
    least_bits = COUNT * np.minimum.reduceat(rans._bits_of_entries(tables), tables.start).sum()
    size = 4 * int(least_bits // 32 + 1)
    garbage = b"\x00" + bytes(np.random.default_rng(3).integers(0, 256, size, dtype=np.uint8))
    with pytest.raises(BitstreamError, match="can't hold"):
        rans.decode(garbage, tables, COUNT)
    assert 0 < len(pieces) < CHANNELS * COUNT // 64


@pytest.mark.parametrize("piece", [1, 7, 1 << 15])
def test_pieces_change_no_byte(symbols, tables, monkeypatch, piece):
    few = symbols[:, :40]
    stream = rans.encode(few, tables)
    monkeypatch.setattr(rans, "PIECE", piece)
    assert rans.encode(few, tables) == stream
    assert np.array_equal(rans.decode(stream, tables, 40), few)


def test_fewer_integers_than_the_coder_has_room_for_are_refused(tables):
    few = integer_tables.of_weights(np.ones((3, 4), np.int64), 0)
    with pytest.raises(DataError, match="3 integers can't be coded, at least 4 are"):
        rans.encode(np.zeros((3, 1), np.int64), few)


def test_parts_are_taken_one_by_one_and_their_tables_may_depend_on_those_before(symbols, tables):
    flat = integer_tables.of_weights(np.ones((3, 8), dtype=np.int64), -4)
    few = np.array([[1, -4, 90], [3, 0, 0], [-3, 2, -1]])
    stream = rans.encode_parts([(few, flat), (symbols, tables)])
    decoder = rans.RansDecoder(stream, few.size + symbols.size)
    assert np.array_equal(decoder.take(flat, 3), few)
    assert np.array_equal(decoder.take(tables, COUNT), symbols)
    decoder.check()


@pytest.mark.parametrize("values", [8, 300])
def test_a_value_with_a_table_of_its_own_costs_what_its_table_says(values):
    random = np.random.default_rng(4)
    logs = random.integers(-4096, 0, (500, values))
    own = integer_tables.of_logs(logs, -4)
    symbols = random.integers(-4, values - 4, (500, 1))
    symbols[[7, 400], 0] = -5, 9000
    stream = rans.encode(symbols, own)
    assert np.array_equal(rans.decode(stream, own, 1), symbols)
    escapes = len(rans.escapes([(symbols, own)]))
    assert 8 * (len(stream) - escapes) == pytest.approx(own.bits(symbols[:, 0]), abs=112)


def test_tables_used_once_and_the_same_tables_used_twice_code_to_the_same_words():
    own = integer_tables.of_logs(np.repeat(np.zeros((1, 8), np.int64), 64, axis=0), -4)
    shared = integer_tables.of_logs(np.zeros((1, 8), np.int64), -4)
    values = np.random.default_rng(5).integers(-4, 4, (64, 1))
    assert rans.encode(values, own) == rans.encode(values.T, shared)


def test_a_part_that_was_not_taken_is_noticed(symbols, tables):
    stream = rans.encode_parts([(symbols, tables), (symbols, tables)])
    decoder = rans.RansDecoder(stream, 2 * symbols.size)
    decoder.take(tables, COUNT)
    with pytest.raises(BitstreamError, match="cut, extended, damaged"):
        decoder.check()


def test_the_coder_comes_without_the_package_that_it_is_in_and_the_package_finds_it():
    code = ("import sys; from lcpc.entropy import rans; rans.RansDecoder(bytes(9), 0); "
            "assert not {'compressai', 'torch'} & set(sys.modules); "
            "from compressai import ans; assert ans is sys.modules[rans.CODER]")
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_without_compressai_the_coder_names_the_way_out(monkeypatch):
    monkeypatch.setattr(rans, "CODER", "no_such_package.ans")
    with pytest.raises(MissingTool, match="is not installed. Run `make setup` with Python 3.11"):
        rans.RansDecoder(bytes(9), 0)
