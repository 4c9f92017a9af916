"""Means over samples that audits on this machine have computed, by digests of samples and code.

To read the rows of single samples takes longer than all else of an audit. What was read is kept in
the user's cache folder, outside of any project, so that no clone can bring it along.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lcpc.results.fingerprint import code_digest
from lcpc.results.frames import DataFrame
from lcpc.results.provenance import value_digest, versions
from lcpc.results.store import write_whole

CODE = "lcpc.audit.kept_means"
MOST = 1000
"""Files of samples whose means are kept; those of all committed runs are a quarter of it."""


class Means(NamedTuple):
    """Means over samples: columns, those of them that are numbers, and a record for each row."""

    columns: Sequence[str]
    numbers: Sequence[str]
    records: Sequence[Mapping[str, Any]]


def means_of(frame: DataFrame) -> Means:
    """The means of an experiment's `summarise`."""
    numbers = frame.select_dtypes("number").columns
    return Means(list(frame.columns), list(numbers), frame.to_dict("records"))


class KeptMeans:
    """The means that are kept; each is asked for by the digest of its samples and its plug-in."""

    def __init__(self) -> None:
        self._texts = _read()
        self._is_new = False

    def get(self, digest: str, plugin: str) -> Means | None:
        """Means that were kept; None where there are none."""
        with suppress(KeyError, TypeError, ValueError):
            return Means(*json.loads(self._texts[_key(digest, plugin)]))
        return None

    def put(self, digest: str, plugin: str, means: Means) -> None:
        """Keep means, those that can't be written as JSON left out."""
        with suppress(TypeError, ValueError):
            self._texts[_key(digest, plugin)] = json.dumps(means)
            self._is_new = True

    def save(self) -> None:
        """Write what is new, where the folder can be written to."""
        if self._is_new:
            last = dict(list(self._texts.items())[-MOST:])
            with suppress(OSError, RuntimeError):
                write_whole(_path(), json.dumps(last))
            self._is_new = False


def _read() -> dict[str, str]:
    """Texts by keys; {} where there is no such file or a broken one."""
    with suppress(OSError, RuntimeError, ValueError, RecursionError):
        content = json.loads(_path().read_text())
        if isinstance(content, dict):
            return content
    return {}


def _path() -> Path:
    """The file, in the user's cache folder. Raises RuntimeError without a home."""
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "lcpc" / "means.json"


def _key(digest: str, plugin: str) -> str:
    return f"{digest} {_code(plugin)}"


@cache
def _code(plugin: str) -> str:
    """Digest of what computes the means: lcpc's code, and the versions of the libraries."""
    return value_digest([code_digest(plugin, CODE), _libraries()])


@cache
def _libraries() -> dict[str, str]:
    return versions(("numpy", "pandas"))
