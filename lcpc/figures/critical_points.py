"""Critical points: a cloud and the points that win its max-pool give the same stream and output."""

from typing import Any

from lcpc import curves
from lcpc.figures import _clouds, _rows, _streams, style
from lcpc.figures._types import DataFrame, Figure, Series
from lcpc.results.frames import concat, frame_of
from lcpc.results.store import Results

KIND = "critical_points"
READS = (KIND,)
CAPTION = ("A test cloud with its critical points in red (left), and what becomes of the whole "
           "cloud and of its critical points alone: the same stream, byte for byte, hence the "
           "same output. Streams are shown in hexadecimal, whole or from their start; one row a "
           "codec size, at its largest measured P and lambda")
STEM = "critical_points"
HEIGHT_IN = 2.1
TEXT_X, OUT_X = 0.66, 0.915
LANES = (0.74, 0.26)
"""Middles of the lanes of the cloud and of its critical set, in heights of a block."""
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}


def points(results: Results) -> DataFrame:
    """The points of each size's cloud, and the outcomes of cloud and critical set."""
    rows = _clouds.measured(results, KIND, STEM)
    shown = [curve.iloc[-1] for _, curve in rows.groupby("size", sort=False)]
    return _clouds.as_figure(_of_size(results, row) for row in shown)


def _of_size(results: Results, row: Series) -> DataFrame:
    arrays = _rows.arrays_beside(results, str(row["_file"]))
    about = _clouds.about(row)
    critical = arrays["critical"][arrays["lambdas"].tolist().index(row["lambda"])]
    whole_cloud = _clouds.cloud_of(results, row, arrays)
    cloud = _clouds.rows_of(whole_cloud, critical, **about, element="point")
    whole = {**about, "element": "cloud", "count": len(cloud), "stream_hex": row["stream_hex"],
             "decoded_class": row["decoded_class"]}
    part = {**about, "element": "critical set", "count": int(critical.sum()),
            "stream_hex": row["critical_stream_hex"],
            "decoded_class": row["critical_decoded_class"]}
    frame = concat([cloud, frame_of([whole, part])])
    return frame.assign(
        sample=row["example"], **{"class": row["example_class"]}, clouds=row["samples"],
        same_stream_percent=row["same_stream_percent"], critical_mean=row["critical_mean"],
        **_clouds.origin(row))


def draw(points: DataFrame) -> Figure:
    """One block a size, from the cloud on the left to the outputs on the right."""
    blocks = [rows for _, rows in points.groupby("series", sort=False)]
    size_in = style.PAGE_IN, HEIGHT_IN * len(blocks)
    figure = style.new_figure(*size_in, layout=style.placed_by_hand())
    height = 1 / len(blocks)
    for rank, rows in enumerate(blocks):
        _block(figure, rows, 1 - (rank + 1) / len(blocks), height)
    return figure


def _block(figure: Figure, rows: DataFrame, bottom: float, height: float) -> None:
    is_point = rows["element"] == "point"
    cloud, outcomes, about = rows[is_point], rows[~is_point], rows.iloc[0]
    left = figure.add_axes((0.005, bottom + 0.2 * height, 0.215, 0.6 * height))
    _clouds.draw_cloud(left, cloud, _clouds.dot_size_pt2(len(cloud)), marked=True)
    _clouds.look_at(left, cloud)
    title = f"proposed, {about['size']}: P={about['points']}, λ={about['lambda']:g}"
    figure.text(0.012, bottom + 0.93 * height, title, va="center", fontweight="bold", fontsize=8.5)
    words = f"{curves.dataset_label(about['dataset'])}: {about['sample']}\ncritical points in red"
    figure.text(0.1125, bottom + 0.13 * height, words, fontsize=7, color=style.FAINT, **CENTRED)
    for lane, (_, outcome) in zip(LANES, outcomes.iterrows(), strict=True):
        middle = bottom + lane * height
        _lane(figure, cloud, outcome, middle, height)
        start = bottom + (0.5 + 0.35 * (lane - 0.5)) * height
        _streams.arrow(figure, (0.232, start), (0.302, middle))
    for x, column in ((TEXT_X, "stream_hex"), (OUT_X, "decoded_class")):
        is_same = outcomes[column].nunique() == 1
        _streams.verdict(figure, x, bottom + 0.5 * height, height, is_same)


def _lane(figure: Figure, cloud: DataFrame, outcome: Series, middle: float, height: float) -> None:
    axes = figure.add_axes((0.30, middle - 0.18 * height, 0.155, 0.39 * height))
    if outcome["element"] == "cloud":
        _clouds.draw_cloud(axes, cloud, size_pt2=0.5 * _clouds.dot_size_pt2(len(cloud)))
        word = "points"
    else:
        _clouds.draw_critical(axes, cloud, size_pt2=26)
        word = "critical points"
    _clouds.look_at(axes, cloud)
    count = f"{outcome['count']:.0f} {word}"
    figure.text(0.378, middle - 0.215 * height, count, fontsize=7, **CENTRED)
    _streams.arrow(figure, (0.465, middle), (0.535, middle), "compress")
    figure.text(TEXT_X, middle, _streams.hexadecimal(outcome["stream_hex"]), fontsize=6.3,
                family="DejaVu Sans Mono", linespacing=1.25, **CENTRED)
    _streams.arrow(figure, (0.785, middle), (0.855, middle), "decode")
    figure.text(OUT_X, middle, f"“{outcome['decoded_class']}”", fontsize=9, **CENTRED)
