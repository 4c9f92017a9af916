"""Parsers of rows, samples, provenance, tables, figures, claims and manifests."""

import gzip
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lcpc import experiments
from lcpc.audit import manifest
from lcpc.audit.claims import read_claims, read_known
from lcpc.audit.evidence import _row_flaws, table_flaws
from lcpc.audit.files import TableCache, read_table
from lcpc.audit.trace import trace
from lcpc.data.store import npz_bytes
from lcpc.figures._rows import arrays
from lcpc.report import costs, products
from lcpc.results.samples import cloud_results
from lcpc.results.store import Results
from tests.fuzz._data import ROOT
from tests.fuzz.harness import beside, parser, written
from tests.fuzz.mutate import GZIPPED, JSON, TEXT, ZIPPED, changed_bytes

ROWS = "results/workstation/rate_accuracy/proposed_micro_P32"
TABLE = "tables/published/rate_at_80"
FIGURE = "figures/published/rate_accuracy_micro"
MINE = "results/mine/rate_accuracy/a"
FEW = 2
"""Rows of a table, all of which are rendered for each input."""


@cache
def committed(file: str) -> list[bytes]:
    return [(ROOT / file).read_bytes()]


@cache
def other_rows() -> bytes:
    """Rows of another data set than the documents'."""
    return committed(f"{ROWS}.csv")[0].replace(b"modelnet40", b"other")


@cache
def some_lines(file: str, count: int) -> list[bytes]:
    """The first lines of a committed file: a parser then meets more inputs a second."""
    return [b"".join(committed(file)[0].splitlines(keepends=True)[:count])]


@cache
def short_json(file: str, field: str, count: int) -> list[bytes]:
    """A committed json with the first entries of its longest field, for the same reason."""
    content = json.loads(committed(file)[0])
    whole = content[field]
    content[field] = dict(list(whole.items())[:count]) if isinstance(whole, dict) else whole[:count]
    return [json.dumps(content, indent=1).encode()]


@cache
def few_samples() -> list[bytes]:
    """The samples of a curve, those of three clouds."""
    header, *lines = gzip.decompress((ROOT / f"{ROWS}.samples.csv.gz").read_bytes()).decode().splitlines()
    named = [line.split(",") for line in lines]
    place = header.split(",").index("sample")
    names = sorted({fields[place] for fields in named})[:3]
    kept = [line for line, fields in zip(lines, named, strict=True) if fields[place] in names]
    return [gzip.compress("\n".join([header, *kept, ""]).encode(), 1, mtime=0)]


@parser(lambda: some_lines(f"{ROWS}.csv", 4), TEXT)
def rows(content: bytes, folder: Path) -> object:
    written(folder, f"{MINE}.csv", content)
    return Results(folder, "mine").measured("rate_accuracy")


@cache
def fixed_rows(folder: Path) -> Any:
    """Rows that samples are held against, read once."""
    written(folder, f"{MINE}.csv", committed(f"{ROWS}.csv")[0])
    return Results(folder, "mine").measured("rate_accuracy")


@parser(few_samples, GZIPPED)
def samples(content: bytes, folder: Path) -> object:
    rows = fixed_rows(folder)
    written(folder, f"{MINE}.samples.csv.gz", content)
    return cloud_results(Results(folder, "mine"), rows)


@parser(few_samples, GZIPPED)
def labels(content: bytes, folder: Path) -> object:
    written(folder, f"{MINE}.samples.csv.gz", content)
    return Results(folder, "mine")._counts_of_labels(f"{MINE}.csv")


@parser(lambda: short_json(f"{ROWS}.json", "config", 3), JSON)
def provenance(content: bytes, folder: Path) -> object:
    beside(folder, f"{MINE}.csv", other_rows())
    written(folder, f"{MINE}.json", content)
    beside(folder, f"{MINE}.samples.csv.gz", few_samples()[0])
    costs.costs(folder, "mine")
    list(_row_flaws(TableCache(folder), f"{MINE}.csv", "x"))
    return Results(folder, "mine")._counts_in_provenance(f"{MINE}.csv")


