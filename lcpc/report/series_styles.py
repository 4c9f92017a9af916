"""How a curve is drawn on a page: colour and marker as printed, filling by evidence."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from lcpc.audit.files import Row
from lcpc.curves import PROPOSED
from lcpc.figures import style
from lcpc.figures.style import LineStyle
from lcpc.results.store import PUBLISHED

IDEAL, POINTNET = "ideal", "pointnet"
LEVELS = frozenset({IDEAL, POINTNET})
"""Series that are lines to compare curves with, without operating points."""
SHAPES: Mapping[str, str] = {
    "o": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "s": "M-3.6-3.6h7.2v7.2h-7.2z",
    "^": "M0-4.6 4.6 3.6h-9.2z",
    "v": "M0 4.6 4.6-3.6h-9.2z",
    "D": "M0-4.9 4.9 0 0 4.9-4.9 0z",
    "P": "M-1.6-4.4h3.2v2.8h2.8v3.2h-2.8v2.8h-3.2v-2.8h-2.8v-3.2h2.8z",
    "X": "M-4.2-2 -2-4.2 0-2.2 2-4.2 4.2-2 2.2 0 4.2 2 2 4.2 0 2.2-2 4.2-4.2 2-2.2 0z",
    "p": "M0-4.6 4.4-1.4 2.7 3.7h-5.4L-4.4-1.4z",
    "": "M-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0z",
}
"""Markers of matplotlib as SVG paths, drawn around the point in units of the picture."""
DASH_UNITS = 2.0


@dataclass(frozen=True)
class SeriesStyle:
    """One series: `dashes` as SVG, `marker`: its place in SHAPES; hollow if published beside."""

    label: str
    colour: str
    dashes: str
    marker: int
    is_hollow: bool
    is_level: bool


def is_level(row: Row) -> bool:
    """Whether a point belongs to a line that curves are compared with."""
    return row.get("codec") in LEVELS


def of_series(rows: Sequence[Row], module: ModuleType) -> dict[str, SeriesStyle]:
    """The style of each series by its name, as the figure's `module` draws it."""
    first_rows: dict[str, Row] = {}
    for row in rows:
        first_rows.setdefault(row["series"], row)
    names = list(dict.fromkeys(map(_drawn_name, first_rows.values())))
    line_styles = getattr(module, "styles", style.codec_styles)(names)
    counts = {row.get("points", "") for row in rows if row.get("codec") == PROPOSED}
    has_measured = any(row.get("evidence") not in (PUBLISHED, "") for row in rows)
    styles = {}
    for name, row in first_rows.items():
        printed = _level(row) or _at_points(row, counts) or line_styles[_drawn_name(row)]
        styles[name] = _on_page(row, name, printed, has_measured)
    return styles


def _drawn_name(row: Row) -> str:
    """What the figure draws a series by: its size, codec or method."""
    return next(row[name] for name in ("size", "codec", "method", "series") if row.get(name))


def legend_order(name: str, drawn: SeriesStyle) -> tuple[bool, bool, int, str]:
    """Order of a legend: measured, published, level lines; within each, many points first."""
    points = re.search(r"\bP=(\d{1,9})\b", name)
    return drawn.is_level, drawn.is_hollow, -int(points.group(1)) if points else 0, name


def _level(row: Row) -> LineStyle | None:
    """The style of a line to compare with; None for other series."""
    if row.get("codec") == IDEAL:
        dashes = ":" if row.get("size") == "uniform" else "-"
        return LineStyle("", style.IDEAL_STYLE.colour, "", dashes)
    if row.get("codec") == POINTNET:
        return style.LEVEL_STYLES.get(row.get("size", ""), style.LEVEL_STYLES[""])
    return None


def _at_points(row: Row, counts: set[str]) -> LineStyle | None:
    """The style of a curve at P points where a figure compares several P; None for other series."""
    points = row.get("points", "")
    is_compared = row.get("codec") == PROPOSED and len(counts) > 1 and points.isdigit()
    return style.points_style(int(points)) if is_compared else None


def _on_page(row: Row, name: str, printed: LineStyle, has_measured: bool) -> SeriesStyle:
    is_hollow = has_measured and row.get("evidence") == PUBLISHED
    dashes = style.PUBLISHED_DASHES if is_hollow and not is_level(row) else printed.dashes
    drawn = _drawn_name(row)
    is_named_by_codec = bool(printed.label) and drawn in (row.get("codec"), row.get("method"))
    label = printed.label + name.removeprefix(drawn) if is_named_by_codec else name
    marker = list(SHAPES).index(printed.marker) if printed.marker in SHAPES else 0
    return SeriesStyle(label, printed.colour, _dash_array(dashes), marker, is_hollow, is_level(row))


def _dash_array(dashes: str | tuple[int, tuple[float, ...]]) -> str:
    if isinstance(dashes, str):
        return {"--": "6 3", ":": "2 2.8"}.get(dashes, "")
    return " ".join(f"{DASH_UNITS * length:g}" for length in dashes[1])
