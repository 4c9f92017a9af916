"""Everything that the report of a run shows, read from disk once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from lcpc import config
from lcpc.audit.check import audit
from lcpc.audit.evidence import AUDIT
from lcpc.config import Config
from lcpc.errors import ConfigError, LcpcError, did_you_mean
from lcpc.registry import names
from lcpc.report import auditview, comparison, costs, figureview, gaps, tableview, topics
from lcpc.report.auditview import AuditView
from lcpc.report.comparison import Comparison
from lcpc.report.costs import Costs
from lcpc.report.figureview import FigureView
from lcpc.report.gaps import Absent, Reason
from lcpc.report.products import Product, drawing, read_back
from lcpc.report.tableview import TableView
from lcpc.report.topics import Glance, Topic

View = TypeVar("View")


@dataclass(frozen=True)
class Report:
    """All that the pages of a run show."""

    settings: Config
    audit: AuditView
    tables: Sequence[TableView]
    figures: Sequence[FigureView]
    absent: Sequence[Absent]
    reasons: Sequence[Reason]
    costs: Costs
    comparisons: Sequence[Comparison]
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


def gather(root: Path, run: str, compared: Sequence[str] | None = None) -> Report:
    """All that is there of a run; `compared` names runs beside it, None takes all with tables.

    Raises MissingData for a run that is not there, ConfigError for a table or figure that lcpc does
    not know.
    """
    settings = config.load(root, run)
    _check(settings)
    findings = audit(root, run)
    tables, absent_tables = _views(
        settings, "table", lambda product: tableview.view(root, read_back(root, product), findings))
    figures, absent_figures = _views(
        settings, "figure", lambda product: figureview.view(root, drawing(root, product), findings))
    others = comparison.others(root, run) if compared is None else [name for name in compared
                                                                    if name != run]
    return Report(
        settings=settings,
        audit=auditview.view(findings, tables),
        tables=tables,
        figures=figures,
        absent=absent_tables + absent_figures,
        reasons=gaps.reasons(tables),
        costs=costs.costs(root, run),
        comparisons=[comparison.compare(root, run, other, findings) for other in others],
        datasets=_datasets(settings),
    )


def _views(settings: Config, kind: str, view: Callable[[Product], View]) -> tuple[list[View],
                                                                                  list[Absent]]:
    """What can be shown of a kind of product, and what cannot with its reason."""
    views, absent = [], []
    for stem in settings.tables if kind == "table" else settings.figures:
        if stem == AUDIT:
            continue
        product = Product(kind, settings.run, stem)
        try:
            views.append(view(product))
        except LcpcError as error:
            absent.append(Absent(product, str(error)))
    return views, absent


def _check(settings: Config) -> None:
    for kind, stems in (("tables", settings.tables), ("figures", settings.figures)):
        known = names(f"lcpc.{kind}")
        if kind == "tables":
            known.append(AUDIT)
        for stem in stems:
            if stem not in known:
                nearest = did_you_mean(stem, known)
                raise ConfigError(f"config/{settings.run}.yaml: {kind}: there is no {stem!r}. "
                                  f"{nearest}")


def _datasets(settings: Config) -> list[str]:
    clouds = [settings.dataset.name] if settings.dataset else []
    images = [settings.latent_motion.image_set] if settings.latent_motion else []
    return clouds + images
