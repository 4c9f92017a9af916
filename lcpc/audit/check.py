"""Holds every number that the documents print against lcpc's own, and every file that it stands on against its digest."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lcpc import config
from lcpc.audit import evidence
from lcpc.audit.claims import CLAIMS, KNOWN, PRINTED, Claim, printed_numbers, read_claims, read_known
from lcpc.audit.evidence import PUBLISHED
from lcpc.audit.files import Row, Shelf
from lcpc.audit.values import Desk, Value, Verdict, measured, on_record, recomputed
from lcpc.errors import LcpcError

ANCHORS = ("tmc13", "draco")
"""As in the tables: BD metrics of a run are taken against the first of these that it measured."""
IMAGES = "rate_distortion"
"""Kind of the rows of image codecs; only those on a trained base are held against print."""
ORDER = list(Verdict)


@dataclass(frozen=True)
class Finding:
    """One line of the audit: a claim with lcpc's values, or (without `claim`) a flaw of the file that `name` says."""

    name: str
    verdict: Verdict
    note: str
    claim: Claim | None = None
    recomputed: Value | None = None
    measured: Value | None = None


def audit(root: Path, run: str) -> list[Finding]:
    """All findings on a run: every claim in the order of claims.csv, then flaws of files. Builds nothing.

    Raises MissingData for a run that is not there, ResultError where claims.csv or known_differences.csv is broken.
    """
    settings = config.load(root, run)
    shelf = Shelf(root)
    claims = {claim.claim: claim for claim in read_claims(root)}
    known = {(one.claim, one.kind): one for one in read_known(root) if one.run in ("", run)}
    desk = Desk(root, settings, claims, known, facts(shelf, run), shelf)
    findings = [finding(desk, claim) for claim in claims.values()]
    return [*findings, *unclaimed(desk), *stale(desk, findings), *flaws(desk)]


def finding(desk: Desk, claim: Claim) -> Finding:
    """The verdict on one claim: the worst of its values', and drift where claims.csv and the printed table differ."""
    again = on_record(desk.known.get((claim.claim, "recomputed")), recomputed(desk, claim))
    own = on_record(desk.known.get((claim.claim, "measured")), measured(desk, claim))
    values = [(kind, value) for kind, value in (("recomputed", again), ("measured", own)) if value]
    worst = min((value.verdict for _, value in values), key=ORDER.index)
    notes = [f"{kind}: {value.note}" if own else value.note for kind, value in values if value.note]
    if difference := altered(desk, claim):
        worst, notes = Verdict.DRIFT, [difference, *notes]
    return Finding(claim.claim, worst, "; ".join(note.rstrip(".") for note in notes), claim, again, own)


def altered(desk: Desk, claim: Claim) -> str:
    """Says where claims.csv and the copy of the printed table differ; empty where they agree."""
    file, _, place = claim.printed_at.partition(":")
    line, _, column = place.partition(":")
    where = f"{PRINTED.as_posix()}/{file}.csv"
    try:
        table = desk.shelf.table(where)
        table.require(column)
    except LcpcError as error:
        return str(error)
    fields = {str(table.line(index)): row[column] for index, row in enumerate(table.rows)}
    if fields.get(line) == claim.value:
        return ""
    return (f"{CLAIMS.name}:{claim.line} says {claim.value!r}, {where}:{line} has {fields.get(line, 'no such line')!r} in "
            f"{column}; restore the one that was altered")


def unclaimed(desk: Desk) -> Iterator[Finding]:
    """Printed numbers that no claim covers."""
    covered = {claim.printed_at for claim in desk.claims.values()}
    for address, text in printed_numbers(desk.root):
        if address not in covered:
            note = f"no claim covers {text!r}; add a line to {CLAIMS.name}"
            yield Finding(f"{PRINTED.as_posix()}/{address}", Verdict.MISSING, note)


def stale(desk: Desk, findings: list[Finding]) -> Iterator[Finding]:
    """Differences on record that do not apply any more."""
    seen = {one.name: {"recomputed": one.recomputed, "measured": one.measured} for one in findings}
    for known in desk.known.values():
        value = seen.get(known.claim, {}).get(known.kind)
        if value is not None and value.verdict in (Verdict.KNOWN, Verdict.DRIFT, Verdict.MISSING):
            continue
        now = f"its {known.kind} value {value.verdict if value else 'is not compared'}"
        why = f"{known.claim}: {now} now" if known.claim in seen else f"there is no claim {known.claim!r}"
        yield Finding(f"{KNOWN.as_posix()}:{known.line}", Verdict.STALE, f"{why}; take the line out")


def flaws(desk: Desk) -> Iterator[Finding]:
    """Files of the run and of the published tables that are missing or do not follow from what they stand on."""
    found = [*evidence.run_flaws(desk.root, desk.settings), *evidence.table_flaws(desk.root, desk.run)]
    yield from (Finding(flaw.file, Verdict(flaw.verdict), flaw.text) for flaw in found)


def facts(shelf: Shelf, run: str) -> dict[str, frozenset[str]]:
    """What a run's rows say of themselves: data sets of clouds, the anchor of BD metrics, images and weights of image codecs.

    A file that cannot be read says nothing here; it is a flaw, and told as such.
    """
    done: list[tuple[str, Row]] = []
    for path in sorted((shelf.root / "results" / run).glob("*/*.csv")) if run != PUBLISHED else []:
        with suppress(LcpcError):
            rows = shelf.table(path.relative_to(shelf.root).as_posix()).rows
            done += [(path.parent.name, row) for row in rows if row.get("status") == "done"]
    codecs = {row.get("codec", "") for _, row in done}
    anchors = [codec for codec in ANCHORS if codec in codecs][:1]
    images = [row for kind, row in done if kind == IMAGES and row.get("base")]
    return {"dataset": frozenset(row["dataset"] for _, row in done if row.get("dataset")), "anchor": frozenset(anchors),
            "images": frozenset(row.get("images", "") for row in images), "base": frozenset(row["base"] for row in images)}
