"""Where the numbers of a page are from: each source file once, each number with its lines."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcpc.audit.files import written
from lcpc.audit.trace import GONE, OK, evidence_of, source_of
from lcpc.errors import LcpcError
from lcpc.report.verdict_badges import Badge
from lcpc.results.cells import Source

SHORT = 16
MOST_LINES = 300
DIFFERS_BETWEEN_EQUAL_RUNS = frozenset({"machine", "time", "training"})
"""Shown on the page of costs alone, so that equal runs give equal pages."""


@dataclass(frozen=True)
class SourceView:
    """One file behind numbers: `facts` of its run, its `lines` in the `columns` that differ.

    `common` is what all of these lines say.
    """

    anchor: str
    file: str
    digest: str
    state: str
    origin: str
    facts: Sequence[tuple[str, str]]
    inputs: Sequence[Mapping[str, str]]
    common: str
    columns: Sequence[str]
    lines: Sequence[tuple[int, Sequence[str]]]
    left_out: int

    @property
    def is_sound(self) -> bool:
        """Whether the file still is what it was when its numbers were taken."""
        return self.state in (OK, GONE)


@dataclass(frozen=True)
class TraceView:
    """One number: place, value, and the lines behind it as (anchor of the source, file, lines)."""

    anchor: str
    title: str
    value: str
    evidence: str
    formula: str
    command: str
    cited: Sequence[tuple[str, str, str]]
    badge: Badge | None = None


def sources(root: Path, cited: Iterable[Source], digests: Mapping[str, str],
            prefix: str) -> list[SourceView]:
    """Every file among `cited` once, with all cited lines; `prefix` begins the anchors."""
    lines: dict[str, set[int]] = {}
    whole_files = set()
    for source in cited:
        lines.setdefault(source.file, set()).update(source.lines)
        if not source.lines:
            whole_files.add(source.file)
    views = []
    for index, file in enumerate(sorted(lines), 1):
        shown = [] if file in whole_files else sorted(lines[file])
        views.append(_source(root, file, shown, digests, f"{prefix}-source-{index}"))
    return views


def cited(sources: Iterable[Source], views: Sequence[SourceView]) -> list[tuple[str, str, str]]:
    """Sources of one number as (anchor, file, lines in words)."""
    anchors = {view.file: view.anchor for view in views}
    return [(anchors[source.file], source.file, ranges(source.lines)) for source in sources]


def ranges(lines: Sequence[int]) -> str:
    """Line numbers in short.

    >>> ranges([2, 3, 4, 7, 9, 10])
    '2–4, 7, 9–10'
    """
    runs: list[list[int]] = []
    for line in sorted(lines):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(f"{first}–{last}" if first != last else str(first) for first, last in runs)


def command(file: str, row: Mapping[str, str], column: str) -> str:
    """The command that says the same in a terminal."""
    return f"lcpc trace {file} --row {shlex.quote(written(row))} --column {column}"


def evidence(row: Mapping[str, str], column: str, group: str) -> str:
    """Kind of evidence: by the column's prefix, else by the row, else by the column's group."""
    return evidence_of(row, column) or group


def in_words(value: Any) -> str:
    """A plain value of a provenance file as text: `test e418..., train cc81...`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {in_words(part)}" for name, part in value.items())
    return value if isinstance(value, str) else json.dumps(value)


def _source(root: Path, file: str, lines: list[int], digests: Mapping[str, str],
            anchor: str) -> SourceView:
    try:
        source = source_of(root, {"file": file, "lines": lines}, digests)
    except LcpcError as error:
        source = {"state": str(error), "digest": digests.get(file, ""), "lines": []}
    shown = source["lines"][:MOST_LINES]
    common, columns = _columns([line["row"] for line in shown])
    fields = [(line["line"], [line["row"].get(name, "") for name in columns]) for line in shown]
    inputs = [{**entry, "digest": entry["digest"][:SHORT]} for entry in source.get("inputs", ())]
    return SourceView(
        anchor=anchor,
        file=file,
        digest=source["digest"][:SHORT],
        state=source["state"],
        origin=source.get("from", ""),
        facts=_facts(source.get("run", {})),
        inputs=inputs,
        common=in_words(common),
        columns=columns,
        lines=fields,
        left_out=len(source["lines"]) - len(shown),
    )


def _columns(rows: Sequence[Mapping[str, str]]) -> tuple[dict[str, str], list[str]]:
    """What all rows say, and the columns in which they differ; of a single row, all columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    common = {}
    for name in names:
        values = {row.get(name, "") for row in rows}
        if len(values) == 1:
            common[name] = values.pop()
    if len(rows) < 2 or len(common) == len(names):
        return {}, names
    return common, [name for name in names if name not in common]


def _facts(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    shown = [name for name in run if name not in DIFFERS_BETWEEN_EQUAL_RUNS]
    return [(name.replace("_", " "), in_words(run[name])) for name in shown]
