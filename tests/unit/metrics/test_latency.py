"""Where ways of inference take equally long, and which is fastest between."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.metrics.latency import Way, crossing_bitrate, fastest_interval, latency_s

EDGE, SHARED, CLOUD = Way(0, 4.0), Way(100, 2.0), Way(1000, 1.0)
amounts = st.floats(0.01, 100)


def test_latency_is_the_time_on_the_way_plus_the_work():
    assert latency_s(SHARED, [50.0, 100.0]).tolist() == [4.0, 3.0]


def test_shared_inference_is_fastest_between_the_two_crossings():
    assert crossing_bitrate(EDGE, SHARED) == 50
    assert crossing_bitrate(SHARED, CLOUD) == 900
    assert fastest_interval(SHARED, EDGE, CLOUD) == (50, 900)


@given(amounts, amounts, amounts, amounts)
def test_two_ways_take_equally_long_at_their_crossing(bits, more, work, less):
    few, many = Way(bits, work + less), Way(bits + more, work)
    bitrate = crossing_bitrate(few, many)
    assert latency_s(few, bitrate) == pytest.approx(latency_s(many, bitrate), rel=1e-9)
    assert latency_s(few, bitrate / 2) < latency_s(many, bitrate / 2)
    assert latency_s(few, bitrate * 2) > latency_s(many, bitrate * 2)


def test_a_way_with_fewer_bits_and_less_work_is_never_overtaken():
    assert crossing_bitrate(Way(10, 1.0), Way(20, 2.0)) is None
    assert fastest_interval(Way(100, 0.5), EDGE, CLOUD) == (pytest.approx(100 / 3.5), math.inf)


def test_where_the_edge_is_always_faster_there_is_no_interval():
    assert fastest_interval(Way(100, 5.0), EDGE, CLOUD) is None
    assert fastest_interval(SHARED, EDGE, Way(110, 1.99)) == (50, pytest.approx(1000))
    assert fastest_interval(SHARED, EDGE, Way(101, 1.0)) is None
