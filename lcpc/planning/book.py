"""A book of what digests stood for: which modules a code fingerprint was made of, which settings a digest.

Snakemake keeps the digests that a file was made with. The book, in `.lcpc/`, says in words what is behind them. An entry is
named by its digest, so it is written once and never changes; without the folder nothing is lost but the words.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lcpc.results.fingerprint import definitions, fingerprint, reached
from lcpc.results.provenance import value_digest
from lcpc.results.store import write_json

FOLDER = Path(".lcpc")
DEFAULT = "default"
"""What stands in the place of a setting that is left out."""


class Change(NamedTuple):
    """One setting that is not what it was; `path` are the keys that lead to it."""

    path: tuple[str, ...]
    old: Any
    new: Any

    def words(self) -> str:
        """E.g. `proposed.training.epochs 20 -> 40`."""
        return f"{'.'.join(self.path)} {_short(self.old)} -> {_short(self.new)}"


def note_code(root: Path, *modules: str, alone: Collection[str] = ()) -> str:
    """The fingerprint of `modules`, and of those that count `alone`; what it was made of is written down."""
    digest = fingerprint(*modules, alone=alone)
    if not (entry := _entry(root, "code", digest)).is_file():
        _write(entry, {name: _note_module(root, name) for name in sorted(reached(*modules) | set(alone))})
    return digest


@cache
def _note_module(root: Path, name: str) -> str:
    parts = definitions(name)
    digest = value_digest(parts)
    if not (entry := _entry(root, "modules", digest)).is_file():
        _write(entry, parts)
    return digest


def note_settings(root: Path, digest: str, values: Mapping[str, Any]) -> str:
    """`digest`, after the `values` that it stands for are written down."""
    if not (entry := _entry(root, "settings", digest)).is_file():
        _write(entry, values)
    return digest


def changed_code(root: Path, old: str, new: str) -> dict[str, list[str]] | None:
    """Modules that differ between two fingerprints, each with its definitions that differ; None where one is not on record."""
    before, after = _read(root, "code", old), _read(root, "code", new)
    if before is None or after is None:
        return None
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return {name: _differing(root, before.get(name), after.get(name)) for name in names}


def _differing(root: Path, old: str | None, new: str | None) -> list[str]:
    before, after = (_read(root, "modules", digest) if digest else None for digest in (old, new))
    if before is None or after is None:
        return []
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name) and name)


def changed_settings(root: Path, old: str, new: str) -> list[Change] | None:
    """Settings that differ between two digests; None where one of them is not on record."""
    before, after = _read(root, "settings", old), _read(root, "settings", new)
    return None if before is None or after is None else list(_changes((), before, after))


def _changes(path: tuple[str, ...], old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _changes((*path, key), old.get(key, DEFAULT), new.get(key, DEFAULT))
    elif old != new:
        yield Change(path, old, new)


def _short(value: Any, most: int = 60) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value)
    return text if len(text) <= most else f"{text[:most - 3]}..."


def _entry(root: Path, kind: str, digest: str) -> Path:
    return root / FOLDER / kind / f"{digest}.json"


def _read(root: Path, kind: str, digest: str) -> dict[str, Any] | None:
    try:
        content = json.loads(_entry(root, kind, digest).read_text())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _write(entry: Path, content: Mapping[str, Any]) -> None:
    try:
        write_json(entry, content)
    except OSError:
        # A folder that can't be written to: the workflow is read all the same, and a plan says that nothing is on record.
        return
