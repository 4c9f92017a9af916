"""Whether all files that a run promises are there and still are what their provenance says."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from lcpc import experiments
from lcpc.audit import derived, means
from lcpc.audit.files import TableCache, TableFile, inside, relative
from lcpc.audit.kept_means import KeptMeans
from lcpc.audit.rendered import altered_formats
from lcpc.config import Config
from lcpc.errors import LcpcError, ResultError, refusing
from lcpc.jobs import Job
from lcpc.layout.numbers import plain
from lcpc.results.products import AUDIT, Product, products
from lcpc.results.provenance import value_digest
from lcpc.results.store import PUBLISHED

FOLDERS = ("results", "tables", "figures")
"""Each has a folder for each run."""
KEPT = "weights/*.pt"
"""Weights of trainings that the repository keeps, below a run's results."""
ALWAYS = (".csv", ".json")
"""Files of all rows; arrays and rows of samples are there only if some row is `done`."""
FIRST_ROW = 2
"""Line of the first row of a csv; the header is line 1."""


class Flaw(NamedTuple):
    """Something about a file that an audit must not pass over: `verdict` is drift or missing."""

    file: str
    verdict: str
    text: str


def run_flaws(tables: TableCache, config: Config) -> Iterator[Flaw]:
    """Promised files that are not there; rows that failed or whose inputs have changed."""
    yield from _missing_products(tables.root, config)
    jobs = {job.output: job for job in experiments.jobs(config, tables.root)}
    rows, data_digests, kept = set(jobs), derived.DataDigests(), KeptMeans()
    if config.run != PUBLISHED:
        on_disk = (tables.root / "results" / config.run).glob("*/*.csv")
        rows.update(path.relative_to(tables.root).as_posix() for path in on_disk)
    for file in sorted(rows):
        command = f"snakemake --cores 8 {file}"
        if not (tables.root / file).is_file():
            yield _promised(file, config.run, command)
            continue
        yield from _guarded(_row_flaws, tables, file, command)
        if file not in jobs:
            text = f"config/{config.run}.yaml asks for no such rows, but tables would read them"
            yield Flaw(file, "drift", f"{text}; remove {file} or ask for it")
            continue
        check = partial(_job_flaws, config=config, job=jobs[file], data_digests=data_digests)
        yield from _guarded(check, tables, file, command)
        if _has_done_rows(tables, file):
            name = file.split("/", 2)[2].removesuffix(".csv")
            restore = f"git checkout -- {file.removesuffix('.csv')}*"
            again = f"{restore}` or `lcpc evaluate {name} --run {config.run}"
            yield from _missing_companions(tables.root, jobs[file], again)
            yield from _mean_flaws(tables, jobs[file], kept, again)
    kept.save()


def table_flaws(tables: TableCache, run: str) -> Iterator[Flaw]:
    """Tables and figures on disk, of the run and of run published, whose sources have changed."""
    for name in dict.fromkeys((PUBLISHED, run)):
        for kind in ("table", "figure"):
            for path in sorted((tables.root / f"{kind}s" / name).glob("*.csv")):
                product = Product(kind, name, path.stem)
                if product.stem != AUDIT:
                    yield from _guarded(_product_flaws, tables, product.file, product.command)


def _promised(file: str, run: str, command: str) -> Flaw:
    return Flaw(file, "missing", f"run {run} promises it; run `{command}`")


def _missing_products(root: Path, config: Config) -> Iterator[Flaw]:
    """Missing files of tables and figures; `table_flaws` names a json that lacks beside a csv."""
    for product in products(config):
        missing = [file for file in product.files if not (root / file).is_file()]
        if product.file in missing:
            missing = [product.file]
        for file in missing:
            if not file.endswith(".json"):
                yield _promised(file, config.run, product.command)


def _has_done_rows(tables: TableCache, file: str) -> bool:
    with suppress(LcpcError):
        return any(row.get("status") == "done" for row in tables.table(file).rows)
    return False


def _missing_companions(root: Path, job: Job, command: str) -> Iterator[Flaw]:
    """Missing files beside rows: samples and arrays; `_row_flaws` names a missing json."""
    for file in (*experiments.files(job), experiments.samples(job)):
        if file and not file.endswith(ALWAYS) and not (root / file).is_file():
            yield _promised(file, job.run, command)


