"""Makes a run's tables and the points of its figures anew in memory, and compares csv and json."""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from lcpc import config, registry
from lcpc.audit.evidence import Flaw
from lcpc.audit.files import TableFile, number_of, read_json, read_table
from lcpc.errors import LcpcError
from lcpc.figures import render as figures
from lcpc.results.fingerprint import code_digest
from lcpc.results.products import Product, products
from lcpc.results.store import Results
from lcpc.tables import render as tables


class Rebuilt(NamedTuple):
    """What the rows give now: the csv of a product, and the content of its json."""

    csv: str
    json: Any


def rebuild_flaws(root: Path, run: str) -> Iterator[Flaw]:
    """Tables and figures whose csv or json does not hold what the run's rows give now.

    What can't be made from the files that are here, such as a figure of raw data, is left out.
    """
    for product in products(config.load(root, run)):
        with suppress(LcpcError):
            there = read_table(root / product.file, root)
            again = _rebuilt(product, Results(root, run))
            if place := _difference(there, again.csv):
                yield _flaw(product, product.file, place)
            content = read_json(root / product.path("json"), root)
            if place := json_difference(content, again.json):
                yield _flaw(product, product.path("json"), place)


def _flaw(product: Product, file: str, place: str) -> Flaw:
    text = f"{place} is not what the rows give now; run `{product.command}`"
    return Flaw(file, "drift", text)


def _rebuilt(product: Product, results: Results) -> Rebuilt:
    module = registry.load(f"lcpc.{product.kind}s", product.stem)
    if product.kind == "table":
        table = module.build(results)
        code = code_digest(*product.modules)
        origin = tables.provenance(table, results.root, code)
        return Rebuilt(tables.csv_text(table), _written(origin))
    points = module.points(results)
    origin = figures.provenance(product.stem, module, points, results.root)
    return Rebuilt(figures.points_csv(points).decode(), _written(origin))


def _written(content: Mapping[str, Any]) -> Any:
    """Content as it is read back from a json."""
    return json.loads(json.dumps(content))


def json_difference(there: Any, again: Any, place: str = "") -> str:
    """The first value of a json that differs by more than rounding, such as `rows 3 key size`;
    empty if none does."""
    if isinstance(there, float) and isinstance(again, float):
        return "" if _is_near(there, again) else place
    parts, others = _parts(there), _parts(again)
    if type(there) is not type(again) or parts.keys() != others.keys():
        return place or "its content"
    if not parts and there != again:
        return place
    for name, part in parts.items():
        if difference := json_difference(part, others[name], f"{place} {name}".strip()):
            return difference
    return ""


def _parts(value: Any) -> Mapping[Any, Any]:
    """Values of an object by their names, of a list by their places; {} of a plain value."""
    if isinstance(value, list):
        return dict(enumerate(value))
    return value if isinstance(value, dict) else {}


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
    value, value_again = number_of(field), number_of(again)
    if field == again or value is None or value_again is None:
        return field == again
    return _is_near(value, value_again)


def _is_near(value: float, again: float) -> bool:
    return math.isclose(value, again, rel_tol=1e-9, abs_tol=1e-12)
