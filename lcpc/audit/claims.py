"""What the documents print, one claim a number, and the known differences with their reasons."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from lcpc.audit.files import Row, number_of, parse_row, read_table
from lcpc.errors import ResultError
from lcpc.results.store import is_file_name

FOLDER = Path("results") / "published"
CLAIMS = FOLDER / "claims.csv"
KNOWN = FOLDER / "known_differences.csv"
PRINTED = FOLDER / "printed"
CLAIM_COLUMNS = [
    "claim", "value", "unit", "decimals", "method", "table", "row", "recomputed", "measured",
    "comparable", "tolerance", "measured_tolerance", "printed_at", "source"]
KNOWN_COLUMNS = ["claim", "kind", "run", "found", "reason", "until"]
KINDS = ("recomputed", "measured")
LABELS = frozenset({
    "codec", "size", "points", "method", "quality", "model", "configuration", "analysis",
    "synthesis", "note", "claim", "unit", "where"})
"""Columns of the printed tables that say which row it is; all others hold claims."""
UNIT_FACTORS = {"million": 1e6}
METRICS = "lcpc.metrics."
"""Where functions of claims are."""
BOUND = " at most"
"""Ends the unit of a claim that is an upper bound."""


@dataclass(frozen=True)
class Claim:
    """One number that the documents print (`value`, verbatim) and where lcpc's value of it is.

    `table` and `row` address a row of tables/<run>/<table>.csv (of results/<run>/ if it begins with
    `results/`), `recomputed` and `measured` its columns. `method` is the function that computes it,
    or says why there is none. `comparable` names what a run must have for its measured value to be
    compared with print. Tolerances are in `unit`.
    """

    claim: str
    value: str
    unit: str
    method: str
    table: str
    row: str
    recomputed: str
    measured: str
    comparable: str
    tolerance: float
    measured_tolerance: float
    printed_at: str
    source: str
    line: int

    @property
    def number(self) -> float | None:
        """The printed number in `unit`; None for a text, such as a list of widths."""
        return number_of(self.value)

    @property
    def factor(self) -> float:
        """One `unit` in the unit of lcpc's tables."""
        return UNIT_FACTORS.get(self.unit.split(" ")[0], 1.0)

    @property
    def is_bound(self) -> bool:
        """Whether the documents print an upper bound, so that any smaller value agrees."""
        return self.unit.endswith(BOUND)

    @property
    def function(self) -> str:
        """Dotted name of the function that computes the claim, or nothing."""
        return self.method if self.method.startswith("lcpc.") else ""


@dataclass(frozen=True)
class KnownDifference:
    """A value of lcpc that differs from print (its digits are its precision), and why."""

    claim: str
    kind: str
    run: str
    found: str
    reason: str
    until: str
    line: int

    @property
    def precision(self) -> float:
        """Half a unit of the last recorded digit."""
        _, _, decimals = self.found.partition(".")
        return 0.5 * 10.0 ** -len(decimals)


def read_claims(root: Path) -> list[Claim]:
    """All claims. Raises ResultError naming file, line and what is wrong."""
    lines = _lines(root, CLAIMS, CLAIM_COLUMNS, ("claim",))
    return [_claim(row, where, line) for row, where, line in lines]


def read_known(root: Path) -> list[KnownDifference]:
    """All known differences; none where there is no such file."""
    if not (root / KNOWN).is_file():
        return []
    lines = _lines(root, KNOWN, KNOWN_COLUMNS, ("claim", "kind", "run"))
    return [_known(row, where, line) for row, where, line in lines]


def printed_numbers(root: Path) -> Iterator[tuple[str, str]]:
    """Address (`file:line:column`) and text of every number or list of widths in print."""
    for path in sorted((root / PRINTED).glob("*.csv")):
        table = read_table(path, root)
        columns = [column for column in table.columns if column not in LABELS]
        for index, row in enumerate(table.rows):
            for column in filter(row.get, columns):
                yield f"{path.stem}:{table.line(index)}:{column}", row[column]


def function_of(claim: Claim) -> Callable[..., Any]:
    """The function that the claim's method names. Raises ResultError if it is not there."""
    where = f"claim {claim.claim}: method"
    module, _, name = claim.method.rpartition(".")
    if not claim.method.startswith(METRICS):
        raise ResultError(f"{where} {claim.method!r} is not a function of lcpc.metrics")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ResultError(f"{where} {claim.method} is not there: {error}") from error


def compute(claim: Claim, claims: Mapping[str, Claim]) -> float:
    """The claim's value from its function; `row` maps arguments to the claims that give them."""
    values: dict[str, float] = {}
    for name, other in parse_row(claim.row).items():
        number = claims[other].number if other in claims else None
        if number is None:
            raise ResultError(f"claim {claim.claim}: its argument {name} is {other!r}, "
                              "which is not a claim with a number")
        values[name] = number
    try:
        return float(function_of(claim)(**values))
    except (TypeError, ValueError) as error:
        raise ResultError(f"claim {claim.claim}: {claim.method} fails: {error}") from error


def _lines(root: Path, path: Path, columns: Sequence[str],
           key: Sequence[str]) -> Iterator[tuple[Row, str, int]]:
    """Each row of a file with its place in words and its line; checks header and distinct keys."""
    table = read_table(root / path, root)
    if list(table.columns) != list(columns):
        raise ResultError(f"{table.file}: the header must be {','.join(columns)}; "
                          f"it is {','.join(table.columns)}")
    seen: dict[tuple[str, ...], int] = {}
    for index, row in enumerate(table.rows):
        line, name = table.line(index), tuple(row[column] for column in key)
        if name in seen:
            key_words, first = " ".join(name).strip(), seen[name]
            raise ResultError(f"{table.file}:{line}: {key_words} is already in line {first}")
        seen[name] = line
        yield row, f"{table.file}:{line}", line


def _claim(row: Row, where: str, line: int) -> Claim:
    needed = ("claim", "value", "unit", "method", "printed_at", "source")
    _require(row, needed, where, "every claim says it")
    for name in ("table", "printed_at"):
        if not is_file_name(row[name]) or ".." in row[name]:
            raise ResultError(f"{where}: {name} is {row[name]!r:.80}, which names no table")
    tolerances = {name: _tolerance(row[name], name, where)
                  for name in ("tolerance", "measured_tolerance")}
    texts = {field.name: row[field.name] for field in fields(Claim) if field.name in row}
    return Claim(**{**texts, **tolerances, "line": line})  # type: ignore[arg-type]


def _tolerance(text: str, name: str, where: str) -> float:
    number = number_of(text or "0")
    if number is None or number < 0:
        raise ResultError(f"{where}: {name} is {text!r}; expected a number, zero or more")
    return number


def _known(row: Row, where: str, line: int) -> KnownDifference:
    if row["kind"] not in KINDS or (row["kind"] == "measured") != bool(row["run"]):
        raise ResultError(
            f"{where}: kind is {row['kind']!r} and run {row['run']!r}; expected recomputed without "
            "a run, or measured with the run's name")
    needed = ("found", "reason", "until")
    _require(row, needed, where, "a difference is on record only with its reason")
    return KnownDifference(line=line, **row)


def _require(row: Row, columns: Sequence[str], where: str, why: str) -> None:
    empty = [name for name in columns if not row[name]]
    if empty:
        raise ResultError(f"{where}: {empty[0]} is empty; {why}")
