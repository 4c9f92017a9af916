"""From one number back to its origin: formula, rows, the run that made them, inputs, digests."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lcpc.audit.files import TableFile, inside, parse_row, read_json, read_table, relative, written
from lcpc.config import require_project
from lcpc.errors import MissingData, ResultError, did_you_mean, refusing
from lcpc.results.provenance import file_digest
from lcpc.results.store import PUBLISHED

OK, CHANGED, GONE = "OK", "CHANGED SINCE", "not on this machine"
AS_PRINTED = "as the documents print it; see results/published/README.md"
OF_A_RUN = (
    "run", "seed", "dataset", "dataset_digests", "command", "config_digest", "code", "packages",
    "machine", "time", "training")
"""Fields of a provenance that a trace shows of measured rows."""
OTHER_ENDINGS = (".json", ".md", ".tex", ".html", ".pdf", ".png")
DIGITS = 16
FILES_OF_A_RUN = {"inputs": "input", "recorded": "input", "shipped": "shipped"}
"""Fields of a provenance that hold files with their digests, and what a trace calls them."""


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
    require_project(root)
    asked = relative(name, root)
    products = [*(root / "tables").glob("*/*.csv"), *(root / "figures").glob("*/*.csv")]
    known = sorted(relative(path, root) for path in products)
    hint = "No table is there yet; `lcpc table bd_metrics` makes one."
    if known:
        hint = did_you_mean(asked, known)
    raise MissingData(f"{asked} is not there. {hint}")


def cell_of(table: TableFile, content: Mapping[str, Any], index: int,
            column: str) -> Mapping[str, Any]:
    """Formula and sources of a cell, or of a figure's point, from the json beside its csv."""
    problem = f"says nothing of line {table.line(index)}, {column}"
    with refusing(ResultError, f"{table.file}: its json", problem, "make it again"):
        find = _point if "series" in content else _cell
        cell = find(table, content, index, column)
        sources = [_source(source) for source in cell["sources"]]
        return {**cell, "sources": sources}


def _point(table: TableFile, content: Mapping[str, Any], index: int, column: str) -> dict[str, Any]:
    series = table.rows[index]["series"]
    sources = content["series"][series]
    return {"formula": f"plotted in series {series!r}", "sources": sources}


def _cell(table: TableFile, content: Mapping[str, Any], index: int, column: str) -> dict[str, Any]:
    row, recorded = table.rows[index], content["rows"][index]
    for name, value in recorded["key"].items():
        text = "" if value is None else str(value)
        if row[name] != text:
            place = table.place(index)
            raise ResultError(f"{place} is another row in its json; make the table again")
    label = {"formula": "", "sources": []}
    return recorded["cells"].get(column, label)


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    lines = [int(line) for line in source["lines"]]
    return {"file": str(source["file"]), "lines": lines}


def evidence_of(row: Mapping[str, str], column: str) -> str:
    """Kind of evidence of a cell: from its column's prefix, else from the row."""
    for prefix in ("printed", "recomputed"):
        if column.startswith(f"{prefix}_"):
            return prefix
    return row.get("evidence", "")


def source_of(root: Path, source: Mapping[str, Any], digests: Mapping[str, str]) -> dict[str, Any]:
    """One source file of a cell: its digest then and now, its rows, and what made it."""
    file: str = source["file"]
    path = inside(root, file)
    digest = str(digests.get(file, ""))
    facts = {"file": file, "digest": digest, "state": state(path, digest)}
    if not path.is_file() or path.suffix != ".csv":
        return {**facts, "lines": []}
    table = read_table(path, root)
    rows = {table.line(index): row for index, row in enumerate(table.rows)}
    lines = source["lines"] or list(rows)
    shown = []
    for line in lines:
        # `source` is shown once, above.
        row = {name: value for name, value in rows.get(line, {}).items()
               if value and name != "source"}
        shown.append({"line": line, "row": row})
    return {**facts, "lines": shown, **origin(root, path, table, lines)}


