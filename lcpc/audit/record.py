"""Puts differences between print and lcpc on record, with a reason, and takes lines out again."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from lcpc.audit import manifest
from lcpc.audit.check import Finding, audit
from lcpc.audit.claims import KNOWN, KNOWN_COLUMNS, KnownDifference, read_claims, read_known
from lcpc.audit.values import Value, Verdict
from lcpc.errors import ConfigError, ResultError, did_you_mean
from lcpc.results.store import PUBLISHED, write_whole

DECIMALS = 3
"""Of a value that is recorded for the first time; a line that is there keeps its own."""

Key = tuple[str, str, str]


def key_of(run: str, claim: str) -> Key:
    """Claim, kind and run of a line; run `published` measures nothing."""
    if run == PUBLISHED:
        return claim, "recomputed", ""
    return claim, "measured", run


def record(root: Path, run: str, claim: str, reason: str, until: str) -> None:
    """Write a run's value of a claim into known_differences.csv, in the place of an older one.

    Raises ConfigError without reason and until; ResultError for an unknown claim or a value that
    agrees with print.
    """
    if not (reason.strip() and until.strip()):
        raise ConfigError("a difference goes on record with its reason and with what would resolve "
                          "it: say --reason and --until")
    key = key_of(run, claim)
    findings = audit(root, run)
    value = _differing(findings, claim, key[1])
    lines = _recorded(root)
    before = lines.get(key)
    text = _written(value, before)
    new = KnownDifference(*key, text, reason, until, line=0)
    if before:
        lines[key] = new
        _write(root, list(lines.values()))
    else:
        order = [claim.claim for claim in read_claims(root)]
        known = list(lines.values())
        _write(root, _inserted(known, new, order))


def forget(root: Path, run: str, claim: str) -> None:
    """Take a run's line of a claim out of known_differences.csv. Raises ResultError without one."""
    key = key_of(run, claim)
    lines = _recorded(root)
    if key not in lines:
        known = [other[0] for other in lines if other[1:] == key[1:]]
        hint = did_you_mean(claim, known) if known else "No line of this run is there."
        file = KNOWN.as_posix()
        raise ResultError(f"{file}: nothing of {claim} is on record for run {run}. {hint}")
    del lines[key]
    _write(root, list(lines.values()))


def _recorded(root: Path) -> dict[Key, KnownDifference]:
    return {_key(line): line for line in read_known(root)}


def _key(line: KnownDifference) -> Key:
    return line.claim, line.kind, line.run


def _differing(findings: Sequence[Finding], claim: str, kind: str) -> Value:
    claims = {finding.name: finding for finding in findings if finding.claim}
    if claim not in claims:
        hint = did_you_mean(claim, list(claims))
        raise ResultError(f"there is no claim {claim!r}. {hint}")
    value: Value | None = getattr(claims[claim], kind)
    state = value.verdict if value else "is not there"
    if value is None or state not in (Verdict.DRIFT, Verdict.KNOWN):
        raise ResultError(f"{claim}: its {kind} value {state}; only one that differs from "
                          "print goes on record")
    return value


def _written(value: Value, before: KnownDifference | None) -> str:
    if not isinstance(value.value, float | int):
        return str(value.value)
    decimals = DECIMALS
    if before:
        _, _, fraction = before.found.partition(".")
        decimals = len(fraction)
    return f"{value.value:.{decimals}f}"


def _inserted(lines: Sequence[KnownDifference], new: KnownDifference,
              order: Sequence[str]) -> list[KnownDifference]:
    """The lines with the new one in the order of claims.csv among those of its kind and run."""
    later_claims = order[order.index(new.claim):]
    place = len(lines)
    same = [index for index, line in enumerate(lines) if _key(line)[1:] == _key(new)[1:]]
    if same:
        place = same[-1] + 1
    later = [index for index in same if lines[index].claim in later_claims]
    if later:
        place = later[0]
    return [*lines[:place], new, *lines[place:]]


def _write(root: Path, lines: Sequence[KnownDifference]) -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, KNOWN_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(vars(line) for line in lines)
    write_whole(root / KNOWN, buffer.getvalue())
    manifest.update(root, PUBLISHED, [root / KNOWN])
