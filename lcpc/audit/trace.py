"""From one number back to its origin: formula, rows, the run that made them, inputs, digests."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lcpc.audit.evidence import PUBLISHED
from lcpc.audit.files import TableFile, inside, parse_row, read_json, read_table, relative, written
from lcpc.errors import MissingData, ResultError, did_you_mean
from lcpc.results.provenance import file_digest

OK, CHANGED, GONE = "OK", "CHANGED SINCE", "not on this machine"
AS_PRINTED = "as the documents print it; see results/published/README.md"
OF_A_RUN = (
    "run", "seed", "dataset", "dataset_digests", "command", "config_digest", "code", "packages",
    "machine", "time", "training")
"""Fields of a provenance that a trace shows of measured rows."""
OTHER_ENDINGS = (".json", ".md", ".tex", ".html", ".pdf", ".png")
DIGITS = 16


def trace(root: Path, target: Path, row: str, column: str) -> dict[str, Any]:
    """All that is known of one cell of a table, or of one plotted point, as plain values.

    `target` is the csv or its path without an ending; `row` reads `codec=draco,points=`. Raises
    MissingData or ResultError naming the nearest file, row or column.
    """
    path = located(root, target)
    table = read_table(path, root)
    content = read_json(path.with_suffix(".json"), root)
    index = table.find(parse_row(row))
    table.require(column)
    cell = cell_of(table, content, index, column)
    recorded = content.get("sources")
    digests = recorded if isinstance(recorded, Mapping) else {}
    return {
        "file": table.file, "line": table.line(index), "row": row, "column": column,
        "value": table.rows[index][column], "evidence": evidence_of(table.rows[index], column),
        "formula": cell.get("formula", ""), "missing": cell.get("missing", ""),
        "caption": content.get("caption", ""), "code": content.get("code", ""),
        "sources": [source_of(root, source, digests) for source in cell.get("sources", ())],
    }


def located(root: Path, target: Path) -> Path:
    """The csv that is meant: from the working folder, else from the project's.

    Raises MissingData naming the nearest.
    """
    if target.suffix in (".csv", *OTHER_ENDINGS):
        name = target.with_suffix(".csv")
    else:
        name = target.with_name(f"{target.name.removesuffix('.')}.csv")
    for path in (name, root / name):
        if path.is_file():
            return path
    products = [path for kind in ("tables", "figures") for path in (root / kind).glob("*/*.csv")]
    known = sorted(path.relative_to(root).as_posix() for path in products)
    asked = relative(name, root)
    nothing = "No table is there yet; `lcpc table bd_metrics` makes one."
    raise MissingData(f"{asked} is not there. {did_you_mean(asked, known) if known else nothing}")


def cell_of(table: TableFile, content: Mapping[str, Any], index: int,
            column: str) -> Mapping[str, Any]:
    """Formula and sources of a cell, or of a figure's point, from the json beside its csv."""
    try:
        find = _point if "series" in content else _cell
        cell = find(table, content, index, column)
        sources = [_source(source) for source in cell["sources"]]
        return {**cell, "sources": sources}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ResultError(
            f"{table.file}: its json says nothing of line {table.line(index)}, {column} "
            f"({type(error).__name__}: {error}); make it again") from error


def _point(table: TableFile, content: Mapping[str, Any], index: int, column: str) -> dict[str, Any]:
    series = table.rows[index]["series"]
    return {"formula": f"plotted in series {series!r}", "sources": content["series"][series]}


def _cell(table: TableFile, content: Mapping[str, Any], index: int, column: str) -> dict[str, Any]:
    recorded = content["rows"][index]
    for name, value in recorded["key"].items():
        if table.rows[index][name] != ("" if value is None else str(value)):
            raise ResultError(f"{table.file}:{table.line(index)} is another row in its json; "
                              "make the table again")
    cell: dict[str, Any] = recorded["cells"].get(column, {"formula": "", "sources": []})
    return cell


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    return {"file": str(source["file"]), "lines": [int(line) for line in source["lines"]]}


def evidence_of(row: Mapping[str, str], column: str) -> str:
    """Kind of evidence of a cell: from its column's prefix, else from the row."""
    prefix = column.partition("_")[0]
    has_prefix = prefix in ("printed", "recomputed") and column != prefix
    return prefix if has_prefix else row.get("evidence", "")


