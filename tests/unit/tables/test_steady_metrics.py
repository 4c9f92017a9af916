"""Steady metrics of a measured run: intervals from its single clouds, and a reason where it has none."""

import numpy as np
import pandas as pd
import pytest

from lcpc.errors import ResultError
from lcpc.results.csv_file import csv_bytes, gzipped
from lcpc.results.store import Results, write_whole
from lcpc.tables import rate_at_80, steady_metrics

TMC13 = [(100.0, 20.0), (200.0, 50.0), (400.0, 70.0), (800.0, 80.0)]
DRACO = [(1000.0, 20.0), (1200.0, 50.0), (1500.0, 70.0), (2000.0, 80.0)]
MICRO = [(10.0, 30.0), (20.0, 60.0), (40.0, 75.0), (80.0, 97.0)]
CURVES = {("tmc13", "", 64): TMC13[:2], ("tmc13", "", 256): TMC13[2:],
          ("proposed", "micro", 1024): MICRO}


def row(table, **key):
    return next(row for row in table.rows
                if all(row[name].value == value for name, value in key.items()))


def micro_of(results: Results, table=steady_metrics):
    return row(table.build(results), size="micro", points=1024)


def write_clouds(results: Results, name: str, points, setting="lambda", first=0) -> None:
    """100 clouds at each (rate, accuracy): as many right as the accuracy says, rates around it."""
    rng = np.random.default_rng(1)
    frames = []
    for index, (rate, percent) in enumerate(points):
        is_right = rng.permutation(100) < percent
        frames.append(pd.DataFrame({
            "sample": [f"cloud{number + first}" for number in range(100)], "label": 1,
            setting: index, "rate_bits": rng.normal(rate, rate / 100, 100), "stream_bits": rate,
            "predicted": is_right.astype(int)}))
    path = results.folder / "rate_accuracy" / f"{name}.samples.csv.gz"
    write_whole(path, gzipped(csv_bytes(pd.concat(frames))))


@pytest.fixture
def results(measure) -> Results:
    results = measure("workstation", "modelnet40", CURVES)
    write_clouds(results, "tmc13_P64", TMC13[:2], "scale")
    write_clouds(results, "tmc13_P256", TMC13[2:], "scale")
    write_clouds(results, "proposed_micro_P1024", MICRO)
    return results


def test_each_value_lies_in_its_interval(results) -> None:
    cells = micro_of(results)
    for quantity in steady_metrics.QUANTITIES:
        low, value, high = (cells[name].value
                            for name in (f"low_{quantity}", quantity, f"high_{quantity}"))
        assert low < value < high


def test_an_end_names_the_files_of_single_clouds_of_both_curves(results) -> None:
    cell = micro_of(results)["low_steady_bd_accuracy_points"]
    assert [(source.file, source.lines) for source in cell.sources] == [
        ("results/workstation/rate_accuracy/tmc13_P256.samples.csv.gz", ()),
        ("results/workstation/rate_accuracy/tmc13_P64.samples.csv.gz", ()),
        ("results/workstation/rate_accuracy/proposed_micro_P1024.samples.csv.gz", ())]
    assert "1,000 resamplings" in cell.formula


def test_a_value_names_its_rows_and_the_published_points_that_say_the_range(results) -> None:
    cell = micro_of(results)["steady_bd_accuracy_points"]
    lines = {source.file: source.lines for source in cell.sources}
    assert lines["results/published/rate_accuracy_modelnet40.csv"] == (2, 17)
    assert "mean over 72 to 5,300.188 bits" in cell.formula


def test_equal_clouds_give_equal_intervals(results) -> None:
    assert micro_of(results) == micro_of(results)


def test_the_anchor_has_no_distance_to_itself(results) -> None:
    anchor = row(steady_metrics.build(results), codec="tmc13")
    for name in ("", "low_", "high_"):
        assert anchor[f"{name}steady_bd_accuracy_points"].value == 0
        assert anchor[f"{name}overlap_bd_rate_percent"].value == 0
    assert anchor["low_max_accuracy_percent"].value < 80


