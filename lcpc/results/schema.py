"""Columns of the result files: name, type and meaning. Stations share this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from lcpc import registry
from lcpc.errors import ResultError

EXPERIMENTS = "lcpc.experiments"
EVIDENCE = ("measured", "recorded", "published")
STATUS = ("done", "skipped", "failed")


@dataclass(frozen=True)
class Column:
    """One column: its type (`string`, `float`, `integer`) and what it holds, with its unit."""

    kind: str
    meaning: str
    optional: bool = False
    """Whether a file leaves it out where it is empty in all rows (`string` only)."""


def columns(kind: str) -> Mapping[str, Column]:
    """Columns of a kind of rows, as its experiment says. Raises ResultError for an unknown kind."""
    experiments = [registry.load(EXPERIMENTS, name) for name in registry.names(EXPERIMENTS)]
    kinds: dict[str, Mapping[str, Column]] = {module.KIND: module.COLUMNS for module in experiments}
    if kind not in kinds:
        raise ResultError(f"result kind {kind!r} is not known; known: {', '.join(sorted(kinds))}")
    return kinds[kind]
