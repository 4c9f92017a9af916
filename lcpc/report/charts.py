"""Curves to point at: rate-accuracy and rate-distortion figures, each point with its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

from lcpc.audit.files import Row
from lcpc.figures import style
from lcpc.registry import load
from lcpc.report import axes, series_styles
from lcpc.report.axes import ChartAxis, number
from lcpc.report.products import ReadFigure
from lcpc.report.series_styles import SeriesStyle
from lcpc.results.store import PUBLISHED

MOST_POINTS = 5000
"""More cannot be pointed at, and make a page too heavy for a browser."""


@dataclass(frozen=True)
class Coordinate:
    """A column of an axis: label, how a value reads, limits that hold all published points."""

    column: str
    label: str
    reading: str
    limits: tuple[float, float] | None = None
    has_log: bool = False


BITS = Coordinate("rate_bits", style.RATE_LABEL, "{:,.1f} bits", has_log=True)
BPP = Coordinate("bpp", style.BPP_LABEL, "{:.3f} bpp", style.BPP_LIMITS, has_log=True)
PSNR = Coordinate("psnr_rgb_db", style.PSNR_LABEL, "{:.2f} dB PSNR", style.PSNR_LIMITS)
PANELS = (
    (BITS, Coordinate("top1_percent", style.ACCURACY_LABEL, "{:.1f} %", (0.0, 100.0))),
    (BPP, PSNR),
    (BPP, Coordinate("ms_ssim_db", style.MS_SSIM_LABEL, "{:.2f} dB MS-SSIM")),
    (Coordinate("quality", "Quality", "quality {:g}"),
     Coordinate("relative_rate_percent", "Rate against static (%)",
                "{:+.2f} % rate against static")),
)
"""Pairs of quantities that a figure may show, across and upward."""
SETTINGS: Mapping[str, str] = {
    "lambda": "λ = {}",
    "scale": "S = {}",
    "quality": "quality {}",
    "setting": "{}",
    "points": "P = {}",
    "point": "operating point {}",
    "dataset": "{}",
}
"""Columns that say which setting a point is, and how they read."""


@dataclass(frozen=True)
class Sample:
    """A row with both coordinates."""

    x: float
    y: float
    row: Row


@dataclass(frozen=True)
class Plane:
    """What places a sample of a drawing: both quantities, the axes of rates, the upward one."""

    drawing: ReadFigure
    x: Coordinate
    y: Coordinate
    axes: Sequence[ChartAxis]
    upward: ChartAxis

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """What tells points apart: the data set only where there are several."""
        datasets = {row.get("dataset") for row in self.drawing.points.rows} - {None, ""}
        is_shared = len(datasets) < 2
        return {column: text for column, text in SETTINGS.items()
                if column != self.x.column and not (column == "dataset" and is_shared)}


@dataclass(frozen=True)
class Point:
    """A plotted point: its place on each axis of rates (None outside it), its height, its words
    line by line, its coordinates as in the csv."""

    across: Sequence[float | None]
    y: float
    words: Sequence[str]
    fields: str


@dataclass(frozen=True)
class Series:
    """One series, its `lines` and `bands` (of intervals, or empty) on each axis of rates.

    `points` lie inside an axis; a level line has none. `maker` says run and evidence.
    """

    index: int
    maker: str
    lines: Sequence[str]
    bands: Sequence[str]
    points: Sequence[Point]


@dataclass(frozen=True)
class Panel:
    """One pair of quantities: `across` by name of the axis of rates, the one shown first first."""

    anchor: str
    label: str
    across: Mapping[str, ChartAxis]
    upward: ChartAxis
    series: Sequence[Series]


@dataclass(frozen=True)
class Chart:
    """All panels of a figure; `styles` by index of the series, from 1, in the legend's order."""

    panels: Sequence[Panel]
    styles: Mapping[int, SeriesStyle]


def chart(drawing: ReadFigure) -> Chart | None:
    """The figure to point at; None unless its points are curves of rate."""
    columns, rows = set(drawing.points.columns), drawing.points.rows
    pairs = [(x, y) for x, y in PANELS if {x.column, y.column, "series"} <= columns]
    if not pairs or len(rows) > MOST_POINTS:
        return None
    module = load("lcpc.figures", drawing.product.stem)
    panels = [panel for x, y in pairs if (panel := _panel(drawing, module, x, y))]
    if not panels:
        return None
    styles = series_styles.of_series(rows, module)
    indices = {name: index for index, name in enumerate(drawing.series, 1)}
    known = [name for name in styles if name in indices]
    known.sort(key=lambda name: series_styles.legend_order(name, styles[name]))
    return Chart(panels, {indices[name]: styles[name] for name in known})


def _panel(drawing: ReadFigure, module: ModuleType, x: Coordinate, y: Coordinate) -> Panel | None:
    samples = _samples(drawing.points.rows, x, y)
    if not samples:
        return None
    given = getattr(module, "RATES", None) if x is BITS else x.limits
    rates = _limits([(sample.x, sample.row) for sample in samples], x, (0.0, given[1]) if given
                    else None)
    heights = _limits([(sample.y, sample.row) for sample in samples], y, y.limits)
    upward = axes.upward(y.label, *heights)
    across = {"linear": axes.across(x.label, *rates)}
    positive = [sample.x
                for sample in samples if sample.x > 0 and not series_styles.is_level(sample.row)]
    if x.has_log and positive:
        positive += [rate for rate in (given or ())[:1] if rate > 0]
        logarithmic = axes.across(x.label, *axes.log_limits(positive), is_log=True)
        across = {"logarithmic": logarithmic, **across}
    label = f"{y.label} against {x.label[:1].lower()}{x.label[1:]}"
    plane = Plane(drawing, x, y, tuple(across.values()), upward)
    return Panel(f"{drawing.product.stem}-{y.column}", label, across, upward,
                 _series(plane, samples))


