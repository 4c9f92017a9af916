"""A figure as the report shows it: picture with its alternative in words, curves to point at, sources, commands."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcpc.audit.check import Finding
from lcpc.audit.files import Row
from lcpc.report import charts, marks, traces
from lcpc.report.charts import Chart
from lcpc.report.products import Drawing, Product, kinds_there, picture_size
from lcpc.report.traces import SourceView, TraceView

MOST_NAMED = 8
MOST_POINTS = 500


@dataclass(frozen=True)
class FigureView:
    """A figure with all that the report tells of it; `size` in pixels; `points` only where they are few enough to read."""

    product: Product
    kinds: Sequence[str]
    caption: str
    alternative: str
    size: tuple[int, int]
    flaws: Sequence[str]
    code: str
    chart: Chart | None
    columns: Sequence[str]
    points: Sequence[Row]
    point_count: int
    sources: Sequence[SourceView]
    traces: Sequence[TraceView]


def view(root: Path, drawing: Drawing, findings: Sequence[Finding]) -> FigureView:
    """All that the report shows of a figure. Raises ResultError where its picture is none."""
    product, stem = drawing.product, drawing.product.stem
    sources = traces.sources(root, [one for found in drawing.series.values() for one in found], drawing.digests, stem)
    rows = drawing.points.rows
    chart = charts.chart(drawing)
    return FigureView(
        product, kinds_there(root, product), drawing.caption, _alternative(drawing),
        picture_size(root / product.folder / f"{stem}.png"),
        marks.flaws(findings, product.file), drawing.code, chart, drawing.points.columns,
        rows if chart and len(rows) <= MOST_POINTS else [], len(rows), sources, _traces(drawing, sources))


def _alternative(drawing: Drawing) -> str:
    """The picture in words: how much it shows, and of what."""
    names = list(drawing.series)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return (f"{drawing.product.title}: {len(drawing.points.rows)} plotted points of {len(names)} series: "
            f"{'; '.join(names[:MOST_NAMED])}{more}.")


def _traces(drawing: Drawing, sources: Sequence[SourceView]) -> list[TraceView]:
    rows = {row.get("series", ""): row for row in reversed(drawing.points.rows)}
    return [TraceView(f"{drawing.product.stem}-series-{index}", name, "", rows.get(name, {}).get("evidence", ""),
                      "plotted as it stands in the lines below", "", traces.cited(found, sources))
            for index, (name, found) in enumerate(drawing.series.items(), 1)]
