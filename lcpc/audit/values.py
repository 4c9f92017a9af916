"""lcpc's own value of a claim, recomputed or measured, and its verdict beside the printed one."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from lcpc import curves
from lcpc.audit.claims import CLAIMS, KNOWN, Claim, KnownDifference, compute
from lcpc.audit.files import Row, TableCache, TableFile, number_of, parse_row
from lcpc.config import Config
from lcpc.curves import PROPOSED, SIZES, CurveKey, Curves
from lcpc.curves.resampling import accuracy_ends
from lcpc.errors import LcpcError, MissingData, ResultError
from lcpc.results.cells import Source
from lcpc.results.products import Product
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables.rate_at_80 import POINTS

CLASSIFIERS = "results/classifier/"
"""Claims of these are accuracies that no table holds."""
SLACK = 1e-9
"""A value exactly on the half of the last printed digit agrees, whichever way it was rounded."""


class Verdict(StrEnum):
    """What the audit says of a claim, worst first; a claim gets the worst of its values."""

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
    """lcpc's value of a claim of one kind, in the claim's unit, with the rows that it is from.

    interval: low and high end of its 95 % interval, if it has one.
    """

    verdict: Verdict
    value: float | str | None = None
    note: str = ""
    sources: tuple[Source, ...] = ()
    interval: tuple[float, float] | None = None

    @property
    def brackets(self) -> str:
        """The interval as ` [10.8, 13.0]`, or nothing."""
        if self.interval is None:
            return ""
        low, high = self.interval
        return f" [{low:.4g}, {high:.4g}]"


@dataclass(frozen=True)
class AuditContext:
    """What the audit of one run compares; `facts` are what the run's rows say of themselves.

    curves: the run's rate-accuracy curves, with why one is not held against print.
    """

    root: Path
    settings: Config
    claims: Mapping[str, Claim]
    known: Mapping[tuple[str, str], KnownDifference]
    facts: Mapping[str, frozenset[str]]
    tables: TableCache
    curves: Curves | None = None

    @property
    def run(self) -> str:
        """Name of the run."""
        return self.settings.run


def recomputed(context: AuditContext, claim: Claim) -> Value:
    """What follows from the documents' own points, in tables/published, or from one function."""
    if not claim.recomputed and (claim.table or not claim.function):
        kind, _, reason = claim.method.partition(": ")
        verdict = Verdict.EXTERNAL if kind == "external" else Verdict.PENDING
        return Value(verdict, note=reason or claim.method)
    try:
        return _from_table(context, claim) if claim.table else _from_function(context, claim)
    except MissingData as error:
        command = Product("table", PUBLISHED, claim.table).command
        return Value(Verdict.MISSING, note=f"{error}: `{command}`")
    except ResultError as error:
        return Value(Verdict.MISSING, note=str(error))


def _from_function(context: AuditContext, claim: Claim) -> Value:
    value = compute(claim, context.claims)
    return _compared(claim, value, claim.tolerance, Source(CLAIMS.as_posix(), (claim.line,)))


def _from_table(context: AuditContext, claim: Claim) -> Value:
    table = context.tables.table(f"tables/{PUBLISHED}/{claim.table}.csv")
    table.require(claim.recomputed)
    index = table.find(parse_row(claim.row))
    row, source = table.rows[index], table.source(index)
    field = row[claim.recomputed]
    if field:
        return _compared(claim, field, claim.tolerance, source)
    reason = row.get("note") or "no reason given"
    note = f"{table.place(index)} has no {claim.recomputed}: {reason}"
    return Value(Verdict.MISSING, note=note)


def measured(context: AuditContext, claim: Claim) -> Value | None:
    """What the run measured; None if it measures nothing or its table repeats published values."""
    if not claim.measured or context.run == PUBLISHED:
        return None
    file = measured_file(claim, context.run)
    if not (context.root / file).is_file():
        if claim.table not in context.settings.tables:
            return Value(Verdict.PENDING, note=f"run {context.run} makes no {file}")
        command = Product("table", context.run, claim.table).command
        return Value(Verdict.MISSING, note=f"{file} is not there; run `{command}`")
    try:
        table = context.tables.table(file)
        table.require(claim.measured)
        return _measured_cell(context, claim, table, table.find(parse_row(claim.row)))
    except LcpcError as error:
        return Value(Verdict.MISSING, note=str(error))


def measured_file(claim: Claim, run: str) -> str:
    """Where a run has the claim: its table, or its rows for a claim of `results/`."""
    if claim.table.startswith("results/"):
        return f"results/{run}/{claim.table.removeprefix('results/')}.csv"
    return f"tables/{run}/{claim.table}.csv"


