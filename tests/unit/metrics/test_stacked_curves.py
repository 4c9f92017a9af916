"""Curves in a stack: each row is what the front and scipy's interpolators give for it alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from lcpc.metrics.pareto import pareto_front
from lcpc.metrics.stacked_curves import Stack, akima_slopes, cubics, fronts, pchip_slopes

SCIPY = ((PchipInterpolator, pchip_slopes), (Akima1DInterpolator, akima_slopes))
steps = st.lists(st.tuples(st.floats(0.05, 2), st.floats(-3, 9)), min_size=2, max_size=9)
points = st.lists(st.tuples(st.sampled_from([1.0, 2, 3, 5, 8]), st.integers(0, 6)), min_size=5,
                  max_size=5)


def stacked(*curves) -> Stack:
    """Curves of different lengths, each as (x, y)."""
    width = max(len(x) for x, _ in curves)
    rows = [(np.pad(x, (0, width - len(x)), constant_values=np.inf), np.pad(y, (0, width - len(y))))
            for x, y in curves]
    counts = np.array([len(x) for x, _ in curves])
    return Stack(np.array([x for x, _ in rows]), np.array([y for _, y in rows]), counts)


@given(st.lists(points, min_size=1, max_size=4))
def test_each_row_has_its_own_pareto_front(rows):
    rates, qualities = np.array(rows, dtype=float).transpose(2, 0, 1)
    stack = fronts(rates, qualities)
    for index, count in enumerate(stack.counts):
        kept = pareto_front(rates[index], qualities[index])
        assert list(stack.x[index, :count]) == list(rates[index, kept])
        assert list(stack.y[index, :count]) == list(qualities[index, kept])
        assert np.isinf(stack.x[index, count:]).all()


@pytest.mark.parametrize(("interpolator", "slopes"), SCIPY)
@given(curves=st.lists(steps, min_size=1, max_size=3), first=st.floats(0, 1), last=st.floats(0, 1))
def test_areas_are_those_of_scipy(interpolator, slopes, curves, first, last):
    lines = [np.cumsum(np.array(curve), axis=0).T for curve in curves]
    stack = stacked(*lines)
    ends = [x[0] + share * (x[-1] - x[0]) for x, _ in lines for share in sorted([first, last])]
    begin, end = np.array(ends[::2]), np.array(ends[1::2])
    areas = cubics(stack, slopes).integral(begin, end)
    expected = [float(interpolator(x, y).integrate(*limits))
                for (x, y), *limits in zip(lines, begin, end, strict=True)]
    assert areas == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_a_line_has_the_area_by_hand():
    stack = stacked((np.array([0.0, 2, 4]), np.array([0.0, 4, 8])))
    for slopes in (pchip_slopes, akima_slopes):
        assert cubics(stack, slopes).integral(np.array([1.0]), np.array([3.0])) == pytest.approx(8)


def test_only_curves_that_end_before_are_carried_on():
    stack = stacked((np.array([1.0, 2]), np.array([5.0, 6])), (np.array([1.0, 9]), np.array([5.0, 7])))
    carried = stack.extended(np.array([4.0, 4.0]), step=0.5)
    assert carried.x.tolist() == [[1, 2, 4], [1, 9, np.inf]]
    assert carried.y.tolist() == [[5, 6, 6.5], [5, 7, 0]]
    assert carried.counts.tolist() == [3, 2]
    assert carried.last.tolist() == [4, 9]
