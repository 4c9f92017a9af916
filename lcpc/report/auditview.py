"""The audit as a page: each claim of the documents beside lcpc's values, with their traces."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lcpc.audit.check import Finding
from lcpc.audit.values import Value, Verdict
from lcpc.layout.numbers import shown
from lcpc.report.tableview import TableView, anchor
from lcpc.report.verdict_badges import Badge, counted, of_value
from lcpc.results.cells import Cell

NAMES = {"measured": "what this run measured",
         "recomputed": "what follows from the published points"}
COUNTED = {Verdict.AGREES: "agree", Verdict.KNOWN: "differ with a reason",
           Verdict.DRIFT: "differ without a reason", Verdict.MISSING: "are missing",
           Verdict.STALE: "are recorded as different and no longer are"}
"""How a count of values reads; values of other verdicts are not compared with print."""


@dataclass(frozen=True)
class Side:
    """lcpc's value of a claim: as shown, as sorted, its verdict, the anchor of its trace, its
    interval (empty where its table has none)."""

    text: str
    order: str
    badge: Badge
    anchor: str
    interval: str = ""


@dataclass(frozen=True)
class ClaimView:
    """One claim with lcpc's values of it."""

    name: str
    unit: str
    printed: str
    order: str
    recomputed: Side | None
    measured: Side | None
    verdict: Badge
    source: str
    note: str


@dataclass(frozen=True)
class Tally:
    """How many values of one kind (`recomputed`, `measured`) got which verdict, the best first."""

    kind: str
    counts: Sequence[tuple[Badge, int]]

    @property
    def name(self) -> str:
        """What print is compared with."""
        return NAMES[self.kind]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(count for _, count in self.counts)

    @property
    def words(self) -> str:
        """Its counts of compared values, such as `69 agree, 33 differ with a reason`."""
        compared = [(badge.verdict, count) for badge, count in self.counts
                    if badge.verdict in COUNTED]
        return ", ".join(f"{count} {COUNTED[verdict]}" for verdict, count in compared)


@dataclass(frozen=True)
class AuditView:
    """All claims, flaws of files as (file, verdict, note), tallies of both kinds of values."""

    claims: Sequence[ClaimView]
    flaws: Sequence[tuple[str, Badge, str]]
    tallies: Sequence[Tally]
    verdicts: Sequence[tuple[Badge, int]]

    @property
    def holds(self) -> bool:
        """Whether `lcpc audit` ends well."""
        return not self.failing and not self.flaws

    @property
    def on_record(self) -> list[ClaimView]:
        """Differences from print that are on record."""
        return [claim for claim in self.claims if claim.verdict.verdict is Verdict.KNOWN]

    @property
    def failing(self) -> list[ClaimView]:
        """Claims for which the audit does not hold."""
        return [claim for claim in self.claims if claim.verdict.verdict.fails]


ClaimPlaces = Mapping[tuple[str, str], tuple[str, str]]
"""(anchor of its trace, interval in words) of each audited cell, by (claim, column)."""


def view(findings: Sequence[Finding], tables: Sequence[TableView]) -> AuditView:
    """All findings; numbers lead to the traces of the tables that this report shows."""
    places = dict(_places(tables))
    claims = [_claim(finding, places) for finding in findings if finding.claim]
    flaws = [(finding.name, Badge(finding.verdict), finding.note)
             for finding in findings if not finding.claim]
    tallies = [_tally(findings, kind) for kind in NAMES]
    verdicts = counted(claim.verdict.verdict for claim in claims)
    return AuditView(claims, flaws, [tally for tally in tallies if tally.counts], verdicts)


def _places(tables: Sequence[TableView]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    for table in tables:
        traced = {trace.anchor for trace in table.traces}
        for (index, column), badge in table.badges.items():
            name = anchor(table.product.stem, index, column)
            interval = _interval(table.table.rows[index], column)
            yield (badge.claim, column), (name if name in traced else "", interval)


def _interval(row: Mapping[str, Cell], column: str) -> str:
    """A cell's 95 % interval in words; empty where its table has none."""
    ends = [row[name] for name in (f"low_{column}", f"high_{column}") if name in row]
    words = [shown(column, column, end.value) for end in ends if end.value is not None]
    return "[{}, {}]".format(*words) if len(words) == 2 else ""


def _claim(finding: Finding, places: ClaimPlaces) -> ClaimView:
    claim = finding.claim
    assert claim is not None
    recomputed = _side(finding, finding.recomputed, claim.recomputed, places, measured=False)
    measured = _side(finding, finding.measured, claim.measured, places, measured=True)
    printed = re.sub(r"^-(?=\d)", "−", claim.value)
    order = claim.value if claim.number is None else str(claim.number)
    return ClaimView(claim.claim, claim.unit, printed, order, recomputed, measured,
                     Badge(finding.verdict), claim.source, finding.note)


def _side(finding: Finding, value: Value | None, column: str,
          places: ClaimPlaces, measured: bool) -> Side | None:
    badge = of_value(finding, value, measured)
    if badge is None or value is None:
        return None
    number = value.value
    text = str(number or "")
    if isinstance(number, float):
        text = f"{number:,.6g}".replace("-", "−")
    order = "" if number is None else str(number)
    of_trace, interval = places.get((badge.claim, column), ("", ""))
    interval = interval or value.brackets.strip().replace("-", "−")
    return Side(text, order, badge, of_trace, interval)


def _tally(findings: Sequence[Finding], kind: str) -> Tally:
    values: list[Value | None] = [getattr(finding, kind) for finding in findings]
    return Tally(kind, counted(value.verdict for value in values if value))