def _measured_cell(context: AuditContext, claim: Claim, table: TableFile,
                   index: int) -> Value | None:
    row, source = table.rows[index], table.source(index)
    field, note = row[claim.measured], row.get("note", "")
    if not field and note:
        return Value(Verdict.PENDING, note=note)
    if not field:
        note = f"{table.place(index)} has no {claim.measured} and gives no reason"
        return Value(Verdict.MISSING, note=note)
    if row.get("evidence") == PUBLISHED:
        return None
    interval = _interval(context, claim, table, row)
    reason = _not_comparable(context, claim)
    if reason:
        return Value(Verdict.NOT_COMPARABLE, in_unit(claim, field), reason, (source,), interval)
    value = _compared(claim, field, claim.measured_tolerance, source)
    return _with_interval(claim, value, interval)


def _interval(context: AuditContext, claim: Claim, table: TableFile,
              row: Row) -> tuple[float, float] | None:
    """Both ends of the value's 95 % interval: columns of its table, or from single clouds."""
    low, high = (number_of(row.get(f"{end}_{claim.measured}", "")) for end in ("low", "high"))
    if low is not None and high is not None:
        return low / claim.factor, high / claim.factor
    if not claim.table.startswith(CLASSIFIERS):
        return None
    try:
        return accuracy_ends(Results(context.root, context.run), table.file)
    except LcpcError:
        return None  # without rows of single clouds there is no interval


def _with_interval(claim: Claim, value: Value, interval: tuple[float, float] | None) -> Value:
    """The value with its interval; a difference agrees where print lies inside."""
    value = replace(value, interval=interval)
    if interval is None or claim.number is None or value.verdict is not Verdict.DRIFT:
        return value
    low, high = interval
    if low <= claim.number <= high:
        note = f"print lies in the 95 % interval{value.brackets}"
        return replace(value, verdict=Verdict.AGREES, note=note)
    return replace(value, note=f"{value.note}; 95 % interval{value.brackets}")


def _not_comparable(context: AuditContext, claim: Claim) -> str:
    for fact, wanted in parse_row(claim.comparable).items():
        actual = context.facts.get(fact, frozenset())
        if actual != {wanted}:
            words = ", ".join(sorted(actual)) or "not said"
            return f"{fact} is {words}, the documents' is {wanted}"
    return _limit(claim, context.curves)


def measured_curves(root: Path, run: str) -> Curves | None:
    """The curves of a run with their limits; None where it has none or a file can't be read."""
    if run == PUBLISHED:
        return None
    with suppress(LcpcError):
        return curves.measured(Results(root, run), "")
    return None


def _limit(claim: Claim, measured: Curves | None) -> str:
    """Why the claim's measured value is not held against print; empty if it is."""
    if measured is None or "dataset" not in parse_row(claim.comparable):
        return ""
    of_curve = measured.limits.get(_curve_of(parse_row(claim.row)), "")
    if of_curve or "anchor" not in parse_row(claim.comparable):
        return of_curve
    return measured.anchor_limit


def _curve_of(row: Mapping[str, str]) -> CurveKey:
    """The curve of a row of bd_metrics or of rate_at_80."""
    codec, points = row.get("codec", ""), number_of(row.get("points", ""))
    if codec in SIZES:
        return PROPOSED, codec, POINTS
    return codec, row.get("size", ""), "" if points is None else int(points)


def _compared(claim: Claim, field: float | str, tolerance: float, source: Source) -> Value:
    """A value beside print: numbers agree within the tolerance, bounds also below, else equals."""
    value = in_unit(claim, field)
    if claim.number is None or isinstance(value, str):
        agrees = str(value) == claim.value
        note = f"found {value}, printed {claim.value}"
    else:
        difference = value - claim.number
        apart = max(difference, 0.0) if claim.is_bound else abs(difference)
        agrees = apart <= tolerance + SLACK
        note = (f"found {value:.6g}, printed {claim.value}; {apart:.4g} apart, "
                f"allowed {tolerance:g}")
    if agrees:
        return Value(Verdict.AGREES, value, sources=(source,))
    return Value(Verdict.DRIFT, value, note, (source,))


def in_unit(claim: Claim, field: float | str) -> float | str:
    """A field of a table in the claim's unit."""
    number = number_of(field) if isinstance(field, str) else field
    if number is None or claim.number is None:
        return field
    return number / claim.factor


def allow_known(differences: Mapping[tuple[str, str], KnownDifference], claim: Claim, kind: str,
                value: Value | None) -> Value | None:
    """The value; a drift is a known difference if it is on record with this value."""
    known = differences.get((claim.claim, kind))
    if known is None or value is None or value.verdict is not Verdict.DRIFT:
        return value
    if _is_recorded(value.value, known):
        note = f"{known.reason} Until: {known.until}"
        return replace(value, verdict=Verdict.KNOWN, note=note)
    note = f"{value.note}; {KNOWN.name}:{known.line} has {known.found} on record"
    return replace(value, note=note)


def _is_recorded(value: float | str | None, known: KnownDifference) -> bool:
    recorded = number_of(known.found)
    if recorded is None or not isinstance(value, float):
        return value == known.found
    return abs(value - recorded) <= known.precision + SLACK