def _mean_flaws(tables: TableCache, job: Job, kept: KeptMeans, command: str) -> Iterator[Flaw]:
    """Rows that are not the means of the samples beside them, if these are there."""
    if (tables.root / experiments.samples(job)).is_file():
        texts = means.differences(tables, job, kept)
        if texts:
            yield Flaw(job.output, "drift", f"{'; '.join(texts)}; run `{command}`")


def changed_sources(content: Mapping[str, Any], tables: TableCache,
                    field: str = "sources") -> Iterator[tuple[str, str]]:
    """(file, "changed" or "gone") for each file of a provenance whose digest is another today."""
    recorded = content.get(field)
    for file, digest in recorded.items() if isinstance(recorded, Mapping) else ():
        path = inside(tables.root, str(file))
        if not path.is_file():
            yield str(file), "gone"
        elif tables.digest(path) != digest:
            yield str(file), "changed"


def _guarded(check: Callable[[TableCache, str, str], Iterator[Flaw]], tables: TableCache,
             file: str, command: str) -> Iterator[Flaw]:
    try:
        yield from check(tables, file, command)
    except LcpcError as error:
        yield Flaw(file, "drift", f"{error}; run `{command}`")


def _product_flaws(tables: TableCache, file: str, command: str) -> Iterator[Flaw]:
    beside = (tables.root / file).with_suffix(".json")
    if not beside.is_file():
        yield Flaw(file, "missing", f"its provenance {beside.name} is not there; run `{command}`")
        return
    content = tables.json(beside)
    for source, state in changed_sources(content, tables):
        text = f"its source {source} is {state} since it was made; run `{command}`"
        yield Flaw(file, "drift", text)
    if text := citation_defect(tables, content, f"{file}: its json"):
        yield Flaw(file, "drift", f"{text}; run `{command}`")
    table, product = tables.table(file), _product(file)
    with refusing(ResultError, f"{file}: its json", "is not that of a product", "make it again"):
        text = derived.product_defect(product, table, content)
    if text:
        yield Flaw(file, "drift", f"{text}; run `{command}`")
    if product.kind != "table":
        return
    place = first_difference(table, content["rows"])
    if place:
        text = (f"{place} differs from {beside.name}: it was edited or half restored; "
                f"run `{command}`")
        yield Flaw(file, "drift", text)
        return
    for name in altered_formats(table, content, beside, tables.root):
        text = f"it does not show what {table.file} holds; run `{command}`"
        yield Flaw(file.replace(Path(file).name, name), "drift", text)


def _product(file: str) -> Product:
    """The table or figure that has this csv."""
    kind, run, name = file.split("/")
    return Product(kind.removesuffix("s"), run, name.removesuffix(".csv"))


def citation_defect(tables: TableCache, content: Mapping[str, Any], where: str) -> str:
    """Why the json of a product cites what is not there; "" if all is.

    Each file must be among those whose digests the json holds, each line one of its rows. Raises
    ResultError, naming `where`, for a json that is not that of a product.
    """
    with refusing(ResultError, where, "is not that of a product", "make it again"):
        sources = set(content["sources"])
        for file, lines in _cited(content).items():
            if file not in sources:
                return f"it cites {file!r:.80}, whose digest it does not hold"
            is_there = file.endswith(".csv") and inside(tables.root, file).is_file()
            last = len(tables.table(file).rows) + FIRST_ROW - 1 if is_there and lines else 0
            if last and not FIRST_ROW <= min(lines) <= max(lines) <= last:
                line = max(lines) if max(lines) > last else min(lines)
                return f"it cites line {line} of {file}, whose rows are {FIRST_ROW} to {last}"
    return ""


def _cited(content: Mapping[str, Any]) -> dict[str, set[int]]:
    """All lines of each file that cells and series cite."""
    cells = (cell for row in content.get("rows", ()) for cell in row["cells"].values())
    cited: dict[str, set[int]] = {}
    for sources in [*(cell["sources"] for cell in cells), *content.get("series", {}).values()]:
        for source in sources:
            cited.setdefault(source["file"], set()).update(source["lines"])
    return cited


