"""A figure as the report shows it: picture, its text alternative, curves to point at, sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcpc.audit.check import Finding
from lcpc.report import charts, titles, traces, verdict_badges
from lcpc.report.charts import Chart
from lcpc.report.products import ReadFigure, kinds_there
from lcpc.report.traces import Sources, SourceView, TraceView

MOST_NAMED = 8


@dataclass(frozen=True)
class FigureView(ReadFigure):
    """A figure read back, with all else that the report says of it."""

    kinds: Sequence[str]
    alternative: str
    flaws: Sequence[str]
    chart: Chart | None
    sources: Sequence[SourceView]
    traces: Sequence[TraceView]


def view(root: Path, drawing: ReadFigure, findings: Sequence[Finding],
         sources: Sources) -> FigureView:
    """All that the report shows of a figure; `sources` are those of the page."""
    product = drawing.product
    of_figure = traces.of_product(sources, drawing.cited, drawing.digests)
    return FigureView(
        **vars(drawing),
        kinds=kinds_there(root, product),
        alternative=_alternative(drawing),
        flaws=verdict_badges.flaws(findings, product.file),
        chart=charts.chart(drawing),
        sources=list(of_figure.values()),
        traces=_traces(drawing, of_figure))


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
        views.append(TraceView(f"{drawing.product.stem}-series-{index}", name, evidence,
                               traces.cited(cited, sources)))
    return views