def test_without_rows_of_single_clouds_a_value_has_no_interval_and_says_why(measure) -> None:
    cells = micro_of(measure("workstation", "modelnet40", CURVES))
    assert cells["steady_bd_accuracy_points"].value > 0
    assert cells["low_max_accuracy_percent"].missing == (
        "no interval: results/workstation/rate_accuracy/proposed_micro_P1024.samples.csv.gz is not "
        "there, so that nothing can be resampled; evaluate again")


def test_an_anchor_of_other_clouds_leaves_the_accuracy_its_interval_alone(results) -> None:
    write_clouds(results, "proposed_micro_P1024", MICRO, first=7)
    cells = micro_of(results)
    assert cells["low_max_accuracy_percent"].value > 0
    for quantity in ("steady_bd_accuracy_points", "overlap_bd_rate_percent"):
        assert "micro_P1024.samples.csv.gz has other clouds than the anchor" in (
            cells[f"low_{quantity}"].missing)


def test_a_curve_whose_files_have_different_clouds_has_no_interval(results) -> None:
    write_clouds(results, "tmc13_P256", TMC13[2:], "scale", first=7)
    anchor = row(steady_metrics.build(results), codec="tmc13")
    assert "tmc13_P64.samples.csv.gz has other clouds than results/" in anchor[
        "low_max_accuracy_percent"].missing


def test_clouds_at_other_settings_than_the_rows_are_refused(results) -> None:
    write_clouds(results, "proposed_micro_P1024", MICRO[:3])
    with pytest.raises(ResultError, match="does not have every cloud at the 4 settings of the rows "
                                          "beside it; evaluate again"):
        steady_metrics.build(results)


def test_a_curve_that_begins_after_the_range_says_so_in_value_and_interval(results, measure) -> None:
    far = [(10_000.0, 20.0), (20_000.0, 60.0)]
    measure("workstation", "modelnet40", {("draco", "", 64): far})
    write_clouds(results, "draco_P64", far, "scale")
    cells = row(steady_metrics.build(results), codec="draco")
    assert "no steady BD-accuracy: a curve begins at 10000 bits" in (
        cells["steady_bd_accuracy_points"].missing)
    assert cells["low_steady_bd_accuracy_points"].missing == (
        cells["steady_bd_accuracy_points"].missing)
    assert cells["overlap_bd_rate_percent"].value > 1000


def test_without_an_anchor_only_accuracies_have_values(measure) -> None:
    cells = micro_of(measure("demo", "shapes40", {("proposed", "micro", 1024): MICRO}))
    assert cells["max_accuracy_percent"].value == 97
    assert cells["steady_bd_accuracy_points"].missing.startswith("no anchor")
    assert cells["low_overlap_bd_rate_percent"].missing.startswith("no anchor")


def test_a_curve_that_no_one_measured_says_which_command_fills_it(results) -> None:
    cell = row(steady_metrics.build(results), size="full", points=8)["low_max_accuracy_percent"]
    assert "`snakemake --cores 8 tables/workstation/steady_metrics.csv`" in cell.missing


def test_published_points_have_values_and_no_intervals(project) -> None:
    cells = micro_of(Results(project, "published"))
    assert cells["steady_bd_accuracy_points"].value == pytest.approx(11.9, abs=0.05)
    assert cells["low_steady_bd_accuracy_points"].missing == steady_metrics.NO_CLOUDS


def test_a_rate_at_80_percent_lies_in_its_interval(results) -> None:
    cells = row(rate_at_80.build(results), codec="micro")
    assert cells["low_rate_bits"].value < cells["rate_bits"].value < cells["high_rate_bits"].value


def test_a_curve_that_often_stays_below_80_percent_has_no_interval_there(results, measure) -> None:
    barely = [*MICRO[:3], (80.0, 80.5)]
    measure("workstation", "modelnet40", {("proposed", "micro", 1024): barely})
    write_clouds(results, "proposed_micro_P1024", barely)
    cell = row(rate_at_80.build(results), codec="micro")["high_rate_bits"]
    assert cell.missing.startswith("no interval: ")
    assert cell.missing.endswith(" % of the resamplings have no finite value")


def test_the_ideal_has_no_interval(results) -> None:
    cells = row(rate_at_80.build(results), codec="ideal")
    assert cells["low_rate_bits"].missing == rate_at_80.OF_CLASSES
