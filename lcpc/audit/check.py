"""Compares each number that the documents print with lcpc's own, and each file with its digest."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lcpc import config
from lcpc.audit import evidence, manifest
from lcpc.audit.claims import (
    CLAIMS,
    KNOWN,
    PRINTED,
    Claim,
    KnownDifference,
    printed_numbers,
    read_claims,
    read_known,
)
from lcpc.audit.files import Row, TableCache
from lcpc.audit.rebuild import rebuild_flaws
from lcpc.audit.values import (
    AuditContext,
    Value,
    Verdict,
    allow_known,
    measured,
    measured_curves,
    recomputed,
)
from lcpc.errors import LcpcError
from lcpc.results.store import PUBLISHED

ANCHORS = ("tmc13", "draco")
"""As in the tables: BD metrics of a run are taken against the first of these that it measured."""
IMAGES = "rate_distortion"
"""Kind of the rows of image codecs; only those on a trained base are compared with print."""
ORDER = list(Verdict)


@dataclass(frozen=True)
class Finding:
    """One line of the audit: a claim with lcpc's values, or (without `claim`) a flaw of a file."""

    name: str
    verdict: Verdict
    note: str
    claim: Claim | None = None
    recomputed: Value | None = None
    measured: Value | None = None


def audit(root: Path, run: str, rebuild: bool = False) -> list[Finding]:
    """All findings on a run: claims in the order of claims.csv, then files. Writes nothing.

    rebuild: make tables and the points of figures anew in memory and compare them too (slower).
    Raises MissingData for an unknown run, ResultError for a broken claims.csv or
    known_differences.csv.
    """
    settings = config.load(root, run)
    tables = TableCache(root)
    claims = {claim.claim: claim for claim in read_claims(root)}
    known = known_of(root, run)
    context = AuditContext(root, settings, claims, known, facts(tables, run), tables,
                           measured_curves(root, run))
    findings = [finding(context, claim) for claim in claims.values()]
    return [*findings, *unclaimed(context), *stale(context, findings),
            *flaws(context, rebuild)]


def known_of(root: Path, run: str) -> dict[tuple[str, str], KnownDifference]:
    """Known differences that apply to a run, by claim and kind."""
    known: dict[tuple[str, str], KnownDifference] = {}
    for difference in read_known(root):
        if difference.run in ("", run):
            known[difference.claim, difference.kind] = difference
    return known


def finding(context: AuditContext, claim: Claim) -> Finding:
    """The verdict on one claim: the worst of its values; drift if claims.csv and print differ."""
    again = allow_known(context.known, claim, "recomputed", recomputed(context, claim))
    ours = allow_known(context.known, claim, "measured", measured(context, claim))
    verdicts = [value.verdict for value in (again, ours) if value]
    notes = []
    difference = altered(context, claim)
    if difference:
        verdicts.append(Verdict.DRIFT)
        notes.append(difference)
    for kind, value in (("recomputed", again), ("measured", ours)):
        if value and value.note:
            notes.append(f"{kind}: {value.note}" if ours else value.note)
    worst = min(verdicts, key=ORDER.index)
    note = "; ".join(note.rstrip(".") for note in notes)
    return Finding(claim.claim, worst, note, claim, again, ours)


def altered(context: AuditContext, claim: Claim) -> str:
    """Where claims.csv and the copy of the printed table differ; empty if they agree."""
    stem, _, place = claim.printed_at.partition(":")
    line, _, column = place.partition(":")
    file = f"{PRINTED.as_posix()}/{stem}.csv"
    try:
        table = context.tables.table(file)
        table.require(column)
    except LcpcError as error:
        return str(error)
    printed = "no such line"
    for index, row in enumerate(table.rows):
        if str(table.line(index)) == line:
            printed = row[column]
    if printed == claim.value:
        return ""
    return (f"{CLAIMS.name}:{claim.line} says {claim.value!r}, {file}:{line} has {printed!r} in "
            f"{column}; restore the one that was altered")


def unclaimed(context: AuditContext) -> Iterator[Finding]:
    """Printed numbers that no claim covers."""
    covered = {claim.printed_at for claim in context.claims.values()}
    for address, text in printed_numbers(context.root):
        if address not in covered:
            note = f"no claim covers {text!r}; add a line to {CLAIMS.name}"
            yield Finding(f"{PRINTED.as_posix()}/{address}", Verdict.MISSING, note)


def stale(context: AuditContext, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Known differences that do not apply any more."""
    by_claim = {finding.name: finding for finding in findings}
    for known in context.known.values():
        finding = by_claim.get(known.claim)
        value = getattr(finding, known.kind) if finding else None
        if value and value.verdict in (Verdict.KNOWN, Verdict.DRIFT, Verdict.MISSING):
            continue
        state = value.verdict if value else "is not compared"
        reason = f"{known.claim}: its {known.kind} value {state} now"
        if finding is None:
            reason = f"there is no claim {known.claim!r}"
        place = f"{KNOWN.as_posix()}:{known.line}"
        yield Finding(place, Verdict.STALE, f"{reason}; take the line out")


def flaws(context: AuditContext, rebuild: bool = False) -> Iterator[Finding]:
    """Files of the run and of run published that are missing, or not what their provenance and
    the manifests say; the manifest comes last, for files of which nothing else is said."""
    all_flaws = [*evidence.run_flaws(context.tables, context.settings),
                 *evidence.table_flaws(context.tables, context.run),
                 *evidence.kept_flaws(context.tables, context.run)]
    named = {flaw.file for flaw in all_flaws}
    for run in dict.fromkeys((PUBLISHED, context.run)):
        differences = manifest.differences(context.root, run, context.tables.digest)
        all_flaws += [flaw for flaw in differences if flaw.file not in named]
        if rebuild:
            all_flaws += rebuild_flaws(context.root, run)
    for flaw in all_flaws:
        yield Finding(flaw.file, Verdict(flaw.verdict), flaw.text)


def facts(tables: TableCache, run: str) -> dict[str, frozenset[str]]:
    """What a run's rows say of themselves: data set, anchor of BD metrics, images, base weights.

    A file that cannot be read says nothing here; `flaws` names it.
    """
    rows = list(_done(tables, run, "*")) if run != PUBLISHED else []
    image_rows = [row for row in _done(tables, run, IMAGES) if row.get("base")]
    codecs = _values(rows, "codec")
    anchor = [codec for codec in ANCHORS if codec in codecs]
    return {
        "dataset": _values(rows, "dataset"),
        "anchor": frozenset(anchor[:1]),
        "images": _values(image_rows, "images"),
        "base": _values(image_rows, "base"),
    }


def _values(rows: Sequence[Row], column: str) -> frozenset[str]:
    return frozenset(row[column] for row in rows if row.get(column))


def _done(tables: TableCache, run: str, kind: str) -> Iterator[Row]:
    """The measured rows of a kind (`*`: of any)."""
    for path in sorted((tables.root / "results" / run).glob(f"{kind}/*.csv")):
        with suppress(LcpcError):
            table = tables.table(path.relative_to(tables.root).as_posix())
            yield from (row for row in table.rows if row.get("status") == "done")
