"""Everything that the report of a run shows, read from disk once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from lcpc import config
from lcpc.audit.check import audit
from lcpc.config import Config
from lcpc.errors import LcpcError
from lcpc.report import (
    auditview,
    comparison,
    costs,
    figureview,
    gaps,
    tableview,
    topics,
    traces,
    workflow,
)
from lcpc.report.auditview import AuditView
from lcpc.report.comparison import RunComparison
from lcpc.report.costs import Costs
from lcpc.report.figureview import FigureView
from lcpc.report.gaps import Absent, GapReason
from lcpc.report.products import drawing, read_back
from lcpc.report.tableview import TableView
from lcpc.report.topics import Glance, Topic
from lcpc.report.traces import SourceView
from lcpc.report.workflow import Graph
from lcpc.results.products import Product, products

Read = TypeVar("Read")


@dataclass(frozen=True)
class RunReport:
    """All that the pages of a run show."""

    settings: Config
    audit: AuditView
    tables: Sequence[TableView]
    figures: Sequence[FigureView]
    absent: Sequence[Absent]
    table_sources: Sequence[SourceView]
    figure_sources: Sequence[SourceView]
    reasons: Sequence[GapReason]
    costs: Costs
    graph: Graph
    comparisons: Sequence[RunComparison]
    datasets: Sequence[str] = field(default_factory=tuple)

    @property
    def run(self) -> str:
        """Name of the run."""
        return self.settings.run

    @property
    def glances(self) -> list[tuple[Topic, list[Glance], FigureView | None]]:
        """Each topic whose numbers the audit knows, with these and a figure of it."""
        figures = {figure.product.stem: figure for figure in self.figures}
        shown = []
        for topic in topics.topics():
            picture = next((figures[stem] for stem in topic.pictures if stem in figures), None)
            if glances := topics.glances(topic, self.audit.claims):
                shown.append((topic, glances, picture))
        return shown

    @property
    def tables_by_topic(self) -> list[tuple[str, list[TableView]]]:
        """Tables by topic: (title of the topic, its tables)."""
        return topics.grouped(self.tables, "table", lambda table: table.product.stem)

    @property
    def figures_by_topic(self) -> list[tuple[str, list[FigureView]]]:
        """Figures by topic: (title of the topic, its figures)."""
        return topics.grouped(self.figures, "figure", lambda figure: figure.product.stem)

    @property
    def gap_count(self) -> int:
        """How many cells have no value."""
        return sum(len(reason.cells) for reason in self.reasons)


def gather(root: Path, run: str, compared: Sequence[str] | None = None) -> RunReport:
    """All that is there of a run; `compared` names runs beside it, None takes all with tables.

    Raises MissingData for a run that is not there.
    """
    settings = config.load(root, run)
    findings = audit(root, run)
    read_tables, absent = _readable(settings, "table", lambda product: read_back(root, product))
    drawings, absent_figures = _readable(settings, "figure", lambda product: drawing(root, product))
    table_sources = traces.sources(root, [(read.cited, read.digests) for read in read_tables],
                                   "tables")
    figure_sources = traces.sources(root, [(drawn.cited, drawn.digests) for drawn in drawings],
                                    "figures")
    tables = [tableview.view(root, read, findings, table_sources) for read in read_tables]
    figures = [figureview.view(root, drawn, findings, figure_sources) for drawn in drawings]
    others = comparison.others(root, run) if compared is None else [name for name in compared
                                                                    if name != run]
    return RunReport(
        settings=settings,
        audit=auditview.view(findings, tables),
        tables=tables,
        figures=figures,
        absent=absent + absent_figures,
        table_sources=list(table_sources.values()),
        figure_sources=list(figure_sources.values()),
        reasons=gaps.reasons(tables),
        costs=costs.costs(root, run),
        graph=workflow.graph(settings, root),
        comparisons=[comparison.compare(root, run, other, findings) for other in others],
        datasets=_datasets(settings),
    )


def _readable(settings: Config, kind: str, read: Callable[[Product], Read]) -> tuple[list[Read],
                                                                                     list[Absent]]:
    """What can be read of a kind of product, and what cannot with its reason."""
    readable, absent = [], []
    for product in products(settings, kind):
        try:
            readable.append(read(product))
        except LcpcError as error:
            absent.append(Absent(product, str(error)))
    return readable, absent


def _datasets(settings: Config) -> list[str]:
    clouds = [settings.dataset.name] if settings.dataset else []
    images = [settings.latent_motion.image_set] if settings.latent_motion else []
    return clouds + images
