"""What the audit says of each cell of a table: a sign and words beside its colour."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lcpc.audit.check import Finding
from lcpc.audit.files import TableFile, parse_row, same
from lcpc.audit.values import Value, Verdict, in_unit
from lcpc.errors import LcpcError
from lcpc.layout.numbers import plain

VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.AGREES: ("✓", "within the claim's tolerance of print"),
    Verdict.KNOWN: ("≈", "differs from print; on record with its reason"),
    Verdict.NOT_COMPARABLE: ("≁", "measured on something else than the documents"),
    Verdict.PENDING: ("…", "nothing to compare here"),
    Verdict.EXTERNAL: ("↗", "measured by others, quoted by the documents"),
    Verdict.DRIFT: ("✗", "differs from print and is not on record"),
    Verdict.MISSING: ("?", "promised and not there"),
    Verdict.STALE: ("↺", "on record as a difference, but true no more"),
}
"""Sign and meaning of each, in the order in which the pages list them."""
Place = tuple[int, str]
"""A cell of a table: index of its row, name of its column."""


@dataclass(frozen=True)
class Badge:
    """The verdict on one value: `claim` names the printed number that it is compared with."""

    verdict: Verdict
    claim: str = ""
    printed: str = ""
    unit: str = ""
    tolerance: str = ""
    note: str = ""

    @property
    def sign(self) -> str:
        """One letter that tells verdicts apart without colour."""
        return VERDICTS[self.verdict][0]

    @property
    def slug(self) -> str:
        """The verdict as a class of the style sheet: `known-difference`."""
        return str(self.verdict).replace(" ", "-")

    @property
    def meaning(self) -> str:
        """The verdict in a sentence."""
        return VERDICTS[self.verdict][1]


def of_table(findings: Iterable[Finding], fields: TableFile, stem: str) -> dict[Place, Badge]:
    """Badges of a table's cells."""
    of_claims = (finding for finding in findings if finding.claim is not None
                 and finding.claim.table == stem)
    return dict(pair for finding in of_claims for pair in _places(finding, fields))


def of_value(finding: Finding, value: Value | None, measured: bool) -> Badge | None:
    """Badge of a claim's recomputed or measured value; None without one."""
    claim = finding.claim
    if value is None or claim is None:
        return None
    tolerance = claim.measured_tolerance if measured else claim.tolerance
    return Badge(value.verdict, claim.claim, claim.value, claim.unit, f"{tolerance:g}", value.note)


def counted(verdicts: Iterable[Verdict]) -> list[tuple[Badge, int]]:
    """How often each verdict occurs, in the order of `VERDICTS`."""
    counts = dict.fromkeys(VERDICTS, 0)
    for verdict in verdicts:
        counts[verdict] += 1
    return [(Badge(verdict), count) for verdict, count in counts.items() if count]


def flaws(findings: Iterable[Finding], file: str) -> list[str]:
    """What is wrong with a file on disk, in the audit's words."""
    return [finding.note for finding in findings if finding.claim is None and finding.name == file]


def _places(finding: Finding, fields: TableFile) -> Iterator[tuple[Place, Badge]]:
    claim = finding.claim
    if claim is None:
        return
    try:
        index = fields.find(parse_row(claim.row))
    except LcpcError:
        return
    recomputed = (claim.recomputed, finding.recomputed, False)
    for column, value, measured in (recomputed, (claim.measured, finding.measured, True)):
        badge = of_value(finding, value, measured)
        if badge and value and column in fields.columns and _is_shown(finding, value,
                                                                      fields.rows[index][column]):
            yield (index, column), badge


def _is_shown(finding: Finding, value: Value, field: str) -> bool:
    """Whether the field is the audited value; a run's table may show another one."""
    if value.value is None or finding.claim is None:
        return False
    return same(plain(in_unit(finding.claim, field)), plain(value.value))
