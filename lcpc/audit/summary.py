"""The audit in a few lines for people: counts, what is passed and why, what fails and what to do about it."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from lcpc.audit.check import Finding
from lcpc.audit.claims import KNOWN, Claim
from lcpc.audit.values import Value, Verdict

WIDTH = 118
PASSED = {
    Verdict.EXTERNAL: "External: measured by others, quoted by the documents",
    Verdict.PENDING: "Pending: nothing to compare here",
    Verdict.NOT_COMPARABLE: "Not comparable: measured on something else than the documents",
    Verdict.KNOWN: f"Known differences ({KNOWN.as_posix()})",
}
FAILED = {
    Verdict.STALE: "STALE: on record, but true no more",
    Verdict.MISSING: "MISSING",
    Verdict.DRIFT: "DRIFT: not on record as a known difference",
}


def summary(findings: Sequence[Finding], run: str) -> str:
    """Text of several lines; failing findings stand last, where a terminal shows them."""
    lines = [f"Audit of run {run}: {sum(finding.claim is not None for finding in findings)} claims of the documents"]
    lines += _counts(findings)
    for verdict, title in PASSED.items():
        lines += _passed(title, findings, verdict)
    for verdict, title in FAILED.items():
        lines += _failed(title, findings, verdict)
    return "\n".join([*lines, "", _result(findings)])


def failures(findings: Iterable[Finding]) -> list[Finding]:
    """The findings for which an audit must not end well."""
    return [finding for finding in findings if finding.verdict.fails]


def listing(claims: Sequence[Claim]) -> str:
    """All claims, one line each: name, printed value with its unit, where lcpc holds it, source."""
    wide = max((len(claim.claim) for claim in claims), default=0)
    return "\n".join(f"{claim.claim:{wide}}  {claim.value} {claim.unit}  [{claim.table or claim.method}]  {claim.source}"
                     for claim in claims)


def _values(findings: Sequence[Finding]) -> Iterator[tuple[Finding, str, Value]]:
    for finding in findings:
        for kind, value in (("recomputed", finding.recomputed), ("measured", finding.measured)):
            if value is not None:
                yield finding, kind, value


def _counts(findings: Sequence[Finding]) -> Iterator[str]:
    for kind in ("recomputed", "measured"):
        counted = Counter(value.verdict for _, one, value in _values(findings) if one == kind)
        if counted:
            yield f"  {kind:10}  " + ", ".join(f"{counted[verdict]} {verdict}" for verdict in Verdict if counted[verdict])
    if files := sum(finding.claim is None for finding in findings):
        yield f"  files       {files} with a flaw"


def _passed(title: str, findings: Sequence[Finding], verdict: Verdict) -> list[str]:
    """Values of one verdict, recomputed and measured apart, those with the same reason in one line."""
    groups: dict[tuple[str, str], list[str]] = {}
    for finding, kind, value in _values(findings):
        if value.verdict is verdict:
            told = f" (printed {finding.claim.value}, found {value.value:.6g})" \
                if finding.claim and verdict is Verdict.KNOWN and isinstance(value.value, float) else ""
            groups.setdefault((kind, value.note), []).append(finding.name + told)
    return _block(title, [f"{kind}, {_some(names, 'claims')}: {note}" for (kind, note), names in groups.items()])


def _failed(title: str, findings: Sequence[Finding], verdict: Verdict) -> list[str]:
    """Findings of one verdict, those with the same note in one line."""
    groups: dict[str, list[str]] = {}
    for finding in findings:
        if finding.verdict is verdict:
            groups.setdefault(finding.note, []).append(finding.name)
    return _block(title, [f"{_some(names, 'findings')}: {note}" for note, names in groups.items()])


def _block(title: str, texts: Sequence[str]) -> list[str]:
    wrapped = (textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="      ", break_long_words=False,
                             break_on_hyphens=False) for text in texts)
    return ["", f"{title}:", *wrapped] if texts else []


def _some(names: Sequence[str], what: str) -> str:
    return " and ".join(names) if len(names) <= 2 else f"{len(names)} {what} from {names[0]} to {names[-1]}"


def _result(findings: Sequence[Finding]) -> str:
    failing = failures(findings)
    if not failing:
        return "The audit holds."
    return f"The audit fails: {len(failing)} of {len(findings)} findings: drift, missing or stale."
