"""Whether all files that a run promises are there and still are what their provenance says."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from lcpc import experiments
from lcpc.audit import means
from lcpc.audit.files import TableCache, TableFile, inside, read_json, relative
from lcpc.audit.rendered import altered_formats
from lcpc.config import Config
from lcpc.errors import LcpcError, ResultError, refusing
from lcpc.jobs import Job
from lcpc.layout.numbers import plain
from lcpc.results.products import AUDIT, Product, products
from lcpc.results.provenance import file_digest, value_digest
from lcpc.results.schema import STATUS
from lcpc.results.store import PUBLISHED

FOLDERS = ("results", "tables", "figures")
"""Each has a folder for each run."""
KEPT = "weights/*.pt"
"""Weights of trainings that the repository keeps, below a run's results."""
MEASURED = ("_bits", "bpp", "_db", "top1_percent")
"""Ends of the names of columns that only rows which are `done` fill."""
FACTS = frozenset({"run", "dataset"})
"""What rows and their provenance both say."""
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
    rows = set(jobs)
    if config.run != PUBLISHED:
        on_disk = (tables.root / "results" / config.run).glob("*/*.csv")
        rows.update(path.relative_to(tables.root).as_posix() for path in on_disk)
    for file in sorted(rows):
        command = f"snakemake --cores 8 {file}"
        if not (tables.root / file).is_file():
            yield _promised(file, config.run, command)
            continue
        yield from _guarded(_row_flaws, tables, file, command)
        if file in jobs and _has_done_rows(tables, file):
            name = file.split("/", 2)[2].removesuffix(".csv")
            restore = f"git checkout -- {file.removesuffix('.csv')}*"
            again = f"{restore}` or `lcpc evaluate {name} --run {config.run}"
            yield from _missing_companions(tables.root, jobs[file], again)
            yield from _mean_flaws(tables, jobs[file], again)


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


def _mean_flaws(tables: TableCache, job: Job, command: str) -> Iterator[Flaw]:
    """Rows that are not the means of the samples beside them, if these are there."""
    if (tables.root / experiments.samples(job)).is_file():
        texts = means.differences(tables, job)
        if texts:
            yield Flaw(job.output, "drift", f"{'; '.join(texts)}; run `{command}`")


def changed_sources(content: Mapping[str, Any], root: Path,
                    field: str = "sources") -> Iterator[tuple[str, str]]:
    """(file, "changed" or "gone") for each file of a provenance whose digest is another today."""
    recorded = content.get(field)
    for file, digest in recorded.items() if isinstance(recorded, Mapping) else ():
        path = inside(root, str(file))
        if not path.is_file():
            yield str(file), "gone"
        elif file_digest(path) != digest:
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
    content = read_json(beside, tables.root)
    for source, state in changed_sources(content, tables.root):
        text = f"its source {source} is {state} since it was made; run `{command}`"
        yield Flaw(file, "drift", text)
    if text := citation_defect(tables, content, f"{file}: its json"):
        yield Flaw(file, "drift", f"{text}; run `{command}`")
    if "rows" not in content:
        return
    table = tables.table(file)
    place = first_difference(table, content["rows"])
    if place:
        text = (f"{place} differs from {beside.name}: it was edited or half restored; "
                f"run `{command}`")
        yield Flaw(file, "drift", text)
        return
    for name in altered_formats(table, content, beside, tables.root):
        text = f"it does not show what {table.file} holds; run `{command}`"
        yield Flaw(file.replace(Path(file).name, name), "drift", text)


def citation_defect(tables: TableCache, content: Mapping[str, Any], where: str) -> str:
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


def kept_flaws(tables: TableCache, run: str) -> Iterator[Flaw]:
    """Kept weights that are not those of their json, or not those which rows were measured with."""
    root = tables.root
    folder = root / "results" / run
    kept = {f"checkpoints/{run}/{path.name}": path for path in sorted(folder.glob(KEPT))}
    digests = {file: file_digest(path) for file, path in kept.items()}
    others = {file: "its json" for file, path in kept.items()
              if _facts(path.with_suffix(".json"), root).get("weights") != digests[file]}
    for beside in sorted(folder.glob("*/*.json")) if kept else ():
        inputs = _facts(beside, root).get("inputs")
        for file, digest in inputs.items() if isinstance(inputs, Mapping) else ():
            if digests.get(file, digest) != digest:
                others.setdefault(file, relative(beside.with_suffix(".csv"), root))
    for file, source in others.items():
        path = relative(kept[file], root)
        restore = f"`git checkout -- {path.removesuffix('.pt')}*`"
        text = f"{source} has the digest of other weights; {restore} or train and keep them again"
        yield Flaw(path, "drift", text)


def _facts(path: Path, root: Path) -> Mapping[str, Any]:
    """Content of a json; {} where it can't be read."""
    with suppress(LcpcError):
        return read_json(path, root)
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


def _contradictions_of_rows(table: TableFile, content: Mapping[str, Any]) -> Iterator[str]:
    """Where rows contradict themselves or their provenance."""
    for index, row in enumerate(table.rows):
        line, status = f"line {table.line(index)}", row.get("status", "done")
        if status not in STATUS:
            yield f"{line}: status is {status!r:.40}, none of {', '.join(STATUS)}"
        values = [column for column in row if row[column] and column.endswith(MEASURED)]
        if status != "done" and values:
            yield f"{line} is {status}, but has {values[0]}"
        for name in FACTS & row.keys() & content.keys():
            if row[name] != content[name]:
                yield f"{line}: {name} is {row[name]!r:.40}, in its json {content[name]!r:.40}"


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
    content = read_json(beside, tables.root)
    text = contradiction(content)
    if text:
        yield Flaw(file.replace(".csv", ".json"), "drift", f"{text}; run `{command}`")
    for text in _contradictions_of_rows(table, content):
        yield Flaw(file, "drift", f"{text}; run `{command}`")
    samples = (tables.root / file).with_suffix(".samples.csv.gz")
    if samples.is_file() and not _has_done_rows(tables, file):
        yield Flaw(file, "drift", f"none of its rows is done, but {samples.name} is there; "
                                  f"run `{command}`")
    # The repository keeps no weights and clouds: rows stay good without them, not with others.
    for field in ("inputs", "recorded"):
        for source, state in changed_sources(content, tables.root, field):
            if state == "changed":
                text = f"{source} is changed since these rows were measured; run `{command}`"
                yield Flaw(file, "drift", text)
    for source, state in changed_sources(content, tables.root, "shipped"):
        text = f"{source}, which these rows were measured with, is {state}; " \
               f"`git checkout -- {source}` or run `{command}`"
        yield Flaw(file, "drift", text)
