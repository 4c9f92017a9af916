"""What the json beside rows, a table or a figure must say, derived again from code and config.

The digest of its code follows from the code that is here; run, seed, data set and settings of rows
follow from the run's config. Formulas and captions follow from the rows: `lcpc.audit.rebuild`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lcpc import experiments, registry
from lcpc.audit.files import TableFile, same
from lcpc.config import Config
from lcpc.jobs import Job
from lcpc.results.fingerprint import code_digest
from lcpc.results.products import Product
from lcpc.results.provenance import value_digest
from lcpc.results.schema import STATUS

IMAGE_SETS = "lcpc.data.images"
ALL_IMAGES = "rate_distortion"
"""Kind of rows that are means over a whole image set."""
MEASURED = ("_bits", "bpp", "_db", "top1_percent")
"""Ends of the names of columns that only rows which are `done` fill."""
EVALUATE = "lcpc evaluate "
"""Begins the command of rows that no program of a user measured."""
FACTS = frozenset({"run", "dataset"})
"""What rows and their provenance both say."""

Content = Mapping[str, Any]
"""Of a json."""
DataDigests = dict[tuple[str, str], str]
"""Digests of the splits of data sets, by data set and split."""


def code_of(product: Product) -> str:
    """Digest of the code that makes a product; empty where lcpc has no such table or figure."""
    try:
        return code_digest(*product.modules)
    except ModuleNotFoundError:
        return ""


def product_defect(product: Product, table: TableFile, content: Content) -> str:
    """Where the json of a table or figure differs from its name, its csv and its code; "" if not.

    table: the product's csv.
    """
    code = code_of(product)
    if not code:
        return f"lcpc has no {product.kind} {product.stem!r}, so that nothing here can have made it"
    if content.get("stem") != product.stem:
        return f"its json is that of {content.get('stem')!r:.40}"
    if content.get("code") != code:
        return (f"its json has the digest {content.get('code')!r:.40} of other code; that of the "
                f"code here is {code!r}")
    if product.kind == "table" and content.get("columns") != list(table.columns):
        return "its json has other columns"
    if product.kind == "figure" and _series(table) != set(content["series"]):
        return "its json has other series"
    return ""


def _series(table: TableFile) -> set[str]:
    return {row.get("series", "") for row in table.rows}


def provenance_defects(config: Config, job: Job, content: Content) -> Iterator[str]:
    """Where a provenance of rows differs from what the run's config says of their job.

    Rows that were measured before lcpc kept their settings (`values`) have none to compare.
    """
    dataset = config.dataset.name if config.dataset else None
    expected = {"run": config.run, "seed": config.seed, "dataset": dataset}
    for name, value in expected.items():
        if name in content and content[name] != value:
            yield f"its {name} is {content[name]!r:.40}, that of the run's config {value!r:.40}"
    if "values" not in content:
        return
    if value_digest(content["values"]) != value_digest(job.values):
        yield "its values are not those that the run's config gives"
    command = str(content.get("command"))
    name = job.output.split("/", 2)[2].removesuffix(".csv")
    if command.startswith(EVALUATE) and not {name, job.run} <= set(command.split()):
        yield f"its command is {command!r:.80}, which does not make {name} of run {job.run}"


def contradictions_of_rows(table: TableFile, content: Content) -> Iterator[str]:
    """Where rows contradict themselves or their provenance."""
    measured = [column for column in table.columns if column.endswith(MEASURED)]
    facts = FACTS & set(table.columns) & content.keys()
    for index, row in enumerate(table.rows):
        line, status = f"line {table.line(index)}", row.get("status", "done")
        if status not in STATUS:
            yield f"{line}: status is {status!r:.40}, none of {', '.join(STATUS)}"
        values = list(filter(row.get, measured)) if status != "done" else []
        if values:
            yield f"{line} is {status}, but has {values[0]}"
        for name in facts:
            if row[name] != content[name]:
                yield f"{line}: {name} is {row[name]!r:.40}, in its json {content[name]!r:.40}"


def row_defects(config: Config, job: Job, table: TableFile) -> Iterator[str]:
    """Where rows that are done are not those of their job: codec, size, P, seed, lambdas."""
    values = {**job.values, "seed": None, **job.options}
    identity = {name: str(value) for name, value in values.items()
                if name in table.columns and isinstance(value, str | int | float)}
    done = {index: row for index, row in enumerate(table.rows) if row.get("status") == "done"}
    for index, row in done.items():
        for name, value in identity.items():
            if not same(row[name], value):
                yield (f"line {table.line(index)}: {name} is {row[name]!r:.40}, that of its job "
                       f"{value!r:.40}")
    lambdas = [f"{value:g}" for value in experiments.lambdas(job, config)]
    if done and lambdas and sorted(row["lambda"] for row in done.values()) != sorted(lambdas):
        yield f"its lambdas are not those of the run's config, {', '.join(lambdas)}"


def image_defects(job: Job, content: Content) -> Iterator[str]:
    """Where rows are of other images than the image set of their job has, by their digests.

    Rates and distortions are of all of them, other rows may be of some.
    """
    name, images = job.values.get("test"), content.get("images")
    files = registry.attribute(IMAGE_SETS, str(name), "FILES") if name else None
    if not isinstance(files, Mapping) or not isinstance(images, Mapping):
        return
    known = {file.rpartition(".")[0]: digest for file, digest in files.items()}
    if not images.items() <= known.items() or (job.kind == ALL_IMAGES and len(images) < len(known)):
        yield f"its images are not those of {name}, by their digests"


def data_defects(known: DataDigests, content: Content) -> Iterator[str]:
    """Where rows are of other data than those before, whose digests are `known`; it adds theirs."""
    digests = content.get("dataset_digests")
    for split, digest in digests.items() if isinstance(digests, Mapping) else ():
        key = str(content.get("dataset")), str(split)
        if known.setdefault(key, digest) != digest:
            yield (f"its {split} clouds of {key[0]} have the digest {digest!r:.20}, those of other "
                   f"rows of the run {known[key]!r:.20}")
