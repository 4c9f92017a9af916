"""What critical points are: few points with the stream, and the reconstruction, of all."""

from typing import Any

from lcpc.errors import MissingData
from lcpc.figures import _clouds, _rows, _streams, style
from lcpc.figures._types import DataFrame, Figure, Series
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

STREAMS, RECONSTRUCTIONS = "critical_points", "reconstruction"
READS = (STREAMS, RECONSTRUCTIONS)
CAPTION = ("For a codec, the critical point set is a small subset of the input cloud that "
           "gives exactly the same stream as the whole cloud, and so the same reconstruction "
           "(by an auxiliary decoder). Streams are shown in hexadecimal, whole or from their start")
SENTENCE = ("For a codec, the critical point set is a small subset of the input cloud\n"
            "that gives exactly the same stream as the whole cloud.")
STEM = "critical_points_description"
HEIGHT_IN = 2.9
LANES = (0.61, 0.2)
"""Middles of the lanes of the cloud and of its critical set, in heights of the figure."""
STREAM_X, SHAPE_X = 0.6, 0.895
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}


def points(results: Results) -> DataFrame:
    """Points of the smallest codec's cloud and reconstruction at its highest rate; both streams."""
    row = _clouds.measured(results, RECONSTRUCTIONS, STEM).iloc[-1]
    streams = _streams_of(results, row)
    arrays = _rows.arrays_beside(results, str(row["_file"]))
    index = arrays["lambdas"].tolist().index(row["lambda"])
    about = {**_clouds.about(row), "sample": row["example"]}
    about_points = {**about, **_clouds.origin(row)}
    points = _clouds.cloud_of(results, row, arrays)
    critical, made = arrays["critical"][index], arrays["made"][index]
    cloud = _clouds.rows_of(points, critical, **about_points, element="cloud")
    reconstruction = _clouds.rows_of(made, False, **about_points, element="reconstruction")
    return _clouds.as_figure([cloud, reconstruction, _outcomes(streams, about)])


def _streams_of(results: Results, row: Series) -> Series:
    """The streams of the row's cloud and critical set. Raises MissingData with the command."""
    streams = _clouds.measured(results, STREAMS, STEM)
    keys = ["size", "points", "lambda", "example"]
    same = streams[(streams[keys] == row[keys]).all(axis=1)]
    if same.empty:
        raise MissingData(f"results/{results.run}/{STREAMS} has no stream of {row['example']} at "
                          f"lambda {row['lambda']:g}; run {_rows.command(results, STEM)}")
    return same.iloc[0]


def _outcomes(streams: Series, about: dict[str, Any]) -> DataFrame:
    frame = frame_of([
        {**about, "element": "cloud's stream", "stream_hex": streams["stream_hex"]},
        {**about, "element": "critical set's stream", "stream_hex": streams["critical_stream_hex"]},
    ])
    return frame.assign(**_clouds.origin(streams))


def draw(points: DataFrame) -> Figure:
    """A sentence, and from left to right: the cloud, its two sets, streams, reconstructions."""
    figure = style.new_figure(style.PAGE_IN, HEIGHT_IN, layout=style.placed_by_hand())
    parts = {str(name): rows for name, rows in points.groupby("element", sort=False)}
    cloud, made = parts["cloud"], parts["reconstruction"]
    streams = [str(parts[f"{name}'s stream"]["stream_hex"].iloc[0])
               for name in ("cloud", "critical set")]
    is_same = streams[0] == streams[1]
    figure.text(0.5, 0.93, SENTENCE, fontsize=9, **CENTRED)
    _shape(figure, (0.115, 0.42), cloud, marked=True)
    figure.text(0.115, 0.2, "critical points in red", fontsize=7.5, color=_clouds.CRITICAL,
                **CENTRED)
    _sets(figure, cloud)
    for lane, stream in zip(LANES, streams, strict=True):
        _streams.arrow(figure, (0.225, 0.42 + 0.25 * (lane - 0.42)), (0.28, lane))
        _streams.arrow(figure, (0.445, lane), (0.515, lane), "compress")
        figure.text(STREAM_X, lane, _streams.hexadecimal(stream), fontsize=6.3,
                    family="DejaVu Sans Mono", linespacing=1.25, **CENTRED)
        _streams.arrow(figure, (0.69, lane), (0.77, lane), "decompress")
    for lane in LANES if is_same else LANES[:1]:
        _shape(figure, (SHAPE_X, lane), made)
    middle = sum(LANES) / 2
    for x in (STREAM_X, SHAPE_X):
        _streams.verdict(figure, x, middle, 0.7, is_same)
    return figure


def _sets(figure: Figure, cloud: DataFrame) -> None:
    """The whole cloud in the upper lane, its critical points in the lower one."""
    _shape(figure, (0.365, LANES[0]), cloud)
    axes = figure.add_axes(_place((0.365, LANES[1])))
    _clouds.draw_critical(axes, cloud, size_pt2=26)
    _clouds.look_at(axes, cloud)
    for lane, rows, words in ((LANES[0], cloud, "points"),
                              (LANES[1], cloud[cloud["critical"]], "critical points")):
        figure.text(0.365, lane - 0.175, f"{len(rows)} {words}", fontsize=7, **CENTRED)


def _shape(figure: Figure, middle: tuple[float, float], rows: DataFrame,
           marked: bool = False) -> None:
    axes = figure.add_axes(_place(middle))
    _clouds.draw_cloud(axes, rows, size_pt2=1.2, marked=marked)
    _clouds.look_at(axes, rows)


def _place(middle: tuple[float, float]) -> tuple[float, float, float, float]:
    """Axes 0.16 of the figure wide and 4 to 3 around a point: left, bottom, width, height."""
    width = 0.16
    height = width * style.PAGE_IN / HEIGHT_IN * 0.75
    return middle[0] - width / 2, middle[1] - height / 2, width, height
