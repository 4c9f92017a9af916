"""lcpc's own value of a claim, recomputed or measured, and what it is worth beside the printed one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lcpc.audit.claims import CLAIMS, KNOWN, Claim, KnownDifference
from lcpc.audit.evidence import PUBLISHED
from lcpc.audit.files import Shelf, TableFile, number_of, parse_row
from lcpc.audit.methods import compute
from lcpc.config import Config
from lcpc.errors import LcpcError, MissingData, ResultError
from lcpc.results.cells import Source

SLACK = 1e-9
"""A value that stands exactly on the half of the last printed digit agrees, whichever way it was rounded."""


class Verdict(StrEnum):
    """What the audit says of a claim, worst first; a claim gets the worst that any of its values deserves."""

    DRIFT = "drift"
    MISSING = "missing"
    STALE = "stale"
    KNOWN = "known difference"
    NOT_COMPARABLE = "not comparable"
    AGREES = "agrees"
    PENDING = "pending"
    EXTERNAL = "external"

    @property
    def fails(self) -> bool:
        """Whether `lcpc audit` must not end well."""
        return self in (Verdict.DRIFT, Verdict.MISSING, Verdict.STALE)


@dataclass(frozen=True)
class Value:
    """lcpc's value of a claim of one kind (recomputed or measured), in the claim's unit, with the rows it stands on."""

    verdict: Verdict
    value: float | str | None = None
    note: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Desk:
    """What the audit of one run has before it. `facts`: what the run's rows say of themselves (data sets, anchor)."""

    root: Path
    settings: Config
    claims: Mapping[str, Claim]
    known: Mapping[tuple[str, str], KnownDifference]
    facts: Mapping[str, frozenset[str]]
    shelf: Shelf

    @property
    def run(self) -> str:
        """Name of the run."""
        return self.settings.run


def recomputed(desk: Desk, claim: Claim) -> Value:
    """What follows from the documents' own points, as tables/published holds it, or from one function."""
    if not claim.recomputed and (claim.table or not claim.function):
        kind, _, why = claim.method.partition(": ")
        return Value(Verdict.EXTERNAL if kind == "external" else Verdict.PENDING, note=why or claim.method)
    try:
        return _from_table(desk, claim) if claim.table else _from_function(desk, claim)
    except MissingData as error:
        return Value(Verdict.MISSING, note=f"{error}: `lcpc table {claim.table} --run {PUBLISHED}`")
    except ResultError as error:
        return Value(Verdict.MISSING, note=str(error))


def _from_function(desk: Desk, claim: Claim) -> Value:
    sources = (Source(CLAIMS.as_posix(), (claim.line,)),)
    return _held(claim, compute(claim, desk.claims), claim.tolerance, sources)


def _from_table(desk: Desk, claim: Claim) -> Value:
    table = desk.shelf.table(f"tables/{PUBLISHED}/{claim.table}.csv")
    table.require(claim.recomputed)
    index = table.find(parse_row(claim.row))
    field, line = table.rows[index][claim.recomputed], table.line(index)
    if not field:
        reason = table.rows[index].get("note") or "no reason given"
        return Value(Verdict.MISSING, note=f"{table.file}:{line} has no {claim.recomputed}: {reason}")
    return _held(claim, field, claim.tolerance, (Source(table.file, (line,)),))


def measured(desk: Desk, claim: Claim) -> Value | None:
    """What the run measured; None where there is nothing to measure or the run's table repeats published values."""
    if not claim.measured or desk.run == PUBLISHED:
        return None
    file = measured_file(claim, desk.run)
    if not (desk.root / file).is_file():
        if claim.table in desk.settings.tables:
            return Value(Verdict.MISSING, note=f"{file} is not there; run `lcpc table {claim.table} --run {desk.run}`")
        return Value(Verdict.PENDING, note=f"run {desk.run} makes no {file}")
    try:
        table = desk.shelf.table(file)
        table.require(claim.measured)
        return _measured_cell(desk, claim, table, table.find(parse_row(claim.row)))
    except LcpcError as error:
        return Value(Verdict.MISSING, note=str(error))


def measured_file(claim: Claim, run: str) -> str:
    """Where a run holds the claim: its table, or its rows where the claim's table begins with `results/`."""
    rows = claim.table.removeprefix("results/")
    return f"tables/{run}/{claim.table}.csv" if rows == claim.table else f"results/{run}/{rows}.csv"


def _measured_cell(desk: Desk, claim: Claim, table: TableFile, index: int) -> Value | None:
    row, where = table.rows[index], f"{table.file}:{table.line(index)}"
    field, evidence, sources = row[claim.measured], row.get("evidence", ""), (Source(table.file, (table.line(index),)),)
    if not field:
        reason = row.get("note", "")
        return Value(Verdict.PENDING, note=reason) if reason else Value(
            Verdict.MISSING, note=f"{where} has no {claim.measured} and gives no reason")
    if evidence == PUBLISHED:
        return None
    if why := _not_comparable(desk, claim):
        return Value(Verdict.NOT_COMPARABLE, in_unit(claim, field), why, sources)
    return _held(claim, field, claim.measured_tolerance, sources)


def _not_comparable(desk: Desk, claim: Claim) -> str:
    for what, wanted in parse_row(claim.comparable).items():
        found = desk.facts.get(what, frozenset())
        if found != {wanted}:
            return f"{what} is {', '.join(sorted(found)) or 'not said'}, the documents' is {wanted}"
    return ""


def _held(claim: Claim, found: float | str, tolerance: float, sources: tuple[Source, ...]) -> Value:
    """A value against print: numbers agree within the tolerance, bounds also below it, texts where they are equal."""
    value = in_unit(claim, found)
    told = f"found {value}, printed {claim.value}"
    if claim.number is None or isinstance(value, str):
        agrees = str(value) == claim.value
    else:
        apart = max(value - claim.number, 0.0) if claim.is_bound else abs(value - claim.number)
        agrees = apart <= tolerance + SLACK
        told = f"found {value:.6g}, printed {claim.value}; {apart:.4g} apart, allowed {tolerance:g}"
    return Value(Verdict.AGREES if agrees else Verdict.DRIFT, value, "" if agrees else told, sources)


def in_unit(claim: Claim, found: float | str) -> float | str:
    """A field of a table in the claim's unit."""
    number = number_of(found) if isinstance(found, str) else found
    return found if number is None or claim.number is None else number / claim.factor


def on_record(known: KnownDifference | None, value: Value | None) -> Value | None:
    """The value, its drift forgiven where it is on record and still is what the record says."""
    if known is None or value is None or value.verdict is not Verdict.DRIFT:
        return value
    recorded, found = number_of(known.found), value.value
    near = isinstance(found, float) and recorded is not None and abs(found - recorded) <= known.precision + SLACK
    if near or found == known.found:
        return Value(Verdict.KNOWN, found, f"{known.reason} Until: {known.until}", value.sources)
    told = f"{value.note}; {KNOWN.name}:{known.line} has {known.found} on record"
    return Value(Verdict.DRIFT, found, told, value.sources)
