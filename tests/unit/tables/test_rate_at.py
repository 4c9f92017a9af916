"""A rate that is read off a long straight line says so."""

import pandas
import pytest

from lcpc.tables._rate_at import far_rows


def curve(rates, accuracies, **columns):
    return pandas.DataFrame({"rate_bits": rates, "top1_percent": accuracies, "codec": "mixed", **columns})


@pytest.mark.parametrize(("rates", "text"), [
    ([10, 20, 40], ""),
    ([10, 20, 41], "on a line over more than a factor of 2: 80 % between rows of 20.0 and 41.0 bits"),
    ([10, 21, 42], "on a line over more than a factor of 2: 60, 70 % between rows of 10.0 and 21.0 bits"),
    ([1, 10, 100], "on a line over more than a factor of 2: 60, 70 % between rows of 1.0 and 10.0 bits, "
                   "80 % between rows of 10.0 and 100.0 bits"),
])
def test_rates_between_far_rows_are_named(rates, text):
    assert far_rows(curve(rates, [50, 75, 85]), [60, 70, 80]) == text


def test_an_accuracy_of_a_row_or_off_the_curve_lies_on_no_line():
    assert far_rows(curve([1, 10], [60, 80]), [50, 60, 80, 90]) == ""
    assert far_rows(None, [80]) == ""


def test_each_seed_has_rows_of_its_own():
    rows = curve([1, 2, 1, 3], [70, 90, 70, 90], seed=[1, 1, 2, 2], **{"lambda": [5, 10, 5, 10]})
    assert far_rows(rows, [80]) == "on a line over more than a factor of 2: 80 % between rows of 1.0 and 3.0 bits"
