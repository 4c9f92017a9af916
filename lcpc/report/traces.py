"""Where the numbers of a page are from: each source file once, each number with its lines."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcpc.audit.files import written
from lcpc.audit.trace import DIGITS, GONE, OK, in_words, source_of
from lcpc.errors import LcpcError
from lcpc.report.verdict_badges import Badge
from lcpc.results.cells import Source

MOST_LINES, LINES_OF_MANY = 300, 30
"""A table or figure that cites more lines of a file, or the whole file, shows the first of them."""
SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
DIFFERS_BETWEEN_EQUAL_RUNS = frozenset({"machine", "time", "training"})
"""Shown on the page of costs alone, so that equal runs give equal pages."""


@dataclass(frozen=True)
class SourceView:
    """A file that numbers come from: `facts` of its run, its `lines` below a head, parted by tabs.

    `common` is what all of these lines say; they show the columns that differ.
    """

    anchor: str
    file: str
    digest: str
    state: str
    origin: str
    facts: Sequence[tuple[str, str]]
    inputs: Sequence[Mapping[str, str]]
    common: str
    lines: str
    left_out: int

    @property
    def is_sound(self) -> bool:
        """Whether the file still is what it was when its numbers were taken."""
        return self.state in (OK, GONE)


@dataclass(frozen=True)
class TraceView:
    """One number, or a series: place, value, and its source lines as (anchor, file, lines)."""

    anchor: str
    title: str
    evidence: str
    cited: Sequence[tuple[str, str, str]]
    value: str = ""
    formula: str = ""
    command: str = ""
    badge: Badge | None = None


Cited = tuple[Sequence[Source], Mapping[str, str]]
"""Sources of all numbers of a product, and the digests of their files when it was made."""
Sources = Mapping[tuple[str, str], SourceView]
"""Files that the numbers of a page come from, by file and recorded digest."""


def sources(root: Path, products: Iterable[Cited], prefix: str) -> Sources:
    """Every file that products of a page cite, once in each state, with all cited lines.

    `prefix` begins the anchors.
    """
    lines: dict[tuple[str, str], set[int]] = {}
    shown: dict[tuple[str, str], set[int]] = {}
    for cited_sources, digests in products:
        for file, members in _cited_lines(cited_sources).items():
            key = file, digests.get(file, "")
            lines.setdefault(key, set()).update(members)
            shown.setdefault(key, set()).update(_shown(members))
    views = {}
    for index, key in enumerate(sorted(lines), 1):
        left_out = len(lines[key]) - len(shown[key])
        views[key] = _source(root, *key, sorted(shown[key]), left_out, f"{prefix}-source-{index}")
    return views


def of_product(views: Sources, cited_sources: Iterable[Source],
               digests: Mapping[str, str]) -> dict[str, SourceView]:
    """The views of the files that one product cites, by file."""
    files = sorted({source.file for source in cited_sources})
    return {file: views[file, digests.get(file, "")] for file in files}


def cited(sources: Iterable[Source], views: Mapping[str, SourceView]) -> list[tuple[str, str, str]]:
    """Sources of one number as (anchor, file, lines in words)."""
    return [(views[source.file].anchor, source.file, ranges(source.lines)) for source in sources]


def _cited_lines(cited_sources: Iterable[Source]) -> dict[str, set[int]]:
    """Lines of each file; none where the whole file is cited."""
    lines: dict[str, set[int]] = {}
    for source in cited_sources:
        lines.setdefault(source.file, set()).update(source.lines)
    return lines


def _shown(lines: Iterable[int]) -> list[int]:
    members = sorted(lines)
    return members if len(members) <= MOST_LINES else members[:LINES_OF_MANY]


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


def _source(root: Path, file: str, digest: str, lines: list[int], left_out: int,
            anchor: str) -> SourceView:
    try:
        source = source_of(root, {"file": file, "lines": lines}, {file: digest} if digest else {})
    except LcpcError as error:
        source = {"state": str(error), "digest": digest, "lines": []}
    shown = source["lines"] if lines else source["lines"][:LINES_OF_MANY]
    common, columns = _columns([line["row"] for line in shown])
    rows = [["line", *columns]]
    for line in shown:
        rows.append([str(line["line"]), *(line["row"].get(name, "") for name in columns)])
    inputs = [{**entry, "digest": entry["digest"][:DIGITS]} for entry in source.get("inputs", ())]
    return SourceView(
        anchor=anchor,
        file=file,
        digest=source["digest"][:DIGITS],
        state=source["state"],
        origin=source.get("from", ""),
        facts=_facts(source.get("run", {})),
        inputs=inputs,
        common=in_words(common),
        lines="\n".join(map(_tabbed, rows)) if shown else "",
        left_out=left_out + len(source["lines"]) - len(shown),
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
    return [(name.replace("_", " "), _short_digests(in_words(run[name]))) for name in shown]


def _short_digests(text: str) -> str:
    return SHA256.sub(lambda digest: digest.group()[:DIGITS], text)


def _tabbed(fields: Sequence[str]) -> str:
    """Fields of a line, without line breaks, separated by tabs."""
    return "\t".join(" ".join(field.split()) for field in fields)
