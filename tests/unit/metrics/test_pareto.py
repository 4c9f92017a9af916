"""What no point beats stays; nothing else does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.metrics.pareto import pareto_front

points = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30)), min_size=1, max_size=25)


def beats(a, b):
    return a[0] <= b[0] and a[1] >= b[1] and a != b


def test_a_dearer_point_of_equal_or_less_quality_is_left_out():
    assert pareto_front([3, 1, 2, 2], [5, 4, 4, 9]).tolist() == [1, 3]


def test_qualities_apart_by_rounding_only_are_the_same():
    assert pareto_front([77.17, 78.07], [81.645056726094, 81.64505672609403]).tolist() == [0]


@given(points)
def test_the_front_is_what_no_other_point_beats(cloud):
    rate, quality = zip(*cloud, strict=True)
    kept = {cloud[i] for i in pareto_front(rate, quality)}
    assert kept == {p for p in cloud if not any(beats(other, p) for other in cloud)}


@given(points)
def test_the_front_of_a_front_is_itself_and_rises_strictly(cloud):
    rate, quality = np.array(cloud).T
    kept = pareto_front(rate, quality)
    assert (np.diff(rate[kept]) > 0).all()
    assert (np.diff(quality[kept]) > 0).all()
    assert pareto_front(rate[kept], quality[kept]).tolist() == list(range(len(kept)))


@pytest.mark.parametrize(("rate", "quality"), [([], []), ([1, 2], [1]), ([[1]], [[1]])])
def test_arrays_that_are_no_curve_are_refused(rate, quality):
    with pytest.raises(ValueError, match="as many rates as qualities"):
        pareto_front(rate, quality)


def test_a_point_without_a_value_is_refused():
    with pytest.raises(ValueError, match="leave out the points that have none"):
        pareto_front([1, 2], [1, np.nan])
