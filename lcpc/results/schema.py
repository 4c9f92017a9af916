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
    """One column: its pandas type (`string`, `float`, `integer`) and what it holds, with its unit."""

    kind: str
    meaning: str


BUILT = frozenset({"architecture"})
"""Kinds that are read off built networks and need neither data nor training: run `published` has them too."""
TIMED = frozenset({"latency"})
"""Kinds whose rows hold times: two equal runs differ in them, so nothing compares their bytes."""


def kinds() -> dict[str, Mapping[str, Column]]:
    """Columns of all kinds of rows; each experiment has its own."""
    experiments = [registry.load(EXPERIMENTS, name) for name in registry.names(EXPERIMENTS)]
    return {module.KIND: module.COLUMNS for module in experiments}


def columns(kind: str) -> Mapping[str, Column]:
    """Columns of a kind of rows. Raises ResultError for an unknown kind."""
    known = kinds()
    if kind not in known:
        raise ResultError(f"result kind {kind!r} is not known; known: {', '.join(sorted(known))}")
    return known[kind]
