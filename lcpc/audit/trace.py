"""From one number back to where it is from: its formula, the rows behind it, the run that made them, its inputs and digests."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lcpc.audit.evidence import PUBLISHED
from lcpc.audit.files import TableFile, inside, parse_row, read_json, read_table, relative, written
from lcpc.errors import MissingData, ResultError, did_you_mean
from lcpc.results.provenance import file_digest

OK, CHANGED, GONE = "OK", "CHANGED SINCE", "not on this machine"
AS_PRINTED = "as the documents print it; see results/published/README.md"
OF_A_RUN = ("run", "seed", "dataset", "dataset_digests", "command", "config_digest", "code", "packages", "machine", "time",
            "training")
"""What is told of the run behind measured rows, where its provenance says it."""


def trace(root: Path, target: Path, row: str, column: str) -> dict[str, Any]:
    """All that is known of one cell of a table, or of one plotted point of a figure, as plain values.

    `target` is the csv or its path without an ending; `row` reads `codec=draco,points=`. Raises MissingData or
    ResultError naming the nearest file, row or column.
    """
    path = located(root, target)
    table, content = read_table(path, root), read_json(path.with_suffix(".json"), root)
    index = table.find(parse_row(row))
    table.require(column)
    cell = cell_of(table, content, index, column)
    recorded = content.get("sources")
    digests = recorded if isinstance(recorded, Mapping) else {}
    return {
        "file": table.file, "line": table.line(index), "row": row, "column": column, "value": table.rows[index][column],
        "evidence": evidence_of(table.rows[index], column),
        "formula": cell.get("formula", ""), "missing": cell.get("missing", ""),
        "caption": content.get("caption", ""), "code": content.get("code", ""),
        "sources": [source_of(root, one, digests) for one in cell.get("sources", ())],
    }


def located(root: Path, target: Path) -> Path:
    """The csv that is meant: from the working folder, else from the project's. Raises MissingData naming the nearest."""
    name = target if target.suffix == ".csv" else target.with_name(f"{target.name.removesuffix('.')}.csv")
    if target.suffix in (".json", ".md", ".tex", ".html", ".pdf", ".png"):
        name = target.with_suffix(".csv")
    for path in (name, root / name):
        if path.is_file():
            return path
    products = [path for kind in ("tables", "figures") for path in (root / kind).glob("*/*.csv")]
    known = sorted(path.relative_to(root).as_posix() for path in products)
    asked = relative(name, root)
    hint = did_you_mean(asked, known) if known else "No table is there yet; `lcpc table bd_metrics` makes one."
    raise MissingData(f"{asked} is not there. {hint}")


def cell_of(table: TableFile, content: Mapping[str, Any], index: int, column: str) -> Mapping[str, Any]:
    """What the json beside a table says of a cell: formula and sources; of a figure's point, the origin of its series."""
    line, row = table.line(index), table.rows[index]
    try:
        if "series" in content:
            cell = {"formula": f"plotted in series {row['series']!r}", "sources": content["series"][row["series"]]}
        else:
            told = content["rows"][index]
            if any(row[name] != str("" if value is None else value) for name, value in told["key"].items()):
                raise ResultError(f"{table.file}:{line} is another row in its json; make the table again")
            cell = told["cells"].get(column, {"formula": "", "sources": []})
        sources = [{"file": str(one["file"]), "lines": [int(line) for line in one["lines"]]} for one in cell["sources"]]
        return {**cell, "sources": sources}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ResultError(f"{table.file}: its json says nothing of line {line}, {column} ({type(error).__name__}: {error}); "
                          "make it again") from error


def evidence_of(row: Mapping[str, str], column: str) -> str:
    """Kind of evidence of a cell: from its column's prefix, else from the row."""
    prefix = column.partition("_")[0]
    return prefix if prefix in ("printed", "recomputed") and column != prefix else row.get("evidence", "")


def source_of(root: Path, source: Mapping[str, Any], digests: Mapping[str, str]) -> dict[str, Any]:
    """One file behind a cell: its digest then and now, the rows as they stand, and what made it."""
    file, path = source["file"], inside(root, source["file"])
    digest = str(digests.get(file, ""))
    told: dict[str, Any] = {"file": file, "digest": digest, "state": state(path, digest)}
    if not path.is_file() or path.suffix != ".csv":
        return {**told, "lines": []}
    table = read_table(path, root)
    lines = source["lines"] or [table.line(index) for index in range(len(table.rows))]
    told["lines"] = [{"line": line, "row": row_at(table, line)} for line in lines]
    return {**told, **origin(root, path, table, lines)}


def row_at(table: TableFile, line: int) -> dict[str, str]:
    """Fields of a line that hold something, without the source, which is told once."""
    index = line - 2
    row = table.rows[index] if 0 <= index < len(table.rows) else {}
    return {column: value for column, value in row.items() if value and column != "source"}


def origin(root: Path, path: Path, table: TableFile, lines: list[int]) -> dict[str, Any]:
    """What made a source: the run's provenance, or the words of the published file."""
    if table.file.startswith("tables/"):
        command = f"lcpc trace {table.file} --row {written(table_key(root, path, lines[0]))!r} --column ..."
        return {"from": f"a table; go on with `{command}`"}
    beside = path.with_suffix(".json")
    if table.file.startswith(f"results/{PUBLISHED}/") and not beside.is_file():
        texts = dict.fromkeys(row.get("source", "") for row in table.rows)
        return {"from": "; ".join(text for text in texts if text) or AS_PRINTED}
    if not beside.is_file():
        return {"from": f"unknown: {relative(beside, root)} is not there; evaluate again"}
    content = read_json(beside, root)
    return {"from": relative(beside, root), "run": {name: content[name] for name in OF_A_RUN if name in content},
            "inputs": list(inputs_of(root, content))}


def table_key(root: Path, path: Path, line: int) -> dict[str, str]:
    """The key of a row of another table, from its json; the first column where that is not there."""
    table = read_table(path, root)
    beside = path.with_suffix(".json")
    key = read_json(beside, root).get("key") if beside.is_file() else None
    columns = [column for column in key or table.columns[:1] if column in table.columns]
    return {column: table.rows[line - 2][column] for column in columns}


def inputs_of(root: Path, content: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Files that a run read (weights, recorded outputs), with their digest then and what became of them."""
    for field in ("inputs", "recorded"):
        found = content.get(field)
        for file, digest in found.items() if isinstance(found, Mapping) else ():
            yield {"file": str(file), "digest": str(digest), "state": state(inside(root, str(file)), str(digest))}


def state(path: Path, digest: str) -> str:
    """Whether a file on disk still has the digest on record."""
    if not path.is_file():
        return GONE
    return OK if digest and file_digest(path) == digest else CHANGED