def _samples(rows: Sequence[Row], x: Coordinate, y: Coordinate) -> list[Sample]:
    """Rows with two finite coordinates, by increasing coordinates."""
    samples = []
    for row in rows:
        at, height = number(row[x.column]), number(row[y.column])
        if at is not None and height is not None:
            samples.append(Sample(at, height, row))
    return sorted(samples, key=lambda sample: (sample.x, sample.y))


def _limits(values: Sequence[tuple[float, Row]], quantity: Coordinate,
            given: tuple[float, float] | None) -> tuple[float, float]:
    """The given limits, wider where a point of the run lies outside; else round limits.

    Limits that hold the published points on Kodak mean nothing for a run on other images, which has
    no such points.
    """
    if given is None:
        return axes.limits([value for value, _ in values])
    if quantity is BITS:
        return given
    measured = [value for value, row in values if row.get("evidence") != PUBLISHED]
    if quantity in (BPP, PSNR) and len(measured) == len(values):
        return axes.limits([*measured, 0.0] if quantity is BPP else measured)
    is_wider = any(not given[0] <= value <= given[1] for value in measured)
    return axes.limits([*measured, *given]) if is_wider else given


def _series(plane: Plane, samples: Sequence[Sample]) -> list[Series]:
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample.row.get("series", ""), []).append(sample)
    series = []
    for index, name in enumerate(plane.drawing.series, 1):
        if members := by_name.get(name):
            series.append(_one_series(plane, index, members))
    return series


def _one_series(plane: Plane, index: int, samples: Sequence[Sample]) -> Series:
    makers = {_maker(plane.drawing, sample.row) for sample in samples}
    shared = makers.pop() if len(makers) == 1 else ""
    lines, bands = [], []
    for axis in plane.axes:
        members = [sample for sample in samples if sample.x > 0 or not axis.is_log]
        lines.append(_line(plane, axis, members))
        bands.append(_band(plane, axis, members))
    points = [_point(plane, sample, not shared) for sample in samples if _is_inside(plane, sample)]
    return Series(index, shared, lines, bands, points)


def _is_inside(plane: Plane, sample: Sample) -> bool:
    is_on_an_axis = any(axis.holds(sample.x) for axis in plane.axes)
    is_shown = is_on_an_axis and plane.upward.holds(sample.y)
    return is_shown and not series_styles.is_level(sample.row)


def _line(plane: Plane, axis: ChartAxis, samples: Sequence[Sample]) -> str:
    """The line through the samples as an SVG path; a level from end to end of the axis."""
    if len({sample.y for sample in samples}) == 1 and series_styles.is_level(samples[0].row):
        return f"M{axis.start} {plane.upward.place(samples[0].y)}H{axis.end}"
    return _path([(sample.x, sample.y) for sample in samples], axis, plane.upward)


def _band(plane: Plane, axis: ChartAxis, samples: Sequence[Sample]) -> str:
    """The area between both ends of the intervals; empty where fewer than two rows have one."""
    ends = [(sample.x, *interval) for sample in samples
            if (interval := _interval(sample.row, plane.y))]
    lower = [(x, low) for x, low, _ in ends]
    upper = [(x, high) for x, _, high in ends]
    outline = [*lower, *reversed(upper)]
    return f"{_path(outline, axis, plane.upward)}Z" if len(ends) > 1 else ""


def _path(places: Sequence[tuple[float, float]], across: ChartAxis, upward: ChartAxis) -> str:
    joined = "L".join(f"{across.place(x)} {upward.place(y)}" for x, y in places)
    return f"M{joined}" if places else ""


def _interval(row: Row, quantity: Coordinate) -> tuple[float, float] | None:
    """Both ends of the row's 95 % interval; None where it has none."""
    low, high = (number(row.get(f"{end}_{quantity.column}")) for end in ("low", "high"))
    return None if low is None or high is None else (low, high)


def _point(plane: Plane, sample: Sample, says_maker: bool) -> Point:
    places = [axis.place(sample.x) if axis.holds(sample.x) else None for axis in plane.axes]
    fields = f"{sample.row[plane.x.column]} {sample.row[plane.y.column]}"
    words = _words(plane, sample)
    if says_maker:
        words.append(_maker(plane.drawing, sample.row))
    return Point(places, plane.upward.place(sample.y), words, fields)


def _words(plane: Plane, sample: Sample) -> list[str]:
    """Coordinates, with the interval if the row has one; setting."""
    row, x, y = sample.row, plane.x, plane.y
    settings = [text.format(row[column])
                for column, text in plane.settings.items() if row.get(column)]
    place = f"{x.reading.format(sample.x)}, {y.reading.format(sample.y)}"
    if interval := _interval(row, y):
        place += " [{:.1f}, {:.1f}]".format(*interval)
    return [line for line in (place.replace("-", "−"), ", ".join(settings)) if line]


def _maker(drawing: ReadFigure, row: Row) -> str:
    """Run and evidence of a row."""
    evidence = row.get("evidence", "")
    run = row.get("run") or (PUBLISHED if evidence == PUBLISHED else drawing.product.run)
    return f"run {run}, {evidence}" if evidence not in ("", run) else f"run {run}"
