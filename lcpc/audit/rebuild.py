"""Makes a run's tables and the points of its figures anew in memory, and compares them."""

import csv
import io
import math
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lcpc import config, registry
from lcpc.audit.evidence import Flaw
from lcpc.audit.files import TableFile, number_of, read_table
from lcpc.errors import LcpcError
from lcpc.figures.render import points_csv
from lcpc.results.products import Product, products
from lcpc.results.store import Results
from lcpc.tables.render import csv_text


def rebuild_flaws(root: Path, run: str) -> Iterator[Flaw]:
    """Tables and figures whose csv does not hold what the run's rows give now.

    What can't be made from the files that are here, such as a figure of raw data, is left out.
    """
    for product in products(config.load(root, run)):
        with suppress(LcpcError):
            there = read_table(root / product.file, root)
            place = _difference(there, _csv(product, Results(root, run)))
            if place:
                text = f"{place} is not what the rows give now; run `{product.command}`"
                yield Flaw(product.file, "drift", text)


def _csv(product: Product, results: Results) -> str:
    """The csv that the rows give now."""
    module = registry.load(f"lcpc.{product.kind}s", product.stem)
    if product.kind == "table":
        return csv_text(module.build(results))
    return points_csv(module.points(results)).decode()


def _difference(there: TableFile, again: str) -> str:
    """The first field that differs by more than rounding, such as `line 3, rate_bits,`."""
    header, *rows = csv.reader(io.StringIO(again, newline=""), strict=True)
    if header != list(there.columns) or len(rows) != len(there.rows):
        return "the number of rows or columns"
    for index, row in enumerate(rows):
        for column, field in zip(header, row, strict=True):
            if not _same(there.rows[index][column], field):
                return f"line {there.line(index)}, {column},"
    return ""


def _same(field: str, again: str) -> bool:
    """Whether two fields are equal; another machine's zero may be 1e-17."""
    values = number_of(field), number_of(again)
    if field == again or values[0] is None or values[1] is None:
        return field == again
    return math.isclose(values[0], values[1], rel_tol=1e-9, abs_tol=1e-12)
