"""Puts differences between print and lcpc on record, with a reason, and takes lines out again."""

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
"""Of a value that is recorded for the first time; a line that is there keeps its own."""

Key = tuple[str, str, str]


def key_of(run: str, claim: str) -> Key:
    """Claim, kind and run of a line; run `published` measures nothing."""
    return (claim, "recomputed", "") if run == PUBLISHED else (claim, "measured", run)


def record(root: Path, run: str, claim: str, reason: str, until: str) -> None:
    """Write a run's value of a claim into known_differences.csv, in the place of an older one.

    Raises ConfigError without reason and until; ResultError for an unknown claim or a value that
    agrees with print.
    """
    if not (reason.strip() and until.strip()):
        raise ConfigError("a difference goes on record with its reason and with what would resolve "
                          "it: say --reason and --until")
    key = key_of(run, claim)
    value = _differing(audit(root, run), claim, key[1])
    lines = {_key(line): line for line in read_known(root)}
    before = lines.get(key)
    text = _written(value, before)
    new = KnownDifference(*key, text, reason, until, line=0)
    if before:
        lines[key] = new
        _write(root, list(lines.values()))
    else:
        order = [claim.claim for claim in read_claims(root)]
        _write(root, _inserted(list(lines.values()), new, order))


def forget(root: Path, run: str, claim: str) -> None:
    """Take a run's line of a claim out of known_differences.csv. Raises ResultError without one."""
    key = key_of(run, claim)
    lines = {_key(line): line for line in read_known(root)}
    if key not in lines:
        known = [name for name, *kind_and_run in lines if kind_and_run == list(key[1:])]
        hint = did_you_mean(claim, known) if known else "No line of this run is there."
        raise ResultError(
            f"{KNOWN.as_posix()}: nothing of {claim} is on record for run {run}. {hint}")
    del lines[key]
    _write(root, list(lines.values()))


def _key(line: KnownDifference) -> Key:
    return line.claim, line.kind, line.run


def _differing(findings: Sequence[Finding], claim: str, kind: str) -> Value:
    claims = {finding.name: finding for finding in findings if finding.claim}
    if claim not in claims:
        raise ResultError(f"there is no claim {claim!r}. {did_you_mean(claim, list(claims))}")
    value: Value | None = getattr(claims[claim], kind)
    differs = value is not None and value.verdict in (Verdict.DRIFT, Verdict.KNOWN)
    if value is None or value.value is None or not differs:
        state = value.verdict if value else "is not there"
        raise ResultError(f"{claim}: its {kind} value {state}; only one that stands apart from "
                          "print goes on record")
    return value


def _written(value: Value, before: KnownDifference | None) -> str:
    if not isinstance(value.value, float | int):
        return str(value.value)
    decimals = len(before.found.partition(".")[2]) if before else DECIMALS
    return f"{value.value:.{decimals}f}"


def _inserted(lines: Sequence[KnownDifference], new: KnownDifference,
              order: Sequence[str]) -> list[KnownDifference]:
    """The lines with the new one in the order of claims.csv among those of its kind and run."""
    later_claims = order[order.index(new.claim):]
    same = [index for index, line in enumerate(lines) if _key(line)[1:] == _key(new)[1:]]
    later = [index for index in same if lines[index].claim in later_claims]
    after_same = same[-1] + 1 if same else len(lines)
    place = later[0] if later else after_same
    return [*lines[:place], new, *lines[place:]]


def _write(root: Path, lines: Sequence[KnownDifference]) -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, KNOWN_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(vars(line) for line in lines)
    write_whole(root / KNOWN, buffer.getvalue())
