"""Curves to point at: rate-accuracy and rate-distortion figures as places on the page, each point with its words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from lcpc.audit.files import Row
from lcpc.figures import style
from lcpc.registry import load
from lcpc.report import axes, looks
from lcpc.report.axes import Axis, number
from lcpc.report.looks import Look
from lcpc.report.products import Drawing

PUBLISHED = "published"
MOST_POINTS = 5000
"""More are no curves to point at, and a page that no browser likes."""


@dataclass(frozen=True)
class Quantity:
    """A column that can stand on an axis: its label there, how a value reads, limits that hold all published points."""

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
SETTINGS: Mapping[str, str] = {"lambda": "λ = {}", "scale": "S = {}", "quality": "quality {}", "setting": "{}",
                               "points": "P = {}", "point": "operating point {}", "dataset": "{}"}
"""Columns that say which setting a point is, and how they read."""


@dataclass(frozen=True)
class Point:
    """A plotted point: its place, its words line by line, and its coordinates as they stand in the csv."""

    x: float
    y: float
    words: Sequence[str]
    fields: str


@dataclass(frozen=True)
class Curve:
    """One series: `path` of its line, `points` that lie inside the axes; `is_level` for lines without points of their own."""

    index: int
    path: str
    points: Sequence[Point]


@dataclass(frozen=True)
class View:
    """One drawing of a panel: with a linear or a logarithmic axis of rates."""

    name: str
    across: Axis
    upward: Axis
    curves: Sequence[Curve]


@dataclass(frozen=True)
class Panel:
    """One pair of quantities, in one or two views; the first one is shown first."""

    anchor: str
    label: str
    views: Sequence[View]


@dataclass(frozen=True)
class Chart:
    """All panels of a figure; `looks` of its series by their index, counted from 1, in the order of a legend."""

    panels: Sequence[Panel]
    looks: Mapping[int, Look]


def chart(drawing: Drawing) -> Chart | None:
    """The figure to point at; None where its points are no rate-accuracy or rate-distortion curves."""
    panels = [(x, y) for x, y in PANELS if {x.column, y.column, "series"} <= set(drawing.points.columns)]
    module = load("lcpc.figures", drawing.product.stem) if panels and len(drawing.points.rows) <= MOST_POINTS else None
    if module is None:
        return None
    drawn = [_panel(drawing, module, x, y) for x, y in panels if _placed(drawing.points.rows, x, y)]
    indices = {name: index for index, name in enumerate(drawing.series, 1)}
    found = looks.of_series(drawing.points.rows, module)
    order = sorted((name for name in found if name in indices), key=lambda name: looks.place(name, found[name]))
    return Chart(drawn, {indices[name]: found[name] for name in order}) if drawn else None


def _placed(rows: Iterable[Row], x: Quantity, y: Quantity) -> list[Row]:
    return [row for row in rows if number(row[x.column]) is not None and number(row[y.column]) is not None]


def _panel(drawing: Drawing, module: ModuleType, x: Quantity, y: Quantity) -> Panel:
    rows = _placed(drawing.points.rows, x, y)
    rates = getattr(module, "RATES", None) if x is BITS else x.limits
    upward = axes.upward(y.label, *_limits(rows, y, y.limits))
    views = [View("linear", axes.across(x.label, *_limits(rows, x, (0.0, rates[1]) if rates else None)), upward, [])]
    positive = [value for row in rows if (value := number(row[x.column])) and value > 0 and not looks.is_level(row)]
    if x.has_log and positive:
        views.append(View("log", axes.across(x.label, *axes.log_limits(positive), is_log=True), upward, []))
    if rates and rates[0] > 0:
        views.reverse()
    drawn = [View(view.name, view.across, view.upward, _curves_of(drawing, view, rows, x, y)) for view in views]
    return Panel(f"{drawing.product.stem}-{y.column}", f"{y.label} against {x.label[:1].lower()}{x.label[1:]}", drawn)


def _limits(rows: Sequence[Row], quantity: Quantity, given: tuple[float, float] | None) -> tuple[float, float]:
    """The given limits, widened where a point of the run itself lies outside; else round ones around all points.

    Limits that hold the published points on Kodak mean nothing for a run on other images, beside which they don't stand.
    """
    values = [number(row[quantity.column]) or 0.0 for row in rows]
    if given is None:
        return axes.limits(values)
    if quantity is BITS:
        return given
    own = [value for row, value in zip(rows, values, strict=True) if row.get("evidence") != PUBLISHED]
    if quantity in (BPP, PSNR) and len(own) == len(values):
        return axes.limits([*own, 0.0] if quantity is BPP else own)
    return axes.limits([*own, *given]) if any(not given[0] <= value <= given[1] for value in own) else given


def _curves_of(drawing: Drawing, view: View, rows: Sequence[Row], x: Quantity, y: Quantity) -> list[Curve]:
    found = []
    for index, name in enumerate(drawing.series, 1):
        own = [row for row in rows if row.get("series") == name]
        values = sorted(((float(row[x.column]), float(row[y.column]), row) for row in own), key=lambda value: value[:2])
        if view.across.is_log:
            values = [value for value in values if value[0] > 0]
        if values:
            found.append(Curve(index, _path(view, values), _points(drawing, view, values, x, y)))
    return found


def _path(view: View, values: Sequence[tuple[float, float, Row]]) -> str:
    if len(values) == 2 and looks.is_level(values[0][2]) and values[0][1] == values[1][1]:
        return f"M{view.across.start} {view.upward.place(values[0][1])}H{view.across.end}"
    return "M" + "L".join(f"{view.across.place(x)} {view.upward.place(y)}" for x, y, _ in values)


def _points(drawing: Drawing, view: View, values: Sequence[tuple[float, float, Row]], x: Quantity,
            y: Quantity) -> list[Point]:
    return [Point(view.across.place(at), view.upward.place(height), _words(drawing, row, x, y, at, height),
                  f"{row[x.column]} {row[y.column]}")
            for at, height, row in values
            if not looks.is_level(row) and view.across.holds(at) and view.upward.holds(height)]


def _words(drawing: Drawing, row: Row, x: Quantity, y: Quantity, at: float, height: float) -> list[str]:
    """Series; coordinates; setting; run and evidence."""
    told = [text.format(row[column]) for column, text in SETTINGS.items() if row.get(column) and column != x.column]
    evidence = row.get("evidence", "")
    run = row.get("run") or (PUBLISHED if evidence == PUBLISHED else drawing.product.run)
    place = ", ".join(quantity.reading.format(value).replace("-", "−") for quantity, value in ((x, at), (y, height)))
    maker = f"run {run}, {evidence}" if evidence not in ("", run) else f"run {run}"
    return [line for line in (row.get("series", ""), place, ", ".join(told), maker) if line]
