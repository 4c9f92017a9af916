"""Two runs side by side: settings that differ, and every number of both with the difference."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from lcpc import config
from lcpc.audit.check import Finding, audit
from lcpc.config import Config
from lcpc.errors import LcpcError
from lcpc.layout import numbers
from lcpc.layout.table import EVIDENCE, NOTE, TWINS
from lcpc.log import logger
from lcpc.report import titles
from lcpc.report.products import ReadTable, read_back
from lcpc.report.tableview import row_name
from lcpc.report.verdict_badges import VERDICTS, Badge
from lcpc.results.cells import Cell, CellValue, Table
from lcpc.results.products import Product, products
from lcpc.results.store import PUBLISHED

LOG = logger("lcpc.report")
SHOWN_ELSEWHERE = frozenset({"run", "description", "tables", "figures"})
NOTHING = "–"

RowLabels = tuple[str, ...]


@dataclass(frozen=True)
class ComparedCell:
    """One number of both runs; `difference`: first less second, None where not both are numbers."""

    row: str
    quantity: str
    first: str
    second: str
    difference: float | None
    shown_difference: str


@dataclass(frozen=True)
class TablePairs:
    """All numbers of one table that both runs have; of each quantity, what differs most first."""

    title: str
    stem: str
    pairs: Sequence[ComparedCell]
    left_out: int


@dataclass(frozen=True)
class RunComparison:
    """A run beside another one: settings that differ; verdict counts, tables, figures of both."""

    run: str
    other: str
    description: str
    settings: Sequence[tuple[str, str, str]]
    verdicts: Sequence[tuple[Badge, int, int]]
    tables: Sequence[TablePairs]
    figures: Sequence[str]


def others(root: Path, run: str) -> list[str]:
    """Runs beside `run` whose tables are there; those with a broken config are left out."""
    readable, broken = config.load_all(root)
    for name, error in broken.items():
        LOG.warning("run %s is left out: %s", name, error)
    return [name for name in readable
            if name != run and any((root / "tables" / name).glob("*.csv"))]


def compare(root: Path, run: str, other: str, findings: Sequence[Finding]) -> RunComparison:
    """All that the report says of two runs. Raises MissingData where there is no run `other`."""
    first, second = config.load(root, run), config.load(root, other)
    tables, figures = (_shared(first, second, kind) for kind in ("table", "figure"))
    pairs = [_table_pairs(root, run, other, stem) for stem in tables]
    return RunComparison(
        run=run,
        other=other,
        description=second.description,
        settings=list(_differences(_compared(first), _compared(second))),
        verdicts=_verdicts(findings, audit(root, other)),
        tables=[table for table in pairs if table],
        figures=[stem for stem in figures if _is_drawn(root, run, stem)
                 and _is_drawn(root, other, stem)],
    )


def _shared(first: Config, second: Config, kind: str) -> list[str]:
    """Stems of the products of one kind that both runs make."""
    others = {product.stem for product in products(second, kind)}
    return [product.stem for product in products(first, kind) if product.stem in others]


def _is_drawn(root: Path, run: str, stem: str) -> bool:
    return (root / "figures" / run / f"{stem}.png").is_file()


def _table_pairs(root: Path, run: str, other: str, stem: str) -> TablePairs | None:
    """None where either table cannot be read."""
    try:
        first, second = (read_back(root, Product("table", name, stem)) for name in (run, other))
    except LcpcError:
        return None
    first_values, second_values = _values(first), _values(second)
    names = {_labels(first.table, row): row_name(first.table, row) for row in first.table.rows}
    pairs = []
    for (labels, column), value in first_values.items():
        if (labels, column) in second_values:
            pairs.append(_pair(names[labels], column, value, second_values[labels, column]))
    kept = [pair for pair in pairs if pair.first and pair.second]
    return TablePairs(titles.of_stem(stem), stem, _most_different_first(kept),
                      len(pairs) - len(kept))


def _most_different_first(pairs: Sequence[ComparedCell]) -> list[ComparedCell]:
    quantities = list(dict.fromkeys(pair.quantity for pair in pairs))
    return sorted(pairs, key=lambda pair: (quantities.index(pair.quantity),
                                           -abs(pair.difference or 0.0)))


def _labels(table: Table, row: Mapping[str, Cell]) -> RowLabels:
    return tuple(str(row[column].value) for column in table.key)


def _values(read: ReadTable) -> dict[tuple[RowLabels, str], CellValue]:
    """The run's values by (key, column); None where a measured run repeats published ones."""
    table, run = read.table, read.product.run
    skipped = {*table.key, NOTE, EVIDENCE}
    columns = [name for name in table.columns if name not in skipped and not name.startswith(TWINS)]
    values: dict[tuple[RowLabels, str], CellValue] = {}
    for row in table.rows:
        repeats = run != PUBLISHED and EVIDENCE in row and row[EVIDENCE].value == PUBLISHED
        for column in columns:
            values[_labels(table, row), column] = None if repeats else row[column].value
    return values


def _pair(row: str, column: str, first: CellValue, second: CellValue) -> ComparedCell:
    difference = None
    words = "same" if first == second else "differs"
    if isinstance(first, int | float) and isinstance(second, int | float):
        difference = float(first - second)
        words = numbers.shown(column, column, difference)
        if difference > 0 and words.strip("0.,"):
            words = f"+{words}"
    shown, other = (numbers.shown(column, column, value) for value in (first, second))
    return ComparedCell(row, numbers.title(column), shown, other, difference, words)


def _compared(settings: Config) -> dict[str, Any]:
    return {name: value
            for name, value in config.plain(settings).items() if name not in SHOWN_ELSEWHERE}


def _differences(first: Any, second: Any, name: str = "") -> Iterator[tuple[str, str, str]]:
    """Leaves of two configurations that differ: (`proposed 1 training epochs`, `40`, `200`)."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in dict.fromkeys((*first, *second)):
            yield from _differences(first.get(key), second.get(key),
                                    f"{name} {key}".strip().replace("_", " "))
    elif _is_group(first) and _is_group(second):
        for index, members in enumerate(zip_longest(first, second), 1):
            yield from _differences(*members, f"{name} {index}")
    elif first != second:
        yield name, _brief(first), _brief(second)


def _is_group(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(member, Mapping) for member in value)


def _brief(value: Any) -> str:
    """A setting in a few words; a group of settings is only said to be there."""
    if isinstance(value, Mapping) or _is_group(value):
        return "asked for"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or NOTHING
    return NOTHING if value in (None, "") else str(value)


def _verdicts(first: Sequence[Finding], second: Sequence[Finding]) -> list[tuple[Badge, int, int]]:
    counts = Counter(finding.verdict for finding in first if finding.claim)
    others = Counter(finding.verdict for finding in second if finding.claim)
    return [(Badge(verdict), counts[verdict], others[verdict]) for verdict in VERDICTS
            if counts[verdict] or others[verdict]]
