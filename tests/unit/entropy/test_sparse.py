"""Integers that are nearly all 0: few bytes, nothing lost, and bounded harm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.entropy import sparse
from lcpc.entropy.numerals import numeral
from lcpc.errors import BitstreamError, DataError


@given(st.lists(st.sampled_from([0, 0, 0, 0, 1, -1, 700, -32767, 32767]), max_size=300))
def test_what_is_decoded_is_what_was_encoded(values):
    stream = sparse.encode(np.array(values, dtype=np.int64))
    decoded, rest = sparse.decode(stream + b"more", len(values))
    assert decoded.tolist() == values
    assert rest == b"more"


def test_zeros_cost_one_byte():
    assert sparse.encode(np.zeros(100_000, dtype=np.int64)) == b"\x00"


@pytest.mark.parametrize("stream", [
    b"", b"\x01", b"\x01\x05", numeral(1) + numeral(9) + numeral(2),
    numeral(1) + numeral(0) + numeral(0), numeral(1) + numeral(0) + numeral(1 << 20),
    numeral(2**34) + bytes(8)])
def test_what_encode_can_not_write_is_refused(stream):
    with pytest.raises(BitstreamError, match="damaged"):
        sparse.decode(stream, 9)


def test_values_that_no_codec_should_meet_are_refused():
    with pytest.raises(DataError, match="beyond .*32767"):
        sparse.encode(np.array([40000]))
