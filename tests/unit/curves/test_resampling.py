"""Intervals of points, classifiers and images from the rows of single samples beside theirs."""

import numpy as np
import pandas as pd
import pytest

from lcpc.curves.resampling import POINT_ENDS, accuracy_ends, image_rates, point_ends, rounded
from lcpc.errors import MissingData, ResultError
from lcpc.results.csv_file import csv_bytes, gzipped
from lcpc.results.store import Results, write_whole

CLOUDS = 50


@pytest.fixture
def results(tmp_path) -> Results:
    return Results(tmp_path, "mine")


def write(results: Results, file: str, frame: pd.DataFrame) -> str:
    data = csv_bytes(frame)
    write_whole(results.root / file, gzipped(data) if file.endswith(".gz") else data)
    return file


def curve(results: Results, lambdas) -> str:
    """Rows in the order of `lambdas`; as many clouds are right as the lambda says, in percent."""
    rows = pd.DataFrame({"lambda": lambdas, "scale": None, "setting": None, "status": "done"})
    samples = [pd.DataFrame({"sample": [f"cloud{number}" for number in range(CLOUDS)], "label": 1,
                             "lambda": value, "rate_bits": float(value),
                             "predicted": (np.arange(CLOUDS) < CLOUDS * value / 100).astype(int)})
               for value in lambdas]
    write(results, "results/mine/rate_accuracy/x.samples.csv.gz", pd.concat(samples))
    return write(results, "results/mine/rate_accuracy/x.csv", rows)


def test_each_row_has_the_ends_of_its_own_setting_whatever_their_order(results) -> None:
    ends = point_ends(results, [curve(results, [80, 10, 40])])
    assert list(ends.columns) == list(POINT_ENDS)
    for line, accuracy in ((2, 80), (3, 10), (4, 40)):
        low_bits, high_bits, low, high = ends.loc[line]
        assert (low_bits, high_bits) == (accuracy, accuracy)
        assert low < accuracy < high


def test_a_classifier_has_the_interval_of_its_share_of_right_clouds(results) -> None:
    is_right = (np.arange(400) < 320).astype(int)
    write(results, "results/mine/classifier/p.samples.csv.gz",
          pd.DataFrame({"label": 1, "predicted": is_right}))
    half = 196 * np.sqrt(0.8 * 0.2 / 400)
    ends = accuracy_ends(results, "results/mine/classifier/p.csv")
    assert ends == pytest.approx((80 - half, 80 + half), abs=0.5)


def test_samples_without_a_column_are_refused(results) -> None:
    write(results, "results/mine/classifier/p.samples.csv.gz", pd.DataFrame({"label": [1]}))
    with pytest.raises(ResultError, match=r"p.samples.csv.gz holds no predicted; evaluate again"):
        accuracy_ends(results, "results/mine/classifier/p.csv")


def test_rates_of_different_images_make_no_pair(results) -> None:
    for name, images in (("a", ["one", "two"]), ("b", ["one", "three"])):
        frame = pd.DataFrame({"image": images, "quality": 1, "bpp": [0.1, 0.3]})
        write(results, f"results/mine/{name}.samples.csv.gz", frame)
    rows = pd.DataFrame({"_file": ["results/mine/a.csv", "results/mine/b.csv"], "quality": 1})
    with pytest.raises(MissingData, match="have not the same single images"):
        image_rates(results, rows)
    rates = image_rates(results, rows[:1])[0]
    assert set(rates.round(6)) == {0.1, 0.2, 0.3}


def test_an_end_below_1_keeps_more_decimals() -> None:
    assert (rounded(12.34567), rounded(0.1234567)) == (12.346, 0.123457)
