"""Points of the rate-accuracy figures: published and measured curves, PointNet, the ideal bound."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy

from lcpc import curves
from lcpc.curves import DOCUMENTS_DATASET, trainings
from lcpc.curves.comparable import listed
from lcpc.curves.resampling import POINT_ENDS, accuracy_ends, point_ends
from lcpc.errors import MissingData
from lcpc.figures import _rows
from lcpc.figures._types import Array, DataFrame
from lcpc.metrics.blahut_arimoto import hamming_distortion, rate_distortion_curve
from lcpc.results.frames import concat, frame_of
from lcpc.results.store import PUBLISHED, Results

KINDS = {
    "run": "string", "codec": "string", "size": "string", "points": "Int64", "lambda": "Float64",
    "scale": "Int64", "dataset": "string", "rate_bits": "float64", "top1_percent": "float64",
    "evidence": "string", **dict.fromkeys(POINT_ENDS, "Float64"), "_file": "string",
    "_line": "Int64", trainings.OTHERS: "string",
}
POINTNET, IDEAL = "pointnet", "ideal"
OFFICIAL = {"with transforms": "official PointNet accuracy with input and feature transforms",
            "no transforms": "official PointNet accuracy without transforms"}
BOUND_SLOPES_NATS = (1.0, 16.0, 60)
BOUND_DIGITS = 6
"""Digits of the bound; the last bits differ between processors."""

Range = tuple[float, float]


def of_size(results: Results, size: str, rates: Range, caption: str) -> DataFrame:
    """Points of the figure of one size, whose axis has the ends `rates`.

    Raises MissingData where a run lacks it.
    """
    stem = f"rate_accuracy_{size}"
    rows, documents = measured(results, stem), published(results)
    curves_of_size = proposed(rows, size)
    if curves_of_size.empty and results.run != PUBLISHED:
        raise _lacks(results, stem, f"{size} codec", "it")
    frames = [curves_of_size, reference(rows, rates)]
    if is_comparable(rows):
        twins = proposed(documents, size)
        if not curves_of_size.empty:
            twins = twins[twins["points"].isin(curves_of_size["points"])]
        frames += [twins, reference(documents, rates)]
    points = with_intervals(results, series([*frames, *baselines(results, rows, rates)]))
    points.attrs["caption"] = captioned(caption, points)
    return points


def of_input_codecs(results: Results, rates: Range) -> DataFrame:
    """Fronts of all codecs that compress the input. Raises MissingData without any."""
    stem = "rate_accuracy_input_compression"
    rows, documents = measured(results, stem), published(results)
    codecs = input_codecs([documents, rows])
    fronts = [front(rows, codec) for codec in codecs]
    if results.run != PUBLISHED and all(curve.empty for curve in fronts):
        raise _lacks(results, stem, "input codec", "one")
    twins = [front(documents, codec) for codec in codecs] if is_comparable(rows) else []
    return with_intervals(results, series([*fronts, *twins, *baselines(results, rows, rates)]))


def _lacks(results: Results, stem: str, codec: str, it: str) -> MissingData:
    return MissingData(f"run {results.run} has no {codec} to show; ask for {it} in "
                       f"config/{results.run}.yaml, then {_rows.command(results, stem)}")


def measured(results: Results, stem: str) -> DataFrame:
    """Done rows of the run, those of a curve of several seeds as their means; no rows for run
    published. Raises MissingData or ResultError."""
    if results.run == PUBLISHED:
        return published(results).iloc[:0]
    frame = curves.measured_rows(results, _rows.command(results, stem))
    return typed(means_over_seeds(curves.done(frame)))


def means_over_seeds(rows: DataFrame) -> DataFrame:
    """Rows in which the trainings of a curve of several seeds are replaced by their means."""
    if rows.empty:
        return rows
    means = [trainings.mean_points(curve) for curve in curves.grouped(rows).values()]
    return concat(means)


def captioned(caption: str, points: DataFrame) -> str:
    """A caption that says of how many seeds points are means, where there are several."""
    others = points[trainings.OTHERS].dropna()
    counts = 1 + others.str.count("\n").add(1)
    by_count: dict[int, list[str]] = {}
    for name, of_series in counts.groupby(points["series"], sort=False):
        by_count.setdefault(int(of_series.iloc[0]), []).append(str(name))
    if not by_count:
        return caption
    texts = [f"{count} seeds ({listed(names)})" for count, names in by_count.items()]
    return (f"{caption}. Points are means over {' and '.join(texts)}; their intervals cover clouds "
            "and seeds")


def published(results: Results) -> DataFrame:
    """The documents' points, all on ModelNet40."""
    return typed(curves.published_rows(results))


def proposed(frame: DataFrame, size: str) -> DataFrame:
    """Points of one size of the proposed codec."""
    is_size = (frame["size"] == size).fillna(False)
    return frame[(frame["codec"] == curves.PROPOSED) & is_size]


def input_codecs(frames: Iterable[DataFrame]) -> list[str]:
    """Codecs that compress the input, in the order in which they first occur."""
    learned = {curves.PROPOSED, POINTNET, IDEAL}
    names = [name for frame in frames for name in frame["codec"].unique()]
    return [name for name in dict.fromkeys(names) if name not in learned]


def front(frame: DataFrame, codec: str) -> DataFrame:
    """Pareto front of an input codec over all its points and scales; empty where it has none."""
    return curves.front(frame[frame["codec"] == codec])


