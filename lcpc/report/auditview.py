"""The audit as a page: each claim of the documents beside lcpc's values, with a way to the trace of each."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcpc.audit.check import Finding
from lcpc.audit.values import Value, Verdict
from lcpc.report.marks import SIGNS, Mark, of_value
from lcpc.report.tableview import TableView

NAMES = {"recomputed": "what follows from the published points", "measured": "what this run measured"}


@dataclass(frozen=True)
class Side:
    """lcpc's value of a claim of one kind: as shown, as sorted, its verdict, and the anchor of its trace."""

    text: str
    order: str
    mark: Mark
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
    verdict: Mark
    source: str
    note: str


@dataclass(frozen=True)
class Tally:
    """How many values of one kind got which verdict, the best first."""

    name: str
    counts: Sequence[tuple[Mark, int]]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True)
class AuditView:
    """All claims, flaws of files as (file, verdict, what), and the tallies of both kinds of values."""

    claims: Sequence[ClaimView]
    flaws: Sequence[tuple[str, Mark, str]]
    tallies: Sequence[Tally]
    verdicts: Sequence[tuple[Mark, int]]

    @property
    def holds(self) -> bool:
        """Whether `lcpc audit` ends well."""
        return not any(mark.verdict.fails for mark, _ in self.verdicts) and not self.flaws

    def with_verdict(self, *verdicts: Verdict) -> list[ClaimView]:
        """The claims that got one of these verdicts."""
        return [claim for claim in self.claims if claim.verdict.verdict in verdicts]

    @property
    def on_record(self) -> list[ClaimView]:
        """Differences from print that are on record."""
        return self.with_verdict(Verdict.KNOWN)

    @property
    def failing(self) -> list[ClaimView]:
        """Claims for which the audit does not hold."""
        return self.with_verdict(*(verdict for verdict in Verdict if verdict.fails))


def view(findings: Sequence[Finding], tables: Sequence[TableView]) -> AuditView:
    """All findings; numbers lead to the traces of the tables that this report shows."""
    anchors = {(cell.mark.claim, cell.column): cell.anchor
               for table in tables for row in table.rows for cell in row.cells if cell.mark and cell.anchor}
    claims = [_claim(finding, anchors) for finding in findings if finding.claim]
    flaws = [(finding.name, Mark(finding.verdict), finding.note) for finding in findings if not finding.claim]
    tallies = [_tally(findings, kind) for kind in NAMES]
    counted = Counter(claim.verdict.verdict for claim in claims)
    return AuditView(claims, flaws, [tally for tally in tallies if tally.counts], _marks(counted))


def _claim(finding: Finding, anchors: Mapping[tuple[str, str], str]) -> ClaimView:
    claim = finding.claim
    assert claim is not None
    recomputed = _side(finding, finding.recomputed, claim.recomputed, anchors, measured=False)
    measured = _side(finding, finding.measured, claim.measured, anchors, measured=True)
    printed = re.sub(r"^-(?=\d)", "−", claim.value)
    return ClaimView(claim.claim, claim.unit, printed, str(claim.number if claim.number is not None else claim.value),
                     recomputed, measured, Mark(finding.verdict), claim.source, finding.note)


def _side(finding: Finding, value: Value | None, column: str, anchors: Mapping[tuple[str, str], str],
          measured: bool) -> Side | None:
    mark = of_value(finding, value, measured)
    if mark is None or value is None:
        return None
    found = value.value
    text = f"{found:,.6g}".replace("-", "−") if isinstance(found, float) else str(found or "")
    return Side(text, "" if found is None else str(found), mark, anchors.get((mark.claim, column), ""))


def _tally(findings: Sequence[Finding], kind: str) -> Tally:
    values = [value for finding in findings if (value := getattr(finding, kind)) is not None]
    return Tally(NAMES[kind], _marks(Counter(value.verdict for value in values)))


def _marks(counted: Mapping[Verdict, int]) -> list[tuple[Mark, int]]:
    return [(Mark(verdict), counted[verdict]) for verdict in SIGNS if counted.get(verdict)]
