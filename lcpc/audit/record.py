"""Puts differences between print and lcpc on record, each with its reason, and takes lines out that no longer hold."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from lcpc.audit.check import Finding, audit
from lcpc.audit.claims import KNOWN, KNOWN_COLUMNS, KnownDifference, read_claims, read_known
from lcpc.audit.evidence import PUBLISHED
from lcpc.audit.values import Value, Verdict
from lcpc.errors import ConfigError, ResultError, did_you_mean
from lcpc.results.store import write_whole

DECIMALS = 3
"""Of a value that comes on record for the first time; one that is there keeps its own."""


def kind_of(run: str) -> str:
    """Which value of a claim a run's record is about: `published` measures nothing."""
    return "recomputed" if run == PUBLISHED else "measured"


def record(root: Path, run: str, claim: str, reason: str, until: str) -> None:
    """Write the value that a run finds for a claim into known_differences.csv, in the place of an older one.

    Raises ConfigError without reason and until; ResultError where the claim is unknown or its value is not apart from print.
    """
    if not (reason.strip() and until.strip()):
        raise ConfigError("a difference goes on record with its reason and with what would resolve it: "
                          "say --reason and --until")
    kind = kind_of(run)
    value = _apart(audit(root, run), claim, kind)
    key = (claim, kind, "" if kind == "recomputed" else run)
    lines = read_known(root)
    before = next((one for one in lines if (one.claim, one.kind, one.run) == key), None)
    new = KnownDifference(*key, _written(value, before), reason, until, before.line if before else 0)
    order = {one.claim: number for number, one in enumerate(read_claims(root))}
    _write(root, _put(lines, new, order) if before is None else [new if one is before else one for one in lines])


def forget(root: Path, run: str, claim: str) -> None:
    """Take a claim's line of a run out of known_differences.csv. Raises ResultError where there is none."""
    key = (claim, kind_of(run), "" if run == PUBLISHED else run)
    lines = read_known(root)
    kept = [one for one in lines if (one.claim, one.kind, one.run) != key]
    if len(kept) == len(lines):
        known = [one.claim for one in lines if (one.kind, one.run) == key[1:]]
        hint = did_you_mean(claim, known) if known else "No line of this run is there."
        raise ResultError(f"{KNOWN.as_posix()}: nothing of {claim} is on record for run {run}. {hint}")
    _write(root, kept)


def _apart(findings: Sequence[Finding], claim: str, kind: str) -> Value:
    claims = {one.name: one for one in findings if one.claim}
    if claim not in claims:
        raise ResultError(f"there is no claim {claim!r}. {did_you_mean(claim, list(claims))}")
    value = claims[claim].measured if kind == "measured" else claims[claim].recomputed
    if value is None or value.value is None or value.verdict not in (Verdict.DRIFT, Verdict.KNOWN):
        raise ResultError(f"{claim}: its {kind} value {value.verdict if value else 'is not there'}; only one that stands apart "
                          "from print goes on record")
    return value


def _written(value: Value, before: KnownDifference | None) -> str:
    if not isinstance(value.value, float | int):
        return str(value.value)
    decimals = len(before.found.partition(".")[2]) if before else DECIMALS
    return f"{value.value:.{decimals}f}"


def _put(lines: Sequence[KnownDifference], new: KnownDifference, order: dict[str, int]) -> list[KnownDifference]:
    """In the order of the claims among those of the same kind and run."""
    own = [index for index, one in enumerate(lines) if (one.kind, one.run) == (new.kind, new.run)]
    behind = [index for index in own if order.get(lines[index].claim, -1) > order[new.claim]]
    at = behind[0] if behind else own[-1] + 1 if own else len(lines)
    return [*lines[:at], new, *lines[at:]]


def _write(root: Path, lines: Sequence[KnownDifference]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(KNOWN_COLUMNS)
    writer.writerows([getattr(one, column) for column in KNOWN_COLUMNS] for one in lines)
    write_whole(root / KNOWN, buffer.getvalue())
