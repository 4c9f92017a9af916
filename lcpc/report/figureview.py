"""A figure as the report shows it: picture, its text alternative, curves to point at, sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcpc.audit.check import Finding
from lcpc.report import charts, titles, traces, verdict_badges
from lcpc.report.charts import Chart
from lcpc.report.products import FigurePreview, ReadFigure, kinds_there
from lcpc.report.traces import Sources, SourceView, TraceView
from lcpc.results.products import Product

MOST_NAMED = 8


@dataclass(frozen=True)
class FigureView:
    """A figure with all that the report says of it."""

    product: Product
    kinds: Sequence[str]
    caption: str
    alternative: str
    picture: FigurePreview
    flaws: Sequence[str]
    code: str
    chart: Chart | None
    point_count: int
    sources: Sequence[SourceView]
    traces: Sequence[TraceView]


def view(root: Path, drawing: ReadFigure, findings: Sequence[Finding],
         sources: Sources) -> FigureView:
    """All that the report shows of a figure; `sources` are those of the page."""
    product = drawing.product
    of_figure = traces.of_product(sources, drawing.cited, drawing.digests)
    return FigureView(
        product=product,
        kinds=kinds_there(root, product),
        caption=drawing.caption,
        alternative=_alternative(drawing),
        picture=drawing.picture,
        flaws=verdict_badges.flaws(findings, product.file),
        code=drawing.code,
        chart=charts.chart(drawing),
        point_count=len(drawing.points.rows),
        sources=list(of_figure.values()),
        traces=_traces(drawing, of_figure),
    )


def _alternative(drawing: ReadFigure) -> str:
    """The picture in words: how many points and series, and the names of these."""
    names = list(drawing.series)
    others = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    title, points = titles.of_stem(drawing.product.stem), len(drawing.points.rows)
    return (f"{title}: {points} plotted points of {len(names)} series: "
            f"{'; '.join(names[:MOST_NAMED])}{others}.")


def _traces(drawing: ReadFigure, sources: Mapping[str, SourceView]) -> list[TraceView]:
    first_rows = {row.get("series", ""): row for row in reversed(drawing.points.rows)}
    views = []
    for index, (name, cited) in enumerate(drawing.series.items(), 1):
        evidence = first_rows.get(name, {}).get("evidence", "")
        views.append(TraceView(
            anchor=f"{drawing.product.stem}-series-{index}",
            title=name,
            value="",
            evidence=evidence,
            formula="",
            command="",
            cited=traces.cited(cited, sources),
        ))
    return views
