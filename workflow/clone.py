"""What a clone or a killed run leaves: stale lock files, and times that say nothing."""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(".snakemake")
PRODUCTS, AUDIT, PUBLISHED = ("tables", "figures"), "audit", "published"
_held: list[int] = []


def is_alone() -> bool:
    """Whether no other Snakemake is alive in this folder; its stale lock files are then removed.

    They outlive `kill -9` and a power cut; the kernel's locks do not. Every process that reads the
    Snakefile shares one lock of the kernel until it ends. Whoever can have it alone is the only one
    alive, so lock files that are there are stale.
    """
    try:
        FOLDER.mkdir(exist_ok=True)
        handle = os.open(FOLDER / "alive", os.O_RDWR | os.O_CREAT, 0o666)
        _held.append(handle)
        alone = _can_lock(handle)
        if alone:
            for path in (FOLDER / "locks").glob("*.lock"):
                path.unlink(missing_ok=True)
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return alone
    except OSError:
        # A file system without such locks, or a read-only one: Snakemake's own locks hold.
        return False


def _can_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def keep_what_is_on_record(runs: Iterable[str]) -> None:
    """Renew the times of tables and figures whose sources still have the digests in their json.

    git writes figures/ before results/, so that in a fresh clone they look older than what they
    were made from. Only a product that looks stale is compared; `published` first, which the audits
    of all runs read.
    """
    for run in sorted(runs, key=lambda run: run != PUBLISHED):
        rows = [*Path("results").glob(f"{run}/*/*"), *Path("results/published").rglob("*.csv")]
        newest_rows = max(_times(rows), default=0.0)
        for record in _records(run):
            made, products = list(record.parent.glob(f"{record.stem}.*")), []
            if record.stem == AUDIT:
                made, products = [*made, *_manifest(run)], _products(run)
            newest = max([newest_rows, *_times(products)])
            if min(_times(made)) < newest:
                _renew(record, made)


def _products(run: str) -> list[Path]:
    """What the audit of a run reads beside the rows: its products and the published ones."""
    files = [
        path
        for room in PRODUCTS
        for name in (run, PUBLISHED)
        for path in Path(room, name).glob("*.*")
    ]
    products = [path for path in files if path.stem != AUDIT]
    return products if run == PUBLISHED else [*products, *_manifest(PUBLISHED)]


def _manifest(run: str) -> list[Path]:
    """What the audit writes beside its table, if it is there."""
    return list(Path("results", run).glob("manifest.sha256"))


def keep_measured_rows(jobs: Iterable[Any]) -> None:
    """Renew the times of rows whose images still have the digests in their provenance.

    Only rows that look older than the user's own files are compared.
    """
    for job in jobs:
        rows, paths = Path(job.output), [Path(path) for path in job.inputs]
        made = [path for path in paths if path.parts[0] in ("checkpoints", "data")]
        files = [path for path in paths if path not in made]
        newest_made, newest = max(_times(made), default=0.0), max(_times(files), default=0.0)
        if rows.is_file() and newest_made <= rows.stat().st_mtime < newest:
            _renew_rows(rows, files)


def _renew_rows(rows: Path, files: list[Path]) -> None:
    from lcpc.results.provenance import file_digest

    try:
        record = json.loads(rows.with_suffix(".json").read_text())
        digests = set(record.get("images", {}).values())
        text = rows.read_text()
        is_skipped = ",skipped," in text and ",done," not in text
        if is_skipped or all(file_digest(path) in digests for path in files):
            for path in rows.parent.glob(f"{rows.stem}.*"):
                os.utime(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Rows without such a record: Snakemake goes by the times as they are.
        return


def _times(paths: Iterable[Path]) -> list[float]:
    return [path.stat().st_mtime for path in paths if path.is_file()]


def _records(run: str) -> list[Path]:
    """The json files of a run's products; the audit, which reads these, comes last."""
    records = [path for room in PRODUCTS for path in sorted(Path(room, run).glob("*.json"))]
    return sorted(records, key=lambda path: path.stem == AUDIT)


def _renew(record: Path, made: Iterable[Path]) -> None:
    try:
        content = json.loads(record.read_text())
        sources = content["sources"]
        if isinstance(sources, Mapping) and _are_same(sources):
            for path in made:
                os.utime(path)
    except (OSError, ValueError, KeyError, TypeError):
        # A broken record or a read-only project: Snakemake goes by the times as they are.
        return


def _are_same(sources: Mapping[str, Any]) -> bool:
    from lcpc.results.provenance import file_digest

    return all(
        Path(file).is_file() and file_digest(Path(file)) == digest
        for file, digest in sources.items()
    )