def reference(frame: DataFrame, rates: Range) -> DataFrame:
    """Front of the first anchor codec that begins below the end of the axis, or empty."""
    for codec, *_ in curves.ANCHORS:
        rows = front(frame, codec)
        if rows["rate_bits"].min() < rates[1]:
            return rows
    return frame.iloc[:0]


def is_comparable(rows: DataFrame) -> bool:
    """Whether rows are measured on the documents' data set, so that both may share a figure."""
    return dataset_of(rows) == DOCUMENTS_DATASET


def dataset_of(rows: DataFrame) -> str:
    """The data set of measured rows, or of the documents where there are no rows."""
    return DOCUMENTS_DATASET if rows.empty else str(rows["dataset"].iloc[0])


def baselines(results: Results, rows: DataFrame, rates: Range) -> list[DataFrame]:
    """The ideal bound, PointNet of its authors where that compares, and PointNet of the run."""
    bound = next(bounds(results, rows))
    theirs = official(results, rates) if is_comparable(rows) else []
    return [bound, *theirs, *classifier(results, rates)]


def official(results: Results, rates: Range) -> list[DataFrame]:
    """PointNet as its authors report it, with and without transforms, as level lines."""
    claims = results.printed("headline_claims")
    origin = {"run": PUBLISHED, "dataset": DOCUMENTS_DATASET, "evidence": PUBLISHED}
    levels = []
    for variant, claim in OFFICIAL.items():
        row = claims[claims["claim"] == claim]
        row = row.assign(size=variant, top1_percent=row["value"], **origin)
        levels.append(_level(row, rates))
    return levels


def classifier(results: Results, rates: Range) -> list[DataFrame]:
    """The run's own PointNet on uncompressed clouds at its highest P, if it has one."""
    rows = _rows.done(results.measured("classifier"))
    if rows.empty:
        return []
    return [_level(rows[rows["points"] == rows["points"].max()].iloc[:1], rates)]


def _level(row: DataFrame, rates: Range) -> DataFrame:
    ends = concat([row] * len(rates))
    return typed(ends.assign(codec=POINTNET, rate_bits=rates))


def bounds(results: Results, rows: DataFrame) -> Iterator[DataFrame]:
    """The ideal bound, sampled: no codec lies to its left. Source: Blahut and Arimoto, 1972.

    One for the class counts of the test split (size `test`), one for equally likely classes (size
    `uniform`); of balanced counts only the latter. Each is computed when it is asked for.
    """
    counts = results.class_counts()
    origin = {"codec": IDEAL, "run": PUBLISHED, "evidence": PUBLISHED,
              "_file": counts["_file"].iloc[0]}
    prior = counts["count"].to_numpy(float)
    if counts["count"].nunique() > 1:
        yield _rounded(_bound(prior).assign(size="test", dataset=dataset_of(rows), **origin))
    yield _rounded(_bound(numpy.ones(len(prior))).assign(size="uniform", **origin))


def _bound(prior: Array) -> DataFrame:
    slopes = numpy.geomspace(*BOUND_SLOPES_NATS)
    curve = rate_distortion_curve(prior, hamming_distortion(len(prior)), slopes)
    frame = frame_of(curve)
    return frame.assign(top1_percent=100 * (1 - frame["distortion"]))


def _rounded(bound: DataFrame) -> DataFrame:
    digits = {"rate_bits": BOUND_DIGITS, "top1_percent": BOUND_DIGITS}
    return typed(bound[bound["rate_bits"] > 0]).round(digits)


def series(frames: Sequence[DataFrame]) -> DataFrame:
    """All frames in one, with a first column that names the curve of each point."""
    import pandas

    filled = [frame for frame in frames if not frame.empty]
    points = pandas.concat(filled, ignore_index=True)
    names = [_series_name(row) for row in points.itertuples()]
    points.insert(0, "series", pandas.Series(names, dtype="string"))
    return points


def with_intervals(results: Results, points: DataFrame) -> DataFrame:
    """The points with the ends of their 95 % intervals, where the run has rows of single clouds."""
    points = points.copy()
    is_own = points["run"].ne(PUBLISHED)
    for file, rows in points[is_own.fillna(False)].groupby("_file"):
        with suppress(MissingData):
            if rows["codec"].eq(POINTNET).any():
                points.loc[rows.index, list(POINT_ENDS[2:])] = accuracy_ends(results, str(file))
            else:
                ends = point_ends(results, files_of(rows)).loc[rows["_line"]]
                points.loc[rows.index, list(POINT_ENDS)] = ends.to_numpy()
    return points


def files_of(rows: DataFrame) -> list[str]:
    """The file of some rows, and those of the other seeds that their points are means of."""
    others = [file for file, _ in _rows.others(rows)]
    return list(dict.fromkeys([str(rows["_file"].iloc[0]), *others]))


def _series_name(row: Any) -> str:
    import pandas

    words = [row.codec]
    if not pandas.isna(row.size) and row.size:
        words.append(row.size)
    if row.codec in (curves.PROPOSED, POINTNET) and not pandas.isna(row.points):
        words.append(f"P={row.points}")
    return " ".join([*words, f"({row.run})"])


def typed(frame: DataFrame) -> DataFrame:
    """The columns of `KINDS` in their types; those that a frame does not have are empty."""
    import pandas

    absent = {name: pandas.NA for name in KINDS if name not in frame}
    return frame.assign(**absent)[list(KINDS)].astype(KINDS)
