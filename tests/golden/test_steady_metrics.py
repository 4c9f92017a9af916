"""Golden numbers: steady metrics of the published and the workstation's curves, with intervals.

The expected numbers are of a separate computation, with fewer resamplings, on the rows that the run
had then; curves that were trained anew since are left out.
"""

import csv

import pytest

from lcpc import curves
from lcpc.metrics.intervals import interval, printed_bd_accuracies, resampled, resampled_counts
from lcpc.results.samples import cloud_results
from lcpc.results.store import Results
from lcpc.tables import rate_savings, reproduction, steady_metrics
from lcpc.tables.render import csv_text

# (codec, size, P): steady BD-accuracy published, measured, low, high.
EXPECTED = {
    ("proposed", "full", 1024): (16.4, 17.6, 16.8, 18.5),
    ("proposed", "full", 8): (-25.4, -12.1, -13.6, -10.3),
    ("draco", "", ""): (-4.2, -4.2, -4.9, -3.8),
    ("octattention", "", ""): (2.3, 10.3, 9.9, 10.5),
    ("ipdae", "", ""): (3.7, 10.0, 9.2, 10.6),
}
STEADY = "steady_bd_accuracy_points"
RUN = "workstation"


@pytest.fixture(scope="module")
def table(root):
    return steady_metrics.build(Results(root, RUN))


@pytest.fixture(scope="module")
def rows(table):
    return {tuple(row[name].value for name in table.key): row for row in table.rows}


@pytest.mark.parametrize(("key", "numbers"), EXPECTED.items())
def test_steady_accuracies_and_their_intervals_are_those_of_a_separate_computation(
    key, numbers, rows
):
    published, measured, low, high = numbers
    assert rows[key][f"recomputed_{STEADY}"].value == pytest.approx(published, abs=0.06)
    assert rows[key][STEADY].value == pytest.approx(measured, abs=0.06)
    assert rows[key][f"low_{STEADY}"].value == pytest.approx(low, abs=0.25)
    assert rows[key][f"high_{STEADY}"].value == pytest.approx(high, abs=0.25)


def test_every_measured_curve_has_values_inside_their_intervals(rows):
    measured = [row for row in rows.values() if row["evidence"].value]
    assert len(measured) == 29
    for row in measured:
        for name in steady_metrics.QUANTITIES:
            assert row[f"low_{name}"].value <= row[name].value <= row[f"high_{name}"].value


def test_the_range_is_that_of_the_published_anchor(root):
    span = steady_metrics.published_span(curves.published(Results(root, "published")))
    with (root / "results/published/rate_accuracy_modelnet40.csv").open() as file:
        rates = [float(row["rate_bits"]) for row in csv.DictReader(file) if row["codec"] == "tmc13"]
    assert (span.low, span.high) == (min(rates), max(rates))


def test_the_committed_table_is_what_the_committed_rows_give(root, table):
    committed = (root / "tables" / RUN / "steady_metrics.csv").read_text()
    assert committed == csv_text(table)


def test_differences_to_the_published_curves_lie_in_their_intervals(root):
    table = reproduction.build(Results(root, RUN))
    measured = [row for row in table.rows if row["evidence"].value]
    assert len(measured) > 20
    for row in measured:
        for name in ("max_difference_points", "mean_difference_points"):
            assert row[f"low_{name}"].value <= row[name].value <= row[f"high_{name}"].value


def test_the_gap_of_quality_1_and_its_share_have_the_intervals_of_a_separate_computation(root):
    table = rate_savings.build(Results(root, RUN))
    (row,) = [row for row in table.rows
              if (row["method"].value, row["quality"].value) == ("proposed", 1)]
    for name, low, high in (("gap_percent", -11.9, -6.6), ("gap_share_percent", 84.5, 90.2)):
        assert row[f"low_{name}"].value == pytest.approx(low, abs=0.15)
        assert row[f"high_{name}"].value == pytest.approx(high, abs=0.15)


def test_the_printed_recipe_swings_on_the_measured_curve_as_the_readme_says(root):
    results = Results(root, RUN)
    measured = curves.measured(results, "")
    chosen = (measured.anchor(), measured.rows["proposed", "micro", 1024])
    clouds = [cloud_results(results, rows) for rows in chosen]
    counts = resampled_counts(len(clouds[0].names))
    anchor, micro = (resampled(part.rate_bits, part.is_right, counts) for part in clouds)
    low, high = interval(printed_bd_accuracies(anchor, micro))
    text = " ".join((root / "README.md").read_text().split())
    assert f"95 % of the values of `micro` at P = 1024 lie anywhere between {low:.0f} and {high:.0f}" in text