def source_of(root: Path, source: Mapping[str, Any], digests: Mapping[str, str]) -> dict[str, Any]:
    """One source file of a cell: its digest then and now, its rows, and what made it."""
    file, path = source["file"], inside(root, source["file"])
    digest = str(digests.get(file, ""))
    facts: dict[str, Any] = {"file": file, "digest": digest, "state": state(path, digest)}
    if not path.is_file() or path.suffix != ".csv":
        return {**facts, "lines": []}
    table = read_table(path, root)
    lines = source["lines"] or [table.line(index) for index in range(len(table.rows))]
    facts["lines"] = [{"line": line, "row": row_at(table, line)} for line in lines]
    return {**facts, **origin(root, path, table, lines)}


def row_at(table: TableFile, line: int) -> dict[str, str]:
    """Fields of a line that are not empty, without `source`, which is shown once."""
    index = line - 2
    row = table.rows[index] if 0 <= index < len(table.rows) else {}
    return {column: value for column, value in row.items() if value and column != "source"}


def origin(root: Path, path: Path, table: TableFile, lines: list[int]) -> dict[str, Any]:
    """What made a source: the run's provenance, or the words of the published file."""
    beside = path.with_suffix(".json")
    if table.file.startswith("tables/"):
        row = written(table_key(root, path, lines[0]))
        return {"from": f"a table; go on with `lcpc trace {table.file} --row {row!r} --column ...`"}
    if beside.is_file():
        content = read_json(beside, root)
        run = {name: content[name] for name in OF_A_RUN if name in content}
        inputs = list(inputs_of(root, content))
        return {"from": relative(beside, root), "run": run, "inputs": inputs}
    if table.file.startswith(f"results/{PUBLISHED}/"):
        texts = dict.fromkeys(row.get("source", "") for row in table.rows)
        return {"from": "; ".join(filter(None, texts)) or AS_PRINTED}
    return {"from": f"unknown: {relative(beside, root)} is not there; evaluate again"}


def table_key(root: Path, path: Path, line: int) -> dict[str, str]:
    """The key of a row of another table, from its json; the first column if there is none."""
    table = read_table(path, root)
    beside = path.with_suffix(".json")
    key = read_json(beside, root).get("key") if beside.is_file() else None
    columns = [column for column in key or table.columns[:1] if column in table.columns]
    return {column: table.rows[line - 2][column] for column in columns}


def inputs_of(root: Path, content: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Files that a run read (weights, recorded outputs): their digest then, their state now."""
    for field in ("inputs", "recorded"):
        recorded = content.get(field)
        for file, digest in recorded.items() if isinstance(recorded, Mapping) else ():
            now = state(inside(root, str(file)), str(digest))
            yield {"file": str(file), "digest": str(digest), "state": now}


def state(path: Path, digest: str) -> str:
    """Whether a file on disk still has the recorded digest."""
    if not path.is_file():
        return GONE
    return OK if digest and file_digest(path) == digest else CHANGED


def format_trace(traced: Mapping[str, Any]) -> str:
    """Text of a trace, one fact a line, the rows of each source below it."""
    lines = list(_head(traced))
    for source in traced["sources"]:
        lines += _source_lines(source)
    return "\n".join(lines)


def _head(traced: Mapping[str, Any]) -> Iterator[str]:
    evidence = f"  ({traced['evidence']})" if traced["evidence"] else ""
    yield f"{traced['file']}:{traced['line']}  {traced['row']}"
    yield f"{traced['column']} = {traced['value'] or '(missing)'}{evidence}"
    for field in ("missing", "formula"):
        if traced[field]:
            yield f"{field}: {traced[field]}"
    if not traced["sources"] and not traced["missing"]:
        from_code = "it follows from the code alone"
        yield f"sources: none; {from_code if traced['formula'] else 'it is a label of the row'}"
    yield f"caption: {traced['caption']}"
    yield f"code:    {traced['code']} (fingerprint of what built it)"


def _source_lines(source: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"source:  {source['file']}  sha256 {source['digest'][:DIGITS]}  {source['state']}"
    if "from" in source:
        yield f"  from:  {source['from']}"
    for name, value in source.get("run", {}).items():
        yield f"  {name.replace('_', ' ')}: {_plain(value)}"
    for file in source.get("inputs", ()):
        yield f"  input: {file['file']}  sha256 {file['digest'][:DIGITS]}  {file['state']}"
    for line in source["lines"]:
        fields = ", ".join(f"{name}={value}" for name, value in line["row"].items())
        yield f"  line {line['line']}: {fields}"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    return value if isinstance(value, str) else json.dumps(value)