@parser(lambda: [b'{"weights": "x", "seconds": 1.5, "threads": 2, "device": "", "machine": {"cores": 2}}'], JSON)
def training_stats(content: bytes, folder: Path) -> object:
    written(folder, "w.json", content)
    return experiments.training_stats((written(folder, "w.pt", b"weights"),))


@parser(lambda: some_lines(f"{TABLE}.csv", 1 + FEW), TEXT)
def table_csv(content: bytes, folder: Path) -> object:
    return of_table(folder, content, short_json(f"{TABLE}.json", "rows", FEW)[0])


@parser(lambda: short_json(f"{TABLE}.json", "rows", FEW), JSON)
def table_json(content: bytes, folder: Path) -> object:
    return of_table(folder, some_lines(f"{TABLE}.csv", 1 + FEW)[0], content)


def of_table(folder: Path, content: bytes, provenance: bytes) -> object:
    path = written(folder, f"{TABLE}.csv", content)
    written(folder, f"{TABLE}.json", provenance)
    for ending in ("md", "tex", "html"):
        beside(folder, f"{TABLE}.{ending}", committed(f"{TABLE}.{ending}")[0])
    flaws = list(table_flaws(TableCache(folder), "published"))
    table = read_table(path, folder)
    row = ",".join(f"{name}={value}" for name, value in list(table.rows[0].items())[:3]) if table.rows else ""
    column = table.columns[-1]
    product = products.Product("table", "published", "rate_at_80")
    try:
        products.read_back(folder, product)
    finally:
        trace(folder, path, row, column)
    return flaws


@parser(lambda: committed(f"{FIGURE}.json"), JSON)
def figure_json(content: bytes, folder: Path) -> object:
    path = folder / f"{FIGURE}.csv"
    beside(folder, f"{FIGURE}.csv", some_lines(f"{FIGURE}.csv", 12)[0])
    written(folder, f"{FIGURE}.json", content)
    beside(folder, f"{FIGURE}.png", small_png())
    list(table_flaws(TableCache(folder), "published"))
    first = read_table(path, folder).rows[0]
    try:
        products.drawing(folder, products.Product("figure", "published", "rate_accuracy_micro"))
    finally:
        trace(folder, path, ",".join(f"{name}={value}" for name, value in first.items()), list(first)[-1])
    return None


@parser(lambda: [small_png()], (changed_bytes,))
def figure_png(content: bytes, folder: Path) -> object:
    return products.picture(written(folder, f"{FIGURE}.png", content))


@cache
def small_png() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (24, 16), "white").save(content, "PNG")
    return content.getvalue()


@parser(lambda: some_lines("results/published/claims.csv", 12), TEXT)
def claims(content: bytes, folder: Path) -> object:
    written(folder, "results/published/claims.csv", content)
    return read_claims(folder)


@parser(lambda: some_lines("results/published/known_differences.csv", 6), TEXT)
def known_differences(content: bytes, folder: Path) -> object:
    written(folder, "results/published/known_differences.csv", content)
    return read_known(folder)


@parser(lambda: [b"a" * 64 + b"  config/published.yaml\n" + b"0" * 64 + b"  results/published/claims.csv\n"], TEXT)
def manifest_sha256(content: bytes, folder: Path) -> object:
    written(folder, "results/published/manifest.sha256", content)
    return list(manifest.differences(folder, "published"))


@parser(lambda: [npz_bytes({"p": np.eye(3), "names": np.array(["a", "b"]), "count": np.array(3)})], ZIPPED)
def picture_npz(content: bytes, folder: Path) -> object:
    return arrays(written(folder, "q1.npz", content), "evaluate again")


@parser(lambda: [b"s\th:m:s\tmax_rss\tcpu_time\n3.5\t0:00:03\t210.5\t3.1\n"], TEXT)
def benchmark_tsv(content: bytes, folder: Path) -> object:
    written(folder, "benchmarks/mine/table/a.tsv", content)
    return costs.costs(folder, "mine")
