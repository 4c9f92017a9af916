"""The run's workflow as a graph: data, weights, rows, tables and figures, audit and report."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

from lcpc import experiments, training
from lcpc.config import Config
from lcpc.jobs import Job
from lcpc.registry import load, names

BOX_WIDTH, BOX_HEIGHT = 152, 34
COLUMN_WIDTH, ROW_HEIGHT = 190, 46
MARGIN = 4
PUBLISHED_POINTS = "published points"
TABLES, FIGURES, AUDIT, REPORT = "tables", "figures", "audit", "report"
PAGES = {TABLES: "tables.html", FIGURES: "figures.html", AUDIT: "audit.html", REPORT: "index.html"}
CLOUD_ENDING = ".npz"

Edges = set[tuple[str, str]]


@dataclass(frozen=True)
class StepBox:
    """One kind of step: its place, its words, the page that shows it (or empty)."""

    x: float
    y: float
    words: str
    page: str


@dataclass(frozen=True)
class Graph:
    """The graph in units of its picture; `arrows` are SVG paths."""

    width: float
    height: float
    box_width: float
    box_height: float
    boxes: Sequence[StepBox]
    arrows: Sequence[str]
    says: str


def graph(config: Config, root: Path) -> Graph:
    """What the run's config asks for, one box for all jobs of a training or an experiment."""
    jobs = [*training.jobs(config, root), *experiments.jobs(config, root)]
    counts = Counter(_step(job) for job in jobs)
    edges = set(_edges_of_jobs(jobs)) | set(_edges_of_products(config, jobs))
    ranks = _ranks(edges)
    words = {**{step: f"{_name(step)} × {count}" for step, count in counts.items()},
             TABLES: f"tables × {len(config.tables)}", FIGURES: f"figures × {len(config.figures)}"}
    columns: list[list[str]] = [[] for _ in range(max(ranks.values()) + 1)]
    for step in sorted(ranks):
        columns[ranks[step]].append(step)
    return _laid_out(columns, edges, words)


def _step(job: Job) -> str:
    """What jobs of one training or experiment share: `training.proposed`."""
    return job.plugin.removeprefix("lcpc.")


def _name(step: str) -> str:
    """A step in words; trainings and experiments of one name are told apart."""
    package, _, name = step.rpartition(".")
    words = name.replace("_", " ")
    return f"train {words}" if package == "training" else words


def _edges_of_jobs(jobs: Sequence[Job]) -> Iterator[tuple[str, str]]:
    makers = {job.output: _step(job) for job in jobs}
    files = [PurePosixPath(file) for job in jobs for file in job.inputs]
    cloud_folders = {path.parent for path in files if path.suffix == CLOUD_ENDING}
    for job in jobs:
        for file in job.inputs:
            folder = PurePosixPath(file).parent
            data = "clouds" if folder in cloud_folders else folder.name
            source = makers.get(file, data)
            if source != _step(job):
                yield source, _step(job)


def _edges_of_products(config: Config, jobs: Iterable[Job]) -> Iterator[tuple[str, str]]:
    kinds = {(_step(job), job.kind) for job in jobs if job.plugin.startswith(experiments.PACKAGE)}
    for target, stems in ((TABLES, config.tables), (FIGURES, config.figures)):
        package = f"lcpc.{target}"
        known = set(stems) & set(names(package))
        read = {kind for stem in known for kind in getattr(load(package, stem), "READS", ())}
        yield from ((step, target) for step, kind in kinds if kind in read)
        yield PUBLISHED_POINTS, target
        yield target, REPORT
    yield from ((TABLES, AUDIT), (AUDIT, REPORT))


def _ranks(edges: Edges) -> dict[str, int]:
    """The column of each step: after all that it needs; tables, audit and report come last."""
    needs: dict[str, set[str]] = {}
    for source, target in edges:
        needs.setdefault(target, set()).add(source)
        needs.setdefault(source, set())
    ranks: dict[str, int] = {}
    for step in TopologicalSorter(needs).static_order():
        ranks[step] = max((ranks[need] + 1 for need in needs[step]), default=0)
    products = max(ranks[TABLES], ranks[FIGURES])
    rows = {step: products - 1 for step in ranks if step.startswith("experiments.")}
    return {**ranks, **rows, TABLES: products, FIGURES: products, AUDIT: products + 1,
            REPORT: products + 2}


def _laid_out(columns: Sequence[Sequence[str]], edges: Edges, words: Mapping[str, str]) -> Graph:
    highest = max(len(steps) for steps in columns)
    height = highest * ROW_HEIGHT + 2 * MARGIN
    places: dict[str, tuple[float, float]] = {}
    for rank, steps in enumerate(columns):
        top = (height - len(steps) * ROW_HEIGHT) / 2
        for index, step in enumerate(steps):
            places[step] = rank * COLUMN_WIDTH + MARGIN, top + index * ROW_HEIGHT
    boxes = [StepBox(*place, words.get(step, step), PAGES.get(step, ""))
             for step, place in places.items()]
    ordered = sorted(edges)
    arrows = [_arrow(places[source], places[target]) for source, target in ordered]
    sentences = [f"{words.get(source, source)} to {words.get(target, target)}"
                 for source, target in ordered]
    width = (len(columns) - 1) * COLUMN_WIDTH + BOX_WIDTH + 2 * MARGIN
    return Graph(width, height, BOX_WIDTH, BOX_HEIGHT, boxes, arrows, "; ".join(sentences))


def _arrow(source: tuple[float, float], target: tuple[float, float]) -> str:
    """A curve from the right side of one box to the left side of another."""
    start, end = source[0] + BOX_WIDTH, target[0] - 3
    from_y, to_y = source[1] + BOX_HEIGHT / 2, target[1] + BOX_HEIGHT / 2
    bend = (end - start) / 2
    return f"M{start} {from_y}C{start + bend} {from_y} {end - bend} {to_y} {end} {to_y}"