def kept_flaws(tables: TableCache, run: str) -> Iterator[Flaw]:
    """Kept weights that are not those of their json, or not those which rows were measured with."""
    root = tables.root
    folder = root / "results" / run
    kept = {f"checkpoints/{run}/{path.name}": path for path in sorted(folder.glob(KEPT))}
    digests = {file: tables.digest(path) for file, path in kept.items()}
    others = {file: "its json" for file, path in kept.items()
              if _facts(path.with_suffix(".json"), tables).get("weights") != digests[file]}
    for beside in sorted(folder.glob("*/*.json")) if kept else ():
        inputs = _facts(beside, tables).get("inputs")
        for file, digest in inputs.items() if isinstance(inputs, Mapping) else ():
            if digests.get(file, digest) != digest:
                others.setdefault(file, relative(beside.with_suffix(".csv"), root))
    for file, source in others.items():
        path = relative(kept[file], root)
        restore = f"`git checkout -- {path.removesuffix('.pt')}*`"
        text = f"{source} has the digest of other weights; {restore} or train and keep them again"
        yield Flaw(path, "drift", text)


def _facts(path: Path, tables: TableCache) -> Mapping[str, Any]:
    """Content of a json; {} where it can't be read."""
    with suppress(LcpcError):
        return tables.json(path)
    return {}


def first_difference(table: TableFile, rows: Any) -> str:
    """The first cell that differs from the json's, as `line 3, gap_percent`; empty if none."""
    if not isinstance(rows, list) or len(rows) != len(table.rows):
        return "the number of rows"
    for index, row in enumerate(rows):
        try:
            cells = {column: cell["value"] for column, cell in row["cells"].items()}
            values = {**row["key"], **cells}
        except (TypeError, KeyError, AttributeError):
            return f"line {table.line(index)}"
        for column, value in values.items():
            if table.rows[index].get(column) != plain(value):
                return f"line {table.line(index)}, {column},"
    return ""


def contradiction(content: Mapping[str, Any]) -> str:
    """Where a provenance of rows contradicts itself; empty if it does not."""
    settings = content.get("config")
    if not isinstance(settings, Mapping):
        return ""
    if value_digest(settings) != content.get("config_digest"):
        return "its config is not that of its config_digest"
    for key in ("seed", "run"):
        if key in settings and settings[key] != content.get(key):
            return f"its {key} is {content.get(key)!r}, that of its config {settings[key]!r}"
    return ""


def _job_flaws(tables: TableCache, file: str, command: str, config: Config, job: Job,
               data_digests: derived.DataDigests) -> Iterator[Flaw]:
    """Rows and provenance that are not those of their job in the run's config."""
    beside = (tables.root / file).with_suffix(".json")
    content, table = tables.json(beside) if beside.is_file() else {}, tables.table(file)
    with refusing(ResultError, file, "or its json is not that of rows", "evaluate again"):
        of_json = [*derived.provenance_defects(config, job, content),
                   *derived.data_defects(data_digests, content),
                   *derived.image_defects(job, content)]
        of_rows = list(derived.row_defects(config, job, table))
    for text in of_json:
        yield Flaw(file.replace(".csv", ".json"), "drift", f"{text}; run `{command}`")
    for text in of_rows:
        yield Flaw(file, "drift", f"{text}; run `{command}`")


def _row_flaws(tables: TableCache, file: str, command: str) -> Iterator[Flaw]:
    table = tables.table(file)
    for index, row in enumerate(table.rows):
        if row.get("status") == "failed":
            reason = row.get("note") or "no reason given"
            text = f"line {table.line(index)} failed: {reason}; run `{command}`"
            yield Flaw(file, "missing", text)
    beside = (tables.root / file).with_suffix(".json")
    if not beside.is_file():
        yield Flaw(file, "missing", f"its provenance {beside.name} is not there; run `{command}`")
        return
    content = tables.json(beside)
    text = contradiction(content)
    if text:
        yield Flaw(file.replace(".csv", ".json"), "drift", f"{text}; run `{command}`")
    for text in derived.contradictions_of_rows(table, content):
        yield Flaw(file, "drift", f"{text}; run `{command}`")
    samples = (tables.root / file).with_suffix(".samples.csv.gz")
    if samples.is_file() and not _has_done_rows(tables, file):
        yield Flaw(file, "drift", f"none of its rows is done, but {samples.name} is there; "
                                  f"run `{command}`")
    # The repository keeps no weights and clouds: rows stay good without them, not with others.
    for field in ("inputs", "recorded"):
        for source, state in changed_sources(content, tables, field):
            if state == "changed":
                text = f"{source} is changed since these rows were measured; run `{command}`"
                yield Flaw(file, "drift", text)
    for source, state in changed_sources(content, tables, "shipped"):
        text = f"{source}, which these rows were measured with, is {state}; " \
               f"`git checkout -- {source}` or run `{command}`"
        yield Flaw(file, "drift", text)
