"""The audit as a page: each claim of the documents beside lcpc's values, with their traces."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcpc.audit.check import Finding
from lcpc.audit.values import Value, Verdict
from lcpc.report.tableview import TableView, anchor
from lcpc.report.verdict_badges import Badge, counted, of_value

NAMES = {"recomputed": "what follows from the published points",
         "measured": "what this run measured"}


@dataclass(frozen=True)
class Side:
    """lcpc's value of a claim: as shown, as sorted, its verdict, and the anchor of its trace."""

    text: str
    order: str
    badge: Badge
    anchor: str


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
    """How many values of one kind got which verdict, the best first."""

    name: str
    counts: Sequence[tuple[Badge, int]]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(count for _, count in self.counts)


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


def view(findings: Sequence[Finding], tables: Sequence[TableView]) -> AuditView:
    """All findings; numbers lead to the traces of the tables that this report shows."""
    anchors = _anchors(tables)
    claims = [_claim(finding, anchors) for finding in findings if finding.claim]
    flaws = [(finding.name, Badge(finding.verdict), finding.note)
             for finding in findings if not finding.claim]
    tallies = [_tally(findings, kind) for kind in NAMES]
    verdicts = counted(claim.verdict.verdict for claim in claims)
    return AuditView(claims, flaws, [tally for tally in tallies if tally.counts], verdicts)


def _anchors(tables: Sequence[TableView]) -> dict[tuple[str, str], str]:
    """Anchors of traces by (claim, column)."""
    anchors = {}
    for table in tables:
        traced = {trace.anchor for trace in table.traces}
        for (index, column), badge in table.badges.items():
            name = anchor(table.product.stem, index, column)
            if name in traced:
                anchors[badge.claim, column] = name
    return anchors


def _claim(finding: Finding, anchors: Mapping[tuple[str, str], str]) -> ClaimView:
    claim = finding.claim
    assert claim is not None
    recomputed = _side(finding, finding.recomputed, claim.recomputed, anchors, measured=False)
    measured = _side(finding, finding.measured, claim.measured, anchors, measured=True)
    printed = re.sub(r"^-(?=\d)", "−", claim.value)
    order = claim.value if claim.number is None else str(claim.number)
    return ClaimView(claim.claim, claim.unit, printed, order, recomputed, measured,
                     Badge(finding.verdict), claim.source, finding.note)


def _side(finding: Finding, value: Value | None, column: str,
          anchors: Mapping[tuple[str, str], str], measured: bool) -> Side | None:
    badge = of_value(finding, value, measured)
    if badge is None or value is None:
        return None
    number = value.value
    text = str(number or "")
    if isinstance(number, float):
        text = f"{number:,.6g}{value.brackets}".replace("-", "−")
    order = "" if number is None else str(number)
    return Side(text, order, badge, anchors.get((badge.claim, column), ""))


def _tally(findings: Sequence[Finding], kind: str) -> Tally:
    values: list[Value | None] = [getattr(finding, kind) for finding in findings]
    return Tally(NAMES[kind], counted(value.verdict for value in values if value))
