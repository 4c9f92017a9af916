"""A run's curves and image codecs in every replicate, from the rows of single clouds and images."""

from collections.abc import Callable, Sequence
from functools import cache, cached_property

import numpy as np

from lcpc.curves import trainings
from lcpc.errors import MissingData, ResultError
from lcpc.metrics import intervals
from lcpc.metrics.intervals import Floats, Interpolated, Replicates
from lcpc.results.csv_file import read_csv
from lcpc.results.frames import DataFrame, frame_of
from lcpc.results.samples import (
    ENDING,
    SETTINGS,
    CloudResults,
    ReadSamples,
    cloud_results,
    files_of,
    read_samples,
)
from lcpc.results.store import Results

POINT_ENDS = ("low_rate_bits", "high_rate_bits", "low_top1_percent", "high_top1_percent")
"""Columns of the intervals of a curve's points."""
DECIMALS, DECIMALS_BELOW_1 = 3, 6
"""Far finer than 1,000 replicates know an end, so that every machine writes the same digits."""


class ResampledTraining:
    """One training of a curve in every replicate, made when first asked for.

    high: rate (bits) up to which steady curves are carried, if they end before. Attributes raise
    MissingData where the rows of single clouds are absent.
    """

    def __init__(self, results: Results, rows: DataFrame, high: float = 0.0,
                 read: ReadSamples = read_samples) -> None:
        self.results, self.rows, self.high, self._read = results, rows, high, read

    @cached_property
    def clouds(self) -> CloudResults:
        """Results of each cloud."""
        return cloud_results(self.results, self.rows, self._read)

    @cached_property
    def points(self) -> Replicates:
        """Rates and accuracies."""
        counts = intervals.resampled_counts(len(self.clouds.names))
        return intervals.resampled(self.clouds.rate_bits, self.clouds.is_right, counts)

    @cached_property
    def curves(self) -> Interpolated:
        """The curves of both steady recipes. Raises ValueError where a replicate has none."""
        return intervals.interpolated(self.points, self.high)


class ResampledCurve:
    """A curve of a run in every replicate: all its trainings on the same clouds."""

    def __init__(self, results: Results, rows: DataFrame, high: float = 0.0) -> None:
        self.rows = rows
        read = cache(read_samples)  # a file may hold all seeds
        self.trainings = [ResampledTraining(results, training, high, read)
                          for training in trainings.split(rows)]

    def replicates(self, metric: Callable[[ResampledTraining], Floats]) -> Floats:
        """A quantity in every replicate: [B]. `metric` gives that of one training.

        Raises MissingData where trainings were tested on different clouds.
        """
        for training in self.trainings[1:]:
            require_same_clouds(self.trainings[0], training, "the first seed")
        return intervals.over_seeds([metric(training) for training in self.trainings])


def require_same_clouds(anchor: ResampledTraining, curve: ResampledTraining,
                        other: str = "the anchor") -> None:
    """Raises MissingData where two curves were tested on different clouds, so are no pair."""
    if anchor.clouds.names != curve.clouds.names:
        raise MissingData(f"{files_of(curve.rows)[0]} has other clouds than {other}; evaluate "
                          "both on the same")


def point_ends(results: Results, files: Sequence[str]) -> DataFrame:
    """Ends of the intervals of the done rows of a rate-accuracy file: columns POINT_ENDS, by
    `_line`.

    files: that file, and those of other trainings of its curve. Raises MissingData where the rows
    of single clouds are absent.
    """
    import pandas

    frames = [_done_by_setting(results, file) for file in files]
    curve = ResampledCurve(results, pandas.concat(frames))
    ends = [np.percentile(curve.replicates(metric), intervals.PERCENTILES, axis=0)
            for metric in (lambda training: training.points.rate_bits,
                           lambda training: training.points.top1_percent)]
    columns = dict(zip(POINT_ENDS, np.vstack(ends).round(DECIMALS), strict=True))
    return pandas.DataFrame(columns, index=frames[0]["_line"])


def _done_by_setting(results: Results, file: str) -> DataFrame:
    """Done rows in the order of the columns of `cloud_results`."""
    rows = read_csv(results.root / file, results.root, needs=("status",))
    rows = rows[rows["status"] == "done"]
    settings = [name for name in SETTINGS if name in rows and rows[name].notna().any()]
    return rows.sort_values(settings[0]) if settings else rows


def accuracy_ends(results: Results, file: str) -> tuple[float, float]:
    """Ends of the interval of the accuracy (%) of a classifier's file.

    Raises MissingData where the rows of single clouds are absent.
    """
    clouds = _single_rows(results, file, "label", "predicted")
    is_right = (clouds["predicted"] == clouds["label"]).to_numpy(float)[:, None]
    accuracies = 100 * mean_replicates(is_right)
    low, high = intervals.interval(accuracies[:, 0])
    return rounded(low), rounded(high)


def rounded(end: float) -> float:
    """The end of an interval as it is written."""
    return round(end, DECIMALS if abs(end) >= 1 else DECIMALS_BELOW_1)


def mean_replicates(values: Floats) -> Floats:
    """Means of columns over resampled rows: [n, k] -> [B, k]. Raises ValueError without rows."""
    counts = intervals.resampled_counts(len(values))
    return counts @ values / len(values)


def image_rates(results: Results, rows: DataFrame, column: str = "bpp") -> DataFrame:
    """Mean rates (bits a pixel) of image codecs in every replicate: [B, k], a column for each row.

    rows: k done rows of image codecs with `_file` and `quality`; the columns have the index of the
    rows. All are resampled alike, so that their differences are those of pairs. Raises MissingData
    where the rows of single images are absent or those of different images.
    """
    by_image = {}
    for index, row in rows.iterrows():
        images = _single_rows(results, str(row["_file"]), "image", "quality", column)
        of_quality = images[images["quality"] == row["quality"]]
        by_image[index] = of_quality.set_index("image")[column].astype(float)
    rates = frame_of(by_image)
    if rates.isna().any(axis=None):
        raise MissingData(f"{rows['_file'].iloc[0]} and other rows have not the same single "
                          "images; evaluate all on the same")
    return frame_of(mean_replicates(rates.to_numpy()), columns=rates.columns)


def _single_rows(results: Results, file: str, *columns: str) -> DataFrame:
    path = results.root / f"{file.removesuffix('.csv')}{ENDING}"
    if not path.is_file():
        raise MissingData(f"{path.relative_to(results.root)} is not there, so that nothing can be "
                          "resampled; evaluate again")
    frame = read_csv(path, results.root)
    absent = sorted(set(columns) - set(frame.columns))
    if frame.empty or absent:
        lacking = f"no {absent[0]}" if absent else "no rows"
        raise ResultError(f"{path} holds {lacking}; evaluate again")
    return frame
