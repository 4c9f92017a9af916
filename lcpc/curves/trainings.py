"""Trainings of one curve with several seeds, and their mean.

A quantity of such a curve (highest accuracy, BD value, rate at 80 %) is the mean over its seeds of
what each training gives by itself. So it means the same whatever the number of seeds: what one
training is expected to give, and print has one training of each curve. The curve of mean points
would give something else: its highest accuracy is lower, since chance lifts each training at
another lambda. A drawn point is such a quantity, too: mean rate and mean accuracy at its lambda.

Intervals cover clouds and seeds: `metrics.intervals.over_seeds`.
"""

from collections.abc import Callable

import numpy as np

from lcpc.errors import ResultError
from lcpc.results.frames import DataFrame

LEARNED = ("proposed", "mixed")
"""Codecs with a training for each curve and seed; others have one curve of many files."""
MEANS = ("rate_bits", "stream_bits", "top1_percent")
OTHERS = "_others"
"""Column of mean points: `file:line` of the other seeds' rows, one a line."""


def split(rows: DataFrame) -> list[DataFrame]:
    """Rows of each training of one curve, by seed; all rows of a codec that is not learned.

    Raises ResultError where trainings have different lambdas.
    """
    if "seed" not in rows or not set(rows["codec"]) <= set(LEARNED):
        return [rows]
    trainings = [training for _, training in rows.groupby("seed", dropna=False)]
    expected = _lambdas(trainings[0])
    for training in trainings[1:]:
        if _lambdas(training) != expected:
            raise ResultError(f"{_file(training)} has other lambdas than {_file(trainings[0])}; "
                              "evaluate both again")
    return trainings


def count(rows: DataFrame) -> int:
    """How many trainings a curve has."""
    return len(split(rows))


def mean(metric: Callable[[DataFrame], float], rows: DataFrame) -> float:
    """Mean of a quantity over the trainings of a curve.

    metric: the quantity of the rows of one training. Raises ValueError where a training has none,
    naming the seed if there are several.
    """
    trainings = split(rows)
    if len(trainings) == 1:
        return metric(rows)
    return float(np.mean([_of_seed(metric, training) for training in trainings]))


def mean_points(rows: DataFrame) -> DataFrame:
    """A row for each lambda of one curve: means of rates and accuracies over its trainings.

    All other columns are those of the first seed; OTHERS names the rows of the other seeds.
    """
    trainings = split(rows)
    if len(trainings) == 1:
        return rows
    by_lambda = [training.sort_values("lambda", kind="stable") for training in trainings]
    means = {}
    for column in set(MEANS) & set(rows.columns):
        of_seeds = [training[column].to_numpy(float) for training in by_lambda]
        means[column] = np.mean(of_seeds, axis=0)
    places = [_places(training) for training in by_lambda[1:]]
    others = ["\n".join(of_point) for of_point in zip(*places, strict=True)]
    return by_lambda[0].assign(**means, **{OTHERS: others})


def _of_seed(metric: Callable[[DataFrame], float], training: DataFrame) -> float:
    try:
        return metric(training)
    except ValueError as error:
        raise ValueError(f"seed {training['seed'].iloc[0]}: {error}") from error


def _lambdas(training: DataFrame) -> list[float]:
    return training["lambda"].fillna(0).sort_values().tolist()


def _file(training: DataFrame) -> str:
    return str(training["_file"].iloc[0])


def _places(training: DataFrame) -> list[str]:
    return [f"{file}:{line}"
            for file, line in zip(training["_file"], training["_line"], strict=True)]
