"""Whether files on disk still are what they say: tables against their json, sources against their digests."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lcpc import registry
from lcpc.audit.files import TableFile, inside, read_json, read_table, relative
from lcpc.config import Config
from lcpc.errors import LcpcError
from lcpc.results.provenance import file_digest

AUDIT = "audit"
"""The stem that the audit writes itself, and so does not look at."""
PUBLISHED = "published"
FILE_FORMATS = frozenset(registry.names("lcpc.codecs.formats"))


class Flaw(NamedTuple):
    """Something about a file that no audit may pass over: `verdict` is drift or missing."""

    file: str
    verdict: str
    text: str


def table_flaws(root: Path, run: str) -> Iterator[Flaw]:
    """Tables and figures on disk, of the run and of the documents' points, that do not follow from their sources any more."""
    for one in dict.fromkeys((PUBLISHED, run)):
        for kind in ("table", "figure"):
            for path in sorted((root / f"{kind}s" / one).glob("*.csv")):
                if path.stem != AUDIT:
                    yield from _guarded(_product_flaws, root, path, f"lcpc {kind} {path.stem} --run {one}")


def run_flaws(root: Path, config: Config) -> Iterator[Flaw]:
    """Tables and rows that the run's config promises and that are not there; rows that failed or lost what they stand on."""
    promise = f"run {config.run} promises it"
    for stem in config.tables:
        file = f"tables/{config.run}/{stem}.csv"
        if stem != AUDIT and not (root / file).is_file():
            yield Flaw(file, "missing", f"{promise}; run `lcpc table {stem} --run {config.run}`")
    found = {path.relative_to(root).as_posix() for path in (root / "results" / config.run).glob("*/*.csv")}
    for file in sorted(found | set(promised_rows(config))) if config.run != PUBLISHED else []:
        command = f"snakemake --cores 8 {file}"
        if (root / file).is_file():
            yield from _guarded(_row_flaws, root, root / file, command)
        else:
            yield Flaw(file, "missing", f"{promise}; run `{command}`")


def promised_rows(config: Config) -> list[str]:
    """Result files that a run's config asks for, such as `results/demo/rate_accuracy/proposed_micro_P1024.csv`."""
    names = [f"rate_accuracy/proposed_{size}_P{points}" for curve in config.proposed
             for size in curve.sizes for points in curve.points]
    inputs = config.input_compression
    if inputs is not None:
        names += [f"rate_accuracy/{codec}_P{points}" for points in inputs.points for codec in inputs.codecs]
        names += [f"classifier/pointnet_P{points}" for points in inputs.points]
    motion = config.latent_motion
    if motion is not None:
        names += [f"latent_motion/{network}_{weights}" for network in motion.networks for weights in motion.weights]
    images = config.images
    if images is not None:
        names += [f"rate_distortion/{name}" for codec in images.codecs
                  for name in ([codec] if codec in FILE_FORMATS else [f"{codec}_q{one}" for one in images.qualities])]
    return [f"results/{config.run}/{name}.csv" for name in names]


def changed_sources(content: Mapping[str, Any], root: Path, field: str = "sources") -> Iterator[tuple[str, str]]:
    """(file, "changed" or "gone") for each file whose digest in a provenance `content` is not that of the disk."""
    recorded = content.get(field) or {}
    for file, digest in recorded.items() if isinstance(recorded, Mapping) else ():
        path = inside(root, str(file))
        if not path.is_file():
            yield str(file), "gone"
        elif file_digest(path) != digest:
            yield str(file), "changed"


def _guarded(look: Any, root: Path, path: Path, command: str) -> Iterator[Flaw]:
    try:
        yield from look(root, path, command)
    except LcpcError as error:
        yield Flaw(relative(path, root), "drift", f"{error}; run `{command}`")


def _product_flaws(root: Path, path: Path, command: str) -> Iterator[Flaw]:
    name, beside = relative(path, root), path.with_suffix(".json")
    if not beside.is_file():
        yield Flaw(name, "missing", f"its provenance {beside.name} is not there; run `{command}`")
        return
    content = read_json(beside, root)
    for file, what in changed_sources(content, root):
        yield Flaw(name, "drift", f"its source {file} is {what} since it was made; run `{command}`")
    if "rows" in content and (odd := first_difference(read_table(path, root), content["rows"])):
        yield Flaw(name, "drift", f"{odd} differs from {beside.name}: it was edited or half restored; run `{command}`")


def first_difference(table: TableFile, rows: Any) -> str:
    """The first cell of a table, as `line 3, gap_percent`, whose value is not that of its json; empty where all agree."""
    if not isinstance(rows, list) or len(rows) != len(table.rows):
        return "the number of rows"
    for index, row in enumerate(rows):
        try:
            values = {**row["key"], **{column: cell["value"] for column, cell in row["cells"].items()}}
        except (TypeError, KeyError, AttributeError):
            return f"line {table.line(index)}"
        for column, value in values.items():
            if not _equal(table.rows[index].get(column), value):
                return f"line {table.line(index)}, {column},"
    return ""


def _equal(field: str | None, value: Any) -> bool:
    if isinstance(value, float):
        try:
            return math.isclose(float(field or "nan"), value, rel_tol=1e-5, abs_tol=1e-12)
        except ValueError:
            return False
    return field == ("" if value is None else str(value))


def _row_flaws(root: Path, path: Path, command: str) -> Iterator[Flaw]:
    name, beside = relative(path, root), path.with_suffix(".json")
    table = read_table(path, root)
    for index, row in enumerate(table.rows):
        if row.get("status") == "failed":
            why = row.get("note") or "no reason given"
            yield Flaw(name, "missing", f"line {table.line(index)} failed: {why}; run `{command}`")
    if not beside.is_file():
        yield Flaw(name, "missing", f"its provenance {beside.name} is not there; run `{command}`")
        return
    content = read_json(beside, root)
    # Weights and made data are not kept in the repository: rows stay good where those are gone, not where they are others.
    for file, what in [*changed_sources(content, root, "inputs"), *changed_sources(content, root, "recorded")]:
        if what == "changed":
            yield Flaw(name, "drift", f"{file} is changed since these rows were measured; run `{command}`")
