"""A figure as the report shows it: picture, its text alternative, curves to point at, sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcpc.audit.check import Finding
from lcpc.audit.files import Row
from lcpc.report import charts, traces, verdict_badges
from lcpc.report.charts import Chart
from lcpc.report.products import Drawing, Product, kinds_there, picture_size
from lcpc.report.traces import SourceView, TraceView

MOST_NAMED = 8
MOST_POINTS = 500


@dataclass(frozen=True)
class FigureView:
    """A figure with all that the report says of it; `size` in pixels; `points` if few."""

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
    """All that the report shows of a figure. Raises ResultError unless its picture is a png."""
    product = drawing.product
    cited = [source for sources in drawing.series.values() for source in sources]
    sources = traces.sources(root, cited, drawing.digests, product.stem)
    rows = drawing.points.rows
    chart = charts.chart(drawing)
    return FigureView(
        product=product,
        kinds=kinds_there(root, product),
        caption=drawing.caption,
        alternative=_alternative(drawing),
        size=picture_size(root / product.folder / f"{product.stem}.png"),
        flaws=verdict_badges.flaws(findings, product.file),
        code=drawing.code,
        chart=chart,
        columns=drawing.points.columns,
        points=rows if chart and len(rows) <= MOST_POINTS else [],
        point_count=len(rows),
        sources=sources,
        traces=_traces(drawing, sources),
    )


def _alternative(drawing: Drawing) -> str:
    """The picture in words: how many points and series, and the names of these."""
    names = list(drawing.series)
    others = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return (f"{drawing.product.title}: {len(drawing.points.rows)} plotted points of {len(names)} "
            "series: "
            f"{'; '.join(names[:MOST_NAMED])}{others}.")


def _traces(drawing: Drawing, sources: Sequence[SourceView]) -> list[TraceView]:
    first_rows = {row.get("series", ""): row for row in reversed(drawing.points.rows)}
    views = []
    for index, (name, cited) in enumerate(drawing.series.items(), 1):
        evidence = first_rows.get(name, {}).get("evidence", "")
        views.append(TraceView(
            anchor=f"{drawing.product.stem}-series-{index}",
            title=name,
            value="",
            evidence=evidence,
            formula="plotted as it stands in the lines below",
            command="",
            cited=traces.cited(cited, sources),
        ))
    return views
