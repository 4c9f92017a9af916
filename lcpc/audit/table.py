"""The audit as a table: each claim as printed, recomputed and measured, and its verdict."""

from collections.abc import Sequence
from pathlib import Path

from lcpc.audit import manifest
from lcpc.audit.check import Finding, audit
from lcpc.audit.claims import CLAIMS, Claim
from lcpc.audit.values import Value, Verdict
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.fingerprint import code_digest
from lcpc.results.products import AUDIT
from lcpc.tables.render import render

CAPTION = ("Every number that the documents print beside lcpc's own: recomputed from their points "
           "and measured by the run")
KEY = ["claim"]
COLUMNS = ["claim", "unit", "printed", "recomputed", "measured", "tolerance", "verdict", "source",
           "low_measured", "high_measured", "note"]


def write(root: Path, run: str, findings: Sequence[Finding] | None = None) -> list[Path]:
    """Write tables/<run>/audit.*, also on the run's manifest, and return the paths.

    Without `findings` it does what the pipeline does last (`lcpc table audit`): it writes the
    manifest of all that was made, and audits that.
    """
    if findings is None:
        manifest.seal_made(root, run)
        findings = audit(root, run)
    folder = root / "tables" / run
    code = code_digest("lcpc.audit.table", "lcpc.tables.render")
    paths = render(table(findings, run), folder, root, code=code)
    manifest.update(root, run, paths)
    return paths


def table(findings: Sequence[Finding], run: str) -> Table:
    """One row a finding, in their order."""
    rows = [_row(finding) for finding in findings]
    return Table(AUDIT, f"{CAPTION} {run}", KEY, COLUMNS, rows)


def _row(finding: Finding) -> dict[str, Cell]:
    claim = finding.claim
    return {
        "claim": text(finding.name),
        "unit": text(claim.unit if claim else ""),
        "printed": _printed(claim),
        "recomputed": _value(finding.recomputed, claim),
        "measured": _value(finding.measured, claim),
        "tolerance": text(_tolerance(finding)),
        "verdict": text(str(finding.verdict)),
        "source": text(claim.source if claim else ""),
        **_ends(finding.measured, claim),
        "note": text(finding.note),
    }


def _ends(value: Value | None, claim: Claim | None) -> dict[str, Cell]:
    """Both ends of the measured value's interval; empty where it has none."""
    names = ("low_measured", "high_measured")
    if value is None or value.interval is None or claim is None:
        return {name: text("") for name in names}
    formula = f"{claim.method}, end of the 95 % interval"
    return {name: Cell(end, formula, value.sources)
            for name, end in zip(names, value.interval, strict=True)}


def _printed(claim: Claim | None) -> Cell:
    if claim is None:
        return text("")
    value = claim.value
    if claim.number is not None and value.endswith("k"):
        value = f"{claim.number:.6g}"
    source = Source(CLAIMS.as_posix(), (claim.line,))
    return Cell(value, f"as printed: {claim.printed_at}", (source,))


def _value(value: Value | None, claim: Claim | None) -> Cell:
    if value is None or value.value is None or claim is None:
        return text("")
    return Cell(value.value, claim.method, value.sources)


def _tolerance(finding: Finding) -> str:
    """The tolerance of the verdict: that of the measured value if there is a comparable one."""
    claim, value = finding.claim, finding.measured
    if claim is None or claim.number is None:
        return "" if claim is None else "0"
    tolerance = claim.tolerance
    if value and value.value is not None and value.verdict is not Verdict.NOT_COMPARABLE:
        tolerance = claim.measured_tolerance
    return f"{tolerance:g}"
