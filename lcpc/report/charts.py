"""Curves to point at: rate-accuracy and rate-distortion figures, each point with its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from lcpc.audit.files import Row
from lcpc.figures import style
from lcpc.registry import load
from lcpc.report import axes, series_styles
from lcpc.report.axes import Axis, number
from lcpc.report.products import Drawing
from lcpc.report.series_styles import SeriesStyle
from lcpc.results.store import PUBLISHED

MOST_POINTS = 5000
"""More cannot be pointed at, and make a page too heavy for a browser."""


@dataclass(frozen=True)
class Quantity:
    """A column of an axis: label, how a value reads, limits that hold all published points."""

    column: str
    label: str
    reading: str
    limits: tuple[float, float] | None = None
    has_log: bool = False


BITS = Quantity("rate_bits", style.RATE_LABEL, "{:,.1f} bits", has_log=True)
BPP = Quantity("bpp", style.BPP_LABEL, "{:.3f} bpp", style.BPP_LIMITS, has_log=True)
PSNR = Quantity("psnr_rgb_db", style.PSNR_LABEL, "{:.2f} dB PSNR", style.PSNR_LIMITS)
PANELS = (
    (BITS, Quantity("top1_percent", style.ACCURACY_LABEL, "{:.1f} %", (0.0, 100.0))),
    (BPP, PSNR),
    (BPP, Quantity("ms_ssim_db", style.MS_SSIM_LABEL, "{:.2f} dB MS-SSIM")),
    (Quantity("quality", "Quality", "quality {:g}"),
     Quantity("relative_rate_percent", "Rate against static (%)", "{:+.2f} % rate against static")),
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
class Point:
    """A plotted point: its place, its words line by line, its coordinates as in the csv."""

    x: float
    y: float
    words: Sequence[str]
    fields: str


@dataclass(frozen=True)
class Series:
    """One series: `path` of its line, `points` that lie inside the axes; a level line has none."""

    index: int
    path: str
    points: Sequence[Point]


@dataclass(frozen=True)
class View:
    """One drawing of a panel: with a linear or a logarithmic axis of rates."""

    name: str
    across: Axis
    upward: Axis
    series: Sequence[Series]


@dataclass(frozen=True)
class Panel:
    """One pair of quantities, in one or two views; the first one is shown first."""

    anchor: str
    label: str
    views: Sequence[View]


@dataclass(frozen=True)
class Chart:
    """All panels of a figure; `styles` by index of the series, from 1, in the legend's order."""

    panels: Sequence[Panel]
    styles: Mapping[int, SeriesStyle]


def chart(drawing: Drawing) -> Chart | None:
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


def _panel(drawing: Drawing, module: ModuleType, x: Quantity, y: Quantity) -> Panel | None:
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
        across["log"] = axes.across(x.label, *axes.log_limits(positive), is_log=True)
    views = []
    for name, axis in across.items():
        views.append(View(name, axis, upward, _series(drawing, samples, axis, upward, (x, y))))
    if given and given[0] > 0:
        views.reverse()
    label = f"{y.label} against {x.label[:1].lower()}{x.label[1:]}"
    return Panel(f"{drawing.product.stem}-{y.column}", label, views)


def _samples(rows: Sequence[Row], x: Quantity, y: Quantity) -> list[Sample]:
    """Rows with two finite coordinates, by increasing coordinates."""
    samples = []
    for row in rows:
        at, height = number(row[x.column]), number(row[y.column])
        if at is not None and height is not None:
            samples.append(Sample(at, height, row))
    return sorted(samples, key=lambda sample: (sample.x, sample.y))


def _limits(values: Sequence[tuple[float, Row]], quantity: Quantity,
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


def _series(drawing: Drawing, samples: Sequence[Sample], across: Axis, upward: Axis,
            quantities: tuple[Quantity, Quantity]) -> list[Series]:
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.x > 0 or not across.is_log:
            by_name.setdefault(sample.row.get("series", ""), []).append(sample)
    series = []
    for index, name in enumerate(drawing.series, 1):
        if members := by_name.get(name):
            points = [_point(drawing, sample, across, upward, quantities) for sample in members
                      if _is_inside(sample, across, upward)]
            series.append(Series(index, _path(members, across, upward), points))
    return series


def _is_inside(sample: Sample, across: Axis, upward: Axis) -> bool:
    is_inside = across.holds(sample.x) and upward.holds(sample.y)
    return is_inside and not series_styles.is_level(sample.row)


def _path(samples: Sequence[Sample], across: Axis, upward: Axis) -> str:
    first = samples[0]
    if len(samples) == 2 and series_styles.is_level(first.row) and first.y == samples[1].y:
        return f"M{across.start} {upward.place(first.y)}H{across.end}"
    return "M" + "L".join(f"{across.place(sample.x)} {upward.place(sample.y)}"
                          for sample in samples)


def _point(drawing: Drawing, sample: Sample, across: Axis, upward: Axis,
           quantities: tuple[Quantity, Quantity]) -> Point:
    x, y = quantities
    fields = f"{sample.row[x.column]} {sample.row[y.column]}"
    words = _words(drawing, sample, quantities)
    return Point(across.place(sample.x), upward.place(sample.y), words, fields)


def _words(drawing: Drawing, sample: Sample, quantities: tuple[Quantity, Quantity]) -> list[str]:
    """Series; coordinates; setting; run and evidence."""
    x, y = quantities
    row = sample.row
    settings = [text.format(row[column])
                for column, text in SETTINGS.items() if row.get(column) and column != x.column]
    evidence = row.get("evidence", "")
    run = row.get("run") or (PUBLISHED if evidence == PUBLISHED else drawing.product.run)
    place = f"{x.reading.format(sample.x)}, {y.reading.format(sample.y)}".replace("-", "−")
    maker = f"run {run}, {evidence}" if evidence not in ("", run) else f"run {run}"
    return [line for line in (row.get("series", ""), place, ", ".join(settings), maker) if line]
