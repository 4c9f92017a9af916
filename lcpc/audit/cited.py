"""Whether the cells of a table and the series of a figure cite rows that are there."""

from collections.abc import Iterator, Mapping
from typing import Any

from lcpc.audit.files import TableCache, inside
from lcpc.errors import ResultError, refusing

FIRST_ROW = 2
"""Line of the first row of a csv; the header is line 1."""


def defect(tables: TableCache, content: Mapping[str, Any], where: str) -> str:
    """Why the json of a product cites what is not there; "" if all is.

    Each file must be among those whose digests the json holds, each line one of its rows. Raises
    ResultError, naming `where`, for a json that is not that of a product.
    """
    with refusing(ResultError, where, "is not that of a product", "make it again"):
        sources = set(content["sources"])
        for source in _cited(content):
            file, lines = source["file"], source["lines"]
            if file not in sources:
                return f"it cites {file!r:.80}, whose digest it does not hold"
            is_there = file.endswith(".csv") and inside(tables.root, file).is_file()
            last = len(tables.table(file).rows) + FIRST_ROW - 1 if is_there and lines else 0
            if last and not FIRST_ROW <= min(lines) <= max(lines) <= last:
                return f"it cites line {max(lines)} of {file}, whose rows are {FIRST_ROW} to {last}"
    return ""


def _cited(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for row in content.get("rows", ()):
        for cell in row["cells"].values():
            yield from cell["sources"]
    for sources in content.get("series", {}).values():
        yield from sources
