"""The audit in a few lines: counts, what passes and why, what fails and what to do about it."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lcpc.audit.check import Finding, audit
from lcpc.audit.claims import KINDS, KNOWN, Claim
from lcpc.audit.table import write
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


def conclude(root: Path, run: str, rebuild: bool = False,
             as_json: bool = False) -> tuple[str, bool]:
    """Audit a run and write its audit table: the summary, and whether the audit holds.

    rebuild: as for `audit`. as_json: the summary for programs. Where the table can't be written,
    such as on a read-only file system, the summary says so.
    """
    findings = audit(root, run, rebuild)
    unwritten = ""
    try:
        write(root, run, findings)
    except OSError as error:
        unwritten = f"tables/{run}/audit.* could not be written: {error.strerror}\n"
    holds = not failures(findings)
    if as_json:
        values = {"run": run, "holds": holds, "unwritten": unwritten.strip(),
                  "findings": [plain(finding) for finding in findings]}
        return json.dumps(values, indent=1), holds
    return unwritten + summary(findings, run), holds


def plain(finding: Finding) -> dict[str, Any]:
    """A finding as plain values; `claim` is null where it is about a file."""
    content = asdict(finding)
    for kind in KINDS:
        if content[kind]:
            del content[kind]["sources"]
    return {**content, "fails": finding.verdict.fails}


def summary(findings: Sequence[Finding], run: str) -> str:
    """Text of several lines; failing findings come last, where a terminal shows them."""
    claims = sum(finding.claim is not None for finding in findings)
    lines = [f"Audit of run {run}: {claims} claims of the documents", *_counts(findings)]
    for verdict, title in PASSED.items():
        lines += _block(title, _passed(findings, verdict))
    for verdict, title in FAILED.items():
        lines += _block(title, _failed(findings, verdict))
    return "\n".join([*lines, "", _result(findings)])


def failures(findings: Iterable[Finding]) -> list[Finding]:
    """The findings for which an audit must not end well."""
    return [finding for finding in findings if finding.verdict.fails]


def listing(claims: Sequence[Claim]) -> str:
    """All claims, one line each: name, printed value with its unit, where lcpc has it, source."""
    width = max((len(claim.claim) for claim in claims), default=0)
    lines = []
    for claim in claims:
        place = claim.table or claim.method
        value = f"{claim.value} {claim.unit}"
        lines.append(f"{claim.claim:{width}}  {value}  [{place}]  {claim.source}")
    return "\n".join(lines)


def _values(findings: Sequence[Finding]) -> Iterator[tuple[Finding, str, Value]]:
    for finding in findings:
        for kind in KINDS:
            value = getattr(finding, kind)
            if value is not None:
                yield finding, kind, value


def _counts(findings: Sequence[Finding]) -> Iterator[str]:
    for kind in KINDS:
        values = [getattr(finding, kind) for finding in findings]
        counts = Counter(value.verdict for value in values if value)
        if counts:
            parts = [f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]]
            yield f"  {kind:10}  {', '.join(parts)}"
    files = sum(finding.claim is None for finding in findings)
    if files:
        yield f"  files       {files} with a flaw"


def _passed(findings: Sequence[Finding], verdict: Verdict) -> Iterator[str]:
    """Values of one verdict, recomputed and measured apart; those with the same reason together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for finding, kind, value in _values(findings):
        if value.verdict is verdict:
            names = groups.setdefault((kind, value.note), [])
            names.append(_with_numbers(finding, value))
    for (kind, note), names in groups.items():
        claims = _some(names, "claims")
        yield f"{kind}, {claims}: {note}"


def _with_numbers(finding: Finding, value: Value) -> str:
    claim, number = finding.claim, value.value
    if value.verdict is not Verdict.KNOWN or claim is None or not isinstance(number, float):
        return finding.name
    return f"{finding.name} (printed {claim.value}, found {number:.6g}{value.brackets})"


def _failed(findings: Sequence[Finding], verdict: Verdict) -> Iterator[str]:
    """Findings of one verdict, those with the same note together."""
    groups: dict[str, list[str]] = {}
    for finding in findings:
        if finding.verdict is verdict:
            names = groups.setdefault(finding.note, [])
            names.append(finding.name)
    for note, names in groups.items():
        yield f"{_some(names, 'findings')}: {note}"


def _block(title: str, texts: Iterable[str]) -> list[str]:
    wrapper = textwrap.TextWrapper(WIDTH, initial_indent="  ", subsequent_indent="      ",
                                   break_long_words=False, break_on_hyphens=False)
    wrapped = [wrapper.fill(text) for text in texts]
    return ["", f"{title}:", *wrapped] if wrapped else []


def _some(names: Sequence[str], noun: str) -> str:
    if len(names) <= 2:
        return " and ".join(names)
    return f"{len(names)} {noun} from {names[0]} to {names[-1]}"


def _result(findings: Sequence[Finding]) -> str:
    failing = len(failures(findings))
    if not failing:
        return "The audit holds."
    return f"The audit fails: {failing} of {len(findings)} findings: drift, missing or stale."
