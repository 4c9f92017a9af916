"""Tables of a run with several seeds: means over trainings, intervals over clouds and seeds."""

import numpy as np
import pandas as pd
import pytest

from lcpc.metrics.bjontegaard import overlap_bd_rate, steady_bd_accuracy
from lcpc.results.csv_file import csv_bytes, gzipped
from lcpc.results.store import write_whole
from lcpc.tables import base, bd_metrics, rate_at_80, reproduction, steady_metrics

KEY = ("proposed", "micro", 1024)
TMC13 = [(100.0, 20.0), (200.0, 50.0), (400.0, 70.0), (800.0, 80.0)]
SEEDS = {1: [(10.0, 30.0), (20.0, 60.0), (40.0, 75.0), (80.0, 90.0)],
         2: [(11.0, 34.0), (21.0, 62.0), (42.0, 78.0), (82.0, 92.0)],
         3: [(12.0, 38.0), (22.0, 64.0), (44.0, 74.0), (84.0, 97.0)]}
FILES = ["proposed_micro_P1024", "proposed_micro_P1024_seed2", "proposed_micro_P1024_seed3"]


def row(table, **key):
    return next(row for row in table.rows
                if all(row[name].value == value for name, value in key.items()))


def micro_of(results, table=steady_metrics):
    return row(table.build(results), size="micro", points=1024)


def write_clouds(results, name, points, setting="lambda", spread=0.01) -> None:
    rng = np.random.default_rng(len(name))
    frames = []
    for index, (rate, percent) in enumerate(points):
        is_right = np.arange(100) < percent
        rates = rng.normal(rate, spread * rate, 100)
        frames.append(pd.DataFrame({
            "sample": [f"cloud{number}" for number in range(100)], "label": 1, setting: index,
            "rate_bits": rates, "stream_bits": rate, "predicted": is_right.astype(int)}))
    path = results.folder / "rate_accuracy" / f"{name}.samples.csv.gz"
    write_whole(path, gzipped(csv_bytes(pd.concat(frames))))


@pytest.fixture
def results(measure):
    results = measure("workstation", "modelnet40", {("tmc13", "", 64): TMC13})
    write_clouds(results, "tmc13_P64", TMC13, "scale")
    for (seed, points), name in zip(SEEDS.items(), FILES, strict=True):
        measure("workstation", "modelnet40", {KEY: points}, seed=seed)
        write_clouds(results, name, points)
    return results


@pytest.fixture
def of_one(measure):
    """The same run with its first seed alone."""
    results = measure("workstation", "modelnet40", {("tmc13", "", 64): TMC13, KEY: SEEDS[1]})
    write_clouds(results, "tmc13_P64", TMC13, "scale")
    write_clouds(results, FILES[0], SEEDS[1])
    return results


def test_values_are_means_over_the_seeds(results):
    cells = micro_of(results)
    arrays = [zip(*points, strict=True) for points in (TMC13, *SEEDS.values())]
    anchor, *seeds = [tuple(np.array(values) for values in pair) for pair in arrays]
    steady = [steady_bd_accuracy(*anchor, *seed, 72, 5300.188) for seed in seeds]
    overlap = [overlap_bd_rate(*anchor, *seed) for seed in seeds]
    assert cells["max_accuracy_percent"].value == pytest.approx((90 + 92 + 97) / 3)
    assert cells["steady_bd_accuracy_points"].value == pytest.approx(np.mean(steady), rel=1e-6)
    assert cells["overlap_bd_rate_percent"].value == pytest.approx(np.mean(overlap), rel=1e-6)
    assert micro_of(results, bd_metrics)["max_accuracy_percent"].value == pytest.approx(93)


def test_the_rate_at_80_percent_is_the_mean_of_those_of_the_seeds(results):
    of_seeds = [40 + 5 / 15 * 40, 42 + 2 / 14 * 40, 44 + 6 / 23 * 40]
    assert row(rate_at_80.build(results), codec="micro")["rate_bits"].value == pytest.approx(
        np.mean(of_seeds))


@pytest.mark.parametrize("table", [bd_metrics, steady_metrics, reproduction])
def test_a_column_and_a_note_say_how_many_seeds(results, table):
    built = table.build(results)
    cell = row(built, size="micro", points=1024)[base.SEEDS]
    assert cell.value == 3
    assert [source.file.rsplit("/", 1)[1] for source in cell.sources] == [f"{name}.csv" for name in FILES]
    assert row(built, codec="tmc13")[base.SEEDS].value == (1 if table is not reproduction else "")
    assert row(built, size="full", points=8)[base.SEEDS].value == ""
    assert base.MEANS in built.notes


def test_one_seed_needs_no_note(of_one):
    table = steady_metrics.build(of_one)
    assert row(table, size="micro", points=1024)[base.SEEDS].value == 1
    assert base.MEANS not in table.notes


@pytest.mark.parametrize("table", [bd_metrics, steady_metrics, reproduction])
def test_values_lie_in_intervals_that_name_clouds_and_seeds_and_all_files(results, table):
    cells = micro_of(results, table)
    ends = [name.removeprefix("low_") for name in cells if name.startswith("low_")]
    for quantity in ends:
        low, value, high = (cells[name].value for name in (f"low_{quantity}", quantity, f"high_{quantity}"))
        assert low < value < high, quantity
        assert cells[f"low_{quantity}"].formula.endswith("of the test clouds and of 3 seeds")
        files = {source.file.rsplit("/", 1)[1] for source in cells[f"low_{quantity}"].sources}
        assert {f"{name}.samples.csv.gz" for name in FILES} <= files


def test_seeds_widen_an_interval(results, measure):
    """Where clouds hardly matter, an interval goes from the lowest seed to the highest."""
    for name, points in zip(FILES, SEEDS.values(), strict=True):
        write_clouds(results, name, points, spread=1e-6)
    cells = row(rate_at_80.build(results), codec="micro")
    assert cells["high_rate_bits"].value - cells["low_rate_bits"].value > 10


def test_a_seed_without_rows_of_single_clouds_leaves_no_interval(results):
    (results.folder / "rate_accuracy" / f"{FILES[1]}.samples.csv.gz").unlink()
    cells = micro_of(results)
    assert cells["max_accuracy_percent"].value == pytest.approx(93)
    assert f"{FILES[1]}.samples.csv.gz is not there" in cells["low_max_accuracy_percent"].missing


def test_seeds_of_other_clouds_are_no_pair(results):
    path = results.folder / "rate_accuracy" / f"{FILES[2]}.samples.csv.gz"
    frame = pd.read_csv(path)
    frame["sample"] += "x"
    write_whole(path, gzipped(csv_bytes(frame)))
    assert "has other clouds than the first seed" in micro_of(results)["low_max_accuracy_percent"].missing


def test_a_seed_that_stays_below_80_percent_is_named(results, measure):
    measure("workstation", "modelnet40", {KEY: [(10.0, 30.0), (20.0, 60.0), (40.0, 75.0), (80.0, 79.0)]}, seed=2)
    cell = row(rate_at_80.build(results), codec="micro")["rate_bits"]
    assert cell.missing.startswith("80 % lies off the curve: seed 2: ")
