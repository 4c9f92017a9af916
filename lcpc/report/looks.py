"""How a curve looks on a page: the colours and markers of the printed figure, its evidence told by line and filling."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from lcpc.audit.files import Row
from lcpc.figures import style

LEVELS = frozenset({"ideal", "pointnet"})
"""Series that are a line to hold curves against: none of their points is an operating point of a codec."""
SPARE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#444444", "#aa4499")
SHAPES: Mapping[str, str] = {
    "o": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "s": "M-3.6-3.6h7.2v7.2h-7.2z", "^": "M0-4.6 4.6 3.6h-9.2z",
    "v": "M0 4.6 4.6-3.6h-9.2z", "D": "M0-4.9 4.9 0 0 4.9-4.9 0z",
    "P": "M-1.6-4.4h3.2v2.8h2.8v3.2h-2.8v2.8h-3.2v-2.8h-2.8v-3.2h2.8z",
    "X": "M-4.2-2 -2-4.2 0-2.2 2-4.2 4.2-2 2.2 0 4.2 2 2 4.2 0 2.2-2 4.2-4.2 2-2.2 0z",
    "p": "M0-4.6 4.4-1.4 2.7 3.7h-5.4L-4.4-1.4z", "": "M-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0z",
}
"""Markers of matplotlib, drawn around the point in units of the picture."""
DASH_UNITS = 2.0


@dataclass(frozen=True)
class Look:
    """One series: `dashes` as SVG has them, `shape` of its marker, hollow where it is published beside measured ones."""

    label: str
    colour: str
    dashes: str
    shape: str
    is_hollow: bool
    is_level: bool


def is_level(row: Row) -> bool:
    """Whether a point belongs to a line that curves are held against."""
    return row.get("codec") in LEVELS


def of_series(rows: Sequence[Row], module: ModuleType) -> dict[str, Look]:
    """The look of each series by its name; `module` is the figure's, whose own looks count first."""
    firsts: dict[str, Row] = {}
    for row in rows:
        firsts.setdefault(row["series"], row)
    columns = ("size", "codec", "method")
    names = dict.fromkeys(row[name] for name in columns for row in firsts.values() if row.get(name))
    own: Mapping[str, style.LineStyle] = getattr(module, "styles", style.codec_styles)(list(names))
    counts = {row.get("points", "") for row in rows if row.get("codec") == "proposed"}
    has_measured = any(row.get("evidence") not in ("published", "") for row in rows)
    spare = {name: style.LineStyle(name, SPARE[index % len(SPARE)], "o") for index, name in enumerate(sorted(firsts))}
    return {name: _look(row, name, _printed(row, own, counts, spare[name]), has_measured) for name, row in firsts.items()}


def place(name: str, look: Look) -> tuple[bool, bool, int, str]:
    """Where a series stands in a legend: own curves, published twins, level lines; within each, many points first."""
    points = re.search(r"\bP=(\d+)", name)
    return look.is_level, look.is_hollow, -int(points.group(1)) if points else 0, name


def _printed(row: Row, own: Mapping[str, style.LineStyle], counts: set[str], spare: style.LineStyle) -> style.LineStyle:
    if row.get("codec") == "ideal":
        return style.LineStyle("", "#111111", "", (0, (1, 1.4)))
    if row.get("codec") == "pointnet":
        return style.LEVEL_STYLES.get(row.get("size", ""), style.LEVEL_STYLES[""])
    if row.get("codec") == "proposed" and len(counts) > 1 and row.get("points", "").isdigit():
        return style.points_style(int(row["points"]))
    names = (row.get("size"), row.get("codec"), row.get("method"), row.get("series"))
    return next((own[name] for name in names if name and name in own), spare)


def _look(row: Row, name: str, printed: style.LineStyle, has_measured: bool) -> Look:
    hollow = has_measured and row.get("evidence") == "published"
    dashes = style.PUBLISHED_DASHES if hollow and not is_level(row) else printed.dashes
    label = printed.label if name in (row.get("codec"), row.get("method")) and printed.label else name
    return Look(label, printed.colour, _dash_array(dashes), SHAPES.get(printed.marker, SHAPES["o"]), hollow, is_level(row))


def _dash_array(dashes: "str | tuple[int, tuple[float, ...]]") -> str:
    if isinstance(dashes, str):
        return "6 3" if dashes == "--" else ""
    return " ".join(f"{DASH_UNITS * length:g}" for length in dashes[1])
