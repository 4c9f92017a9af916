"""Curves of several seeds: what stands for all trainings, worked out by hand."""

import pandas as pd
import pytest

from lcpc.curves import trainings
from lcpc.errors import ResultError


def rows_of(seed, points, codec="proposed"):
    rates, accuracies = zip(*points, strict=True)
    return pd.DataFrame({"codec": codec, "size": "micro", "points": 64, "lambda": [10.0, 20.0][:len(rates)],
                         "rate_bits": rates, "stream_bits": rates, "top1_percent": accuracies, "seed": seed,
                         "_file": f"seed{seed}.csv", "_line": range(2, 2 + len(rates))})


TWO = pd.concat([rows_of(2, [(12, 50), (20, 70)]), rows_of(1, [(10, 40), (30, 60)])])


def highest(rows):
    return float(rows["top1_percent"].max())


def test_a_quantity_is_the_mean_of_what_each_training_gives():
    lucky = pd.concat([rows_of(1, [(10, 62), (30, 60)]), rows_of(2, [(12, 50), (20, 70)])])
    assert trainings.mean(highest, TWO) == 65
    # The curve of mean points would reach (60 + 70) / 2.
    assert trainings.mean(highest, lucky) == 66
    assert highest(trainings.mean_points(lucky)) == 65


def test_trainings_come_by_seed_and_are_counted():
    assert [set(part["seed"]) for part in trainings.split(TWO)] == [{1}, {2}]
    assert (trainings.count(TWO), trainings.count(rows_of(1, [(10, 40)]))) == (2, 1)


def test_a_mean_point_has_the_mean_rate_and_accuracy_of_its_lambda_and_names_all_rows():
    points = trainings.mean_points(TWO)
    assert points["lambda"].tolist() == [10, 20]
    assert points["rate_bits"].tolist() == [11, 25]
    assert points["stream_bits"].tolist() == [11, 25]
    assert points["top1_percent"].tolist() == [45, 65]
    assert points["_file"].tolist() == ["seed1.csv", "seed1.csv"]
    assert points[trainings.OTHERS].tolist() == ["seed2.csv:2", "seed2.csv:3"]


def test_one_training_stays_as_it_is():
    rows = rows_of(1, [(10, 40), (30, 60)])
    assert trainings.mean_points(rows) is rows
    assert trainings.mean(highest, rows) == 60


def test_files_of_an_input_codec_are_one_curve_whatever_their_seeds():
    rows = pd.concat([rows_of(1, [(10, 40)], "draco"), rows_of(2, [(12, 50)], "draco")])
    assert trainings.count(rows) == 1


def test_published_rows_have_no_seed_and_are_one_curve():
    assert trainings.count(TWO.drop(columns="seed")) == 1


def test_a_seed_without_a_value_is_named():
    def fails(rows):
        if highest(rows) > 65:
            raise ValueError("too high")
        return 1.0

    with pytest.raises(ValueError, match="^seed 2: too high$"):
        trainings.mean(fails, TWO)
    with pytest.raises(ValueError, match="^too high$"):
        trainings.mean(fails, rows_of(1, [(10, 70)]))


def test_trainings_of_other_lambdas_are_refused():
    with pytest.raises(ResultError, match=r"seed2.csv has other lambdas than seed1.csv; evaluate both again"):
        trainings.split(pd.concat([rows_of(1, [(10, 40), (30, 60)]), rows_of(2, [(10, 40)])]))
