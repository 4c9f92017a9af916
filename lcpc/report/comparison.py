"""Two runs side by side: their settings where they differ, and every number that both have, with the difference."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from lcpc import config
from lcpc.audit.check import Finding, audit
from lcpc.audit.evidence import AUDIT, PUBLISHED
from lcpc.config import Config
from lcpc.errors import LcpcError
from lcpc.report import marks
from lcpc.report.products import Product, ReadTable, read_back
from lcpc.report.tableview import row_name
from lcpc.results.cells import Cell
from lcpc.tables import _layout

PREFIXES = ("printed_", "recomputed_")
SAID_ELSEWHERE = frozenset({"run", "description", "tables", "figures"})


@dataclass(frozen=True)
class Pair:
    """One number of both runs: as read, and this run's less the other's; None where either is no number."""

    row: str
    quantity: str
    own: str
    other: str
    difference: float | None
    shown_difference: str


@dataclass(frozen=True)
class TablePairs:
    """All numbers of one table that both runs have."""

    title: str
    stem: str
    pairs: Sequence[Pair]
    left_out: int


@dataclass(frozen=True)
class Comparison:
    """A run beside another one: settings that differ, verdict counts of both, tables and figures of both."""

    run: str
    other: str
    description: str
    settings: Sequence[tuple[str, str, str]]
    verdicts: Sequence[tuple[marks.Mark, int, int]]
    tables: Sequence[TablePairs]
    figures: Sequence[str]


def others(root: Path, run: str) -> list[str]:
    """Runs beside `run` whose tables are there."""
    runs = sorted(path.stem for path in (root / "config").glob("*.yaml"))
    return [name for name in runs if name != run and any((root / "tables" / name).glob("*.csv"))]


def compare(root: Path, run: str, other: str, findings: Sequence[Finding]) -> Comparison:
    """Everything that the report says of two runs. Raises MissingData where there is no run `other`."""
    mine, theirs = config.load(root, run), config.load(root, other)
    shared = [stem for stem in mine.tables if stem in theirs.tables and stem != AUDIT]
    tables = [found for stem in shared if (found := _pairs(root, run, other, stem))]
    figures = [stem for stem in mine.figures if stem in theirs.figures
               and all((root / "figures" / name / f"{stem}.png").is_file() for name in (run, other))]
    return Comparison(run, other, theirs.description, _settings(mine, theirs), _verdicts(findings, audit(root, other)),
                      tables, figures)


def _pairs(root: Path, run: str, other: str, stem: str) -> TablePairs | None:
    try:
        own, theirs = (read_back(root, Product("table", name, stem)) for name in (run, other))
    except LcpcError:
        return None
    rows = {_key(theirs, row): row for row in theirs.table.rows}
    found = [pair for row in own.table.rows if _key(own, row) in rows
             for pair in _row_pairs(own, row, rows[_key(own, row)], run, other)]
    kept = [pair for pair in found if pair.own and pair.other]
    return TablePairs(own.product.title, stem, kept, len(found) - len(kept))


def _key(read: ReadTable, row: Mapping[str, Cell]) -> tuple[str, ...]:
    return tuple(str(row[column].value) for column in read.table.key)


def _row_pairs(read: ReadTable, own: Mapping[str, Cell], other: Mapping[str, Cell], *runs: str) -> Iterator[Pair]:
    said = {*read.table.key, _layout.NOTE, _layout.EVIDENCE}
    for column in read.table.columns:
        if column in said or column.startswith(PREFIXES) or column not in other:
            continue
        first, second = (_own_value(cells, column, name) for cells, name in zip((own, other), runs, strict=True))
        yield _pair(row_name(read.table, own), column, first, second)


def _own_value(row: Mapping[str, Cell], column: str, run: str) -> float | int | str | None:
    """The run's own value; none where a measured run's row only repeats published ones."""
    evidence = row[_layout.EVIDENCE].value if _layout.EVIDENCE in row else None
    return None if evidence == PUBLISHED and run != PUBLISHED else row[column].value


def _pair(row: str, column: str, first: Any, second: Any) -> Pair:
    own, other = (_layout.show(column, column, value) for value in (first, second))
    both = isinstance(first, int | float) and isinstance(second, int | float)
    apart = float(first - second) if both else None
    signed = _layout.show(column, column, apart) if apart is not None else ("same" if first == second else "differs")
    plus = "+" if apart is not None and apart > 0 and signed.strip("0.,") else ""
    return Pair(row, _layout.Head(column, column, "").name, own, other, apart, plus + signed)


def _settings(own: Config, other: Config) -> list[tuple[str, str, str]]:
    first, second = ({name: held for name, held in config.plain(one).items() if name not in SAID_ELSEWHERE}
                     for one in (own, other))
    return list(_differences(first, second))


def _differences(first: Any, second: Any, name: str = "") -> Iterator[tuple[str, str, str]]:
    """Leaves of two configurations that differ: (`proposed 1 training epochs`, `40`, `200`)."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in dict.fromkeys((*first, *second)):
            yield from _differences(first.get(key), second.get(key), f"{name} {key}".strip().replace("_", " "))
    elif _is_group(first) and _is_group(second):
        for index, (one, two) in enumerate(zip_longest(first, second), 1):
            yield from _differences(one, two, f"{name} {index}")
    elif first != second:
        yield name, _brief(first), _brief(second)


def _is_group(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value)


def _brief(value: Any) -> str:
    """A setting in a few words; a whole group that the other run lacks is only said to be there."""
    if isinstance(value, Mapping) or _is_group(value):
        return "asked for"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "–"
    return "–" if value in (None, "") else str(value)


def _verdicts(own: Sequence[Finding], other: Sequence[Finding]) -> list[tuple[marks.Mark, int, int]]:
    first, second = (Counter(finding.verdict for finding in one if finding.claim) for one in (own, other))
    return [(marks.Mark(verdict), first[verdict], second[verdict])
            for verdict in marks.SIGNS if first[verdict] or second[verdict]]
