"""Figures of a run with several seeds: points are means, whose origin is the rows of all seeds."""

import numpy as np
import pandas as pd
import pytest

from lcpc.figures import rate_accuracy_ideal, rate_accuracy_micro, render, reproduction
from lcpc.results.csv_file import csv_bytes, gzipped
from lcpc.results.store import write_whole

KEY = ("proposed", "micro", 1024)
SEEDS = {1: [(10.0, 30.0), (20.0, 60.0), (40.0, 75.0)], 2: [(12.0, 34.0), (22.0, 62.0), (44.0, 79.0)]}
FILES = ["proposed_micro_P1024", "proposed_micro_P1024_seed2"]
MEANS = [(11.0, 32.0), (21.0, 61.0), (42.0, 77.0)]


@pytest.fixture
def results(measure):
    for (seed, points), name in zip(SEEDS.items(), FILES, strict=True):
        results = measure("workstation", "modelnet40", {KEY: points}, seed=seed)
        frames = [pd.DataFrame({"sample": [f"cloud{number}" for number in range(100)], "label": 1, "lambda": rate,
                                "rate_bits": rate, "predicted": (np.arange(100) < percent).astype(int)})
                  for rate, percent in points]
        write_whole(results.folder / "rate_accuracy" / f"{name}.samples.csv.gz", gzipped(csv_bytes(pd.concat(frames))))
    return results


def own(points):
    return points[(points["codec"] == "proposed") & (points["run"] == "workstation")]


@pytest.mark.parametrize("figure", [rate_accuracy_micro, rate_accuracy_ideal])
def test_points_are_means_over_seeds_with_intervals(results, figure):
    points = own(figure.points(results))
    assert list(zip(points["rate_bits"], points["top1_percent"], strict=True)) == MEANS
    assert (points["low_top1_percent"] < points["top1_percent"]).all()
    # All clouds of a seed have one rate: its interval goes from the one seed to the other.
    assert points["low_rate_bits"].tolist() == [10, 20, 40]
    assert points["high_rate_bits"].tolist() == [12, 22, 44]
    figure.draw(figure.points(results))


def test_the_caption_says_of_how_many_seeds(results, measure):
    for figure in (rate_accuracy_micro, rate_accuracy_ideal, reproduction):
        caption = figure.points(results).attrs["caption"]
        assert "Points are means over 2 seeds (proposed micro P=1024 (workstation))" in caption
    one = measure("one", "modelnet40", {KEY: SEEDS[1]})
    assert "seeds" not in rate_accuracy_micro.points(one).attrs["caption"]


def test_the_origin_of_a_series_is_the_rows_of_all_seeds(results):
    points = rate_accuracy_micro.points(results)
    told = render.provenance("rate_accuracy_micro", rate_accuracy_micro, points, results.root)
    files = [f"results/workstation/rate_accuracy/{name}.csv" for name in FILES]
    assert told["series"]["proposed micro P=1024 (workstation)"] == [
        {"file": file, "lines": [2, 3, 4]} for file in files]
    assert set(files) <= set(told["sources"])


def test_the_csv_holds_no_origin(results):
    header = render.points_csv(rate_accuracy_micro.points(results)).decode().splitlines()[0]
    assert header.endswith("low_rate_bits,high_rate_bits,low_top1_percent,high_top1_percent")


def test_distances_to_print_are_those_of_the_mean_points(results):
    points = own(reproduction.points(results))
    assert points["top1_percent"].tolist() == [mean for rate, mean in MEANS if rate in points["rate_bits"].tolist()]
    assert (points["low_difference_points"] < points["difference_points"]).all()
