"""A trace in words: what a person reads after asking where a number is from."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

SHORT = 16


def story(found: Mapping[str, Any]) -> str:
    """Text of a trace, one fact a line, the rows of each source below it."""
    return "\n".join([*_head(found), *(line for source in found["sources"] for line in _source(source))])


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['file']}:{found['line']}  {found['row']}"
    yield f"{found['column']} = {found['value'] or '(missing)'}" + (f"  ({found['evidence']})" if found["evidence"] else "")
    if found["missing"]:
        yield f"missing: {found['missing']}"
    if found["formula"]:
        yield f"formula: {found['formula']}"
    if not found["sources"] and not found["missing"]:
        yield "sources: none; " + ("it follows from the code alone" if found["formula"] else "it is a label of the row")
    yield f"caption: {found['caption']}"
    yield f"code:    {found['code']} (fingerprint of what built it)"


def _source(source: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"source:  {source['file']}  sha256 {source['digest'][:SHORT]}  {source['state']}"
    if "from" in source:
        yield f"  from:  {source['from']}"
    yield from _run(source.get("run", {}))
    for one in source.get("inputs", ()):
        yield f"  input: {one['file']}  sha256 {one['digest'][:SHORT]}  {one['state']}"
    for one in source["lines"]:
        yield f"  line {one['line']}: " + ", ".join(f"{name}={value}" for name, value in one["row"].items())


def _run(run: Mapping[str, Any]) -> Iterator[str]:
    for name, value in run.items():
        yield f"  {name.replace('_', ' ')}: {_plain(value)}"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    return value if isinstance(value, str) else json.dumps(value)
