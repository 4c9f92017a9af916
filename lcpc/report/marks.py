"""What the audit says of each cell of a table, with the sign and the words that go beside its colour."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lcpc.audit.check import Finding
from lcpc.audit.files import TableFile, parse_row, same
from lcpc.audit.values import Value, Verdict, in_unit
from lcpc.errors import LcpcError

SIGNS: Mapping[Verdict, str] = {
    Verdict.AGREES: "✓", Verdict.KNOWN: "≈", Verdict.NOT_COMPARABLE: "≁", Verdict.PENDING: "…", Verdict.EXTERNAL: "↗",
    Verdict.DRIFT: "✗", Verdict.MISSING: "?", Verdict.STALE: "↺",
}
MEANINGS: Mapping[Verdict, str] = {
    Verdict.AGREES: "stands within the claim's tolerance of print",
    Verdict.KNOWN: "differs from print; on record with its reason",
    Verdict.NOT_COMPARABLE: "measured on something else than the documents",
    Verdict.PENDING: "nothing to compare here",
    Verdict.EXTERNAL: "measured by others, quoted by the documents",
    Verdict.DRIFT: "differs from print and is not on record",
    Verdict.MISSING: "promised and not there",
    Verdict.STALE: "on record as a difference, but true no more",
}
PLACES = tuple[int, str]


@dataclass(frozen=True)
class Mark:
    """The verdict on one value: `claim` names the printed number that it is held against."""

    verdict: Verdict
    claim: str = ""
    printed: str = ""
    unit: str = ""
    tolerance: str = ""
    note: str = ""

    @property
    def sign(self) -> str:
        """One letter that tells verdicts apart without colour."""
        return SIGNS[self.verdict]

    @property
    def slug(self) -> str:
        """The verdict as a class of the style sheet: `known-difference`."""
        return str(self.verdict).replace(" ", "-")

    @property
    def meaning(self) -> str:
        """The verdict in a sentence."""
        return MEANINGS[self.verdict]


def on_table(findings: Iterable[Finding], fields: TableFile, stem: str) -> dict[PLACES, Mark]:
    """Marks of a table's cells by (index of the row, column)."""
    own = (finding for finding in findings if finding.claim is not None and finding.claim.table == stem)
    return dict(place for finding in own for place in _places(finding, fields))


def of_value(finding: Finding, value: Value | None, measured: bool) -> Mark | None:
    """The mark of a claim's recomputed or measured value; None where there is no such value and nothing to say."""
    claim = finding.claim
    if value is None or claim is None:
        return None
    tolerance = claim.measured_tolerance if measured else claim.tolerance
    return Mark(value.verdict, claim.claim, claim.value, claim.unit, f"{tolerance:g}", value.note)


def flaws(findings: Iterable[Finding], *files: str) -> list[str]:
    """What is wrong with files on disk, in the audit's words."""
    return [finding.note for finding in findings if finding.claim is None and finding.name in files]


def _places(finding: Finding, fields: TableFile) -> Iterator[tuple[PLACES, Mark]]:
    claim = finding.claim
    if claim is None:
        return
    try:
        index = fields.find(parse_row(claim.row))
    except LcpcError:
        return
    told = ((claim.recomputed, finding.recomputed, False), (claim.measured, finding.measured, True))
    for column, value, measured in told:
        mark = of_value(finding, value, measured)
        if mark and value and column in fields.columns and _is_shown(finding, value, fields.rows[index][column]):
            yield (index, column), mark


def _is_shown(finding: Finding, value: Value, field: str) -> bool:
    """Whether the field holds the very value that was judged; a run's table may show another one than the published table."""
    if value.value is None or finding.claim is None:
        return False
    shown = in_unit(finding.claim, field)
    return same(f"{shown:.6g}" if isinstance(shown, float) else shown,
                f"{value.value:.6g}" if isinstance(value.value, float) else str(value.value))