def origin(root: Path, path: Path, table: TableFile, lines: list[int]) -> dict[str, Any]:
    """What made a source: the run's provenance, or the words of the published file."""
    beside = path.with_suffix(".json")
    if table.file.startswith("tables/"):
        key = table_key(root, path, lines[0]) if lines else {}
        command = f"lcpc trace {table.file} --row {written(key)!r} --column ..."
        return {"from": f"a table; go on with `{command}`"}
    if beside.is_file():
        content = read_json(beside, root)
        run = {name: content[name] for name in OF_A_RUN if name in content}
        inputs = list(inputs_of(root, content))
        check = f"lcpc verify {path.parent.name}/{path.stem} --run {content.get('run')}"
        is_shipped = any(file["kind"] == "shipped" for file in inputs)
        return {"from": relative(beside, root), "run": run, "inputs": inputs,
                **({"check": check} if is_shipped else {})}
    if table.file.startswith(f"results/{PUBLISHED}/"):
        texts = dict.fromkeys(row.get("source", "") for row in table.rows)
        words = "; ".join(filter(None, texts))
        return {"from": words or AS_PRINTED}
    return {"from": f"unknown: {relative(beside, root)} is not there; evaluate again"}


def table_key(root: Path, path: Path, line: int) -> dict[str, str]:
    """The key of a row of another table, from its json; the first column if there is none."""
    table = read_table(path, root)
    beside = path.with_suffix(".json")
    content = read_json(beside, root) if beside.is_file() else {}
    key = content.get("key") or table.columns[:1]
    rows = {table.line(index): row for index, row in enumerate(table.rows)}
    row = rows.get(line, {})
    return {column: row[column] for column in key if column in row}


def inputs_of(root: Path, content: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Files that a run read (weights, recorded outputs) and the weights and streams that come with
    its rows: their digest then, their state now."""
    for field, kind in FILES_OF_A_RUN.items():
        recorded = content.get(field)
        if isinstance(recorded, Mapping):
            for name, recorded_digest in recorded.items():
                digest = str(recorded_digest)
                file = _here(root, str(name), digest)
                now = state(inside(root, file), digest)
                yield {"kind": kind, "file": file, "digest": digest, "state": now}


def _here(root: Path, file: str, digest: str) -> str:
    """`file`, or the weights that the repository keeps of it, where these alone are here."""
    if inside(root, file).is_file() or not file.startswith("checkpoints/"):
        return file
    _, run, name = (file.split("/", 2) + ["", ""])[:3]
    kept = f"results/{run}/weights/{name}"
    return kept if state(inside(root, kept), digest) == OK else file


def state(path: Path, digest: str) -> str:
    """Whether a file on disk still has the recorded digest."""
    if not path.is_file():
        return GONE
    return OK if file_digest(path) == digest else CHANGED


def format_trace(traced: Mapping[str, Any]) -> str:
    """Text of a trace, one fact a line, the rows of each source below it."""
    lines = list(_head(traced))
    for source in traced["sources"]:
        lines += _source_lines(source)
    return "\n".join(lines)


def _head(traced: Mapping[str, Any]) -> Iterator[str]:
    yield "{file}:{line}  {row}".format_map(traced)
    value, evidence = traced["value"] or "(missing)", traced["evidence"]
    yield f"{traced['column']} = {value}" + (f"  ({evidence})" if evidence else "")
    for field in ("missing", "formula"):
        if traced[field]:
            yield f"{field}: {traced[field]}"
    if not traced["sources"] and not traced["missing"]:
        is_label = not traced["formula"]
        reason = "it is a label of the row" if is_label else "it follows from the code alone"
        yield f"sources: none; {reason}"
    yield f"caption: {traced['caption']}"
    yield f"code:    {traced['code']} (fingerprint of what built it)"


def _source_lines(source: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"source:  {_file_line(source)}"
    if "from" in source:
        yield f"  from:  {source['from']}"
    for name, value in source.get("run", {}).items():
        words = name.replace("_", " ")
        yield f"  {words}: {in_words(value)}"
    for file in source.get("inputs", ()):
        yield f"  {file['kind']}: {_file_line(file)}"
    if "check" in source:
        yield f"  decoded again by: {source['check']}"
    for line in source["lines"]:
        fields = [f"{name}={value}" for name, value in line["row"].items()]
        yield f"  line {line['line']}: {', '.join(fields)}"


def _file_line(file: Mapping[str, Any]) -> str:
    digest = file["digest"][:DIGITS]
    return f"{file['file']}  sha256 {digest}  {file['state']}"


def in_words(value: Any) -> str:
    """A plain value of a provenance file as text: `test e418..., train cc81...`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {in_words(part)}" for name, part in value.items())
    return value if isinstance(value, str) else json.dumps(value)
