"""The audit as a table: every claim with what is printed, recomputed and measured, and the verdict."""

from collections.abc import Sequence

from lcpc.audit.check import Finding
from lcpc.audit.claims import CLAIMS, Claim
from lcpc.audit.values import Value, Verdict
from lcpc.results.cells import Cell, Source, Table, text

STEM = "audit"
CAPTION = "Every number that the documents print beside lcpc's own: recomputed from their points and measured by the run"
KEY = ["claim"]
COLUMNS = ["claim", "unit", "printed", "recomputed", "measured", "tolerance", "verdict", "source", "note"]
NO_CLAIM = "a file, no claim"


def table(findings: Sequence[Finding], run: str) -> Table:
    """One row a finding, in their order."""
    return Table(STEM, f"{CAPTION} {run}", KEY, COLUMNS, [_row(finding) for finding in findings])


def _row(finding: Finding) -> dict[str, Cell]:
    claim = finding.claim
    return {
        "claim": text(finding.name), "unit": text(claim.unit if claim else ""), "printed": _printed(claim),
        "recomputed": _value(finding.recomputed, claim), "measured": _value(finding.measured, claim),
        "tolerance": text(_tolerance(finding)), "verdict": text(str(finding.verdict)),
        "source": text(claim.source if claim else ""), "note": text(finding.note),
    }


def _printed(claim: Claim | None) -> Cell:
    if claim is None:
        return text("")
    value = f"{claim.number:.6g}" if claim.number is not None and claim.value.endswith("k") else claim.value
    return Cell(value, f"as printed: {claim.printed_at}", (Source(CLAIMS.as_posix(), (claim.line,)),))


def _value(value: Value | None, claim: Claim | None) -> Cell:
    if value is None or value.value is None or claim is None:
        return text("")
    return Cell(value.value, claim.method, value.sources)


def _tolerance(finding: Finding) -> str:
    """The tolerance that the verdict was taken with: of the measured value where there is a comparable one."""
    claim, own = finding.claim, finding.measured
    if claim is None or claim.number is None:
        return "" if claim is None else "0"
    judged = own is not None and own.value is not None and own.verdict is not Verdict.NOT_COMPARABLE
    return f"{claim.measured_tolerance if judged else claim.tolerance:g}"
