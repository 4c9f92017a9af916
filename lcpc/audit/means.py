"""Rows compared with the means over the samples beside them, for `lcpc audit` and `lcpc verify`."""

import gzip
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lcpc import experiments
from lcpc.audit.files import Row, TableCache, number_of, relative
from lcpc.audit.kept_means import KeptMeans, Means, means_of
from lcpc.errors import LcpcError, MissingData, ResultError, refusing
from lcpc.jobs import Job
from lcpc.results.csv_file import LIMIT_BYTES
from lcpc.results.frames import DataFrame

TOLERANCES: Mapping[str, float] = {"stream_bits": 1e-8, "top1_percent": 1e-8}
"""Shares by which means of whole numbers may differ: rows have 9 digits."""
TOLERANCE = 1e-5
"""The share for other means: samples have 6 digits."""
NAMED = 5
"""Differences that are listed; the others are counted."""
AGAIN = "evaluate again"


def differences(tables: TableCache, job: Job, kept: KeptMeans | None = None) -> list[str] | None:
    """How rows differ from the means over the samples beside them, in words; empty if they do not.

    None where there are no samples: the rows were skipped, or their experiment keeps none.
    kept: means that need not be computed again.
    """
    file, experiment = experiments.samples(job), experiments.experiment_of(job)
    try:
        table = tables.table(job.output)
        if not file or all(row.get("status") != "done" for row in table.rows):
            return None
        with refusing(ResultError, file, f"does not fit the rows of {job.output}", AGAIN):
            means = _means(tables, job, kept)
            chosen = getattr(experiment, "OF_SAMPLES", {}).items()
            rows = {table.line(index): row for index, row in enumerate(table.rows)
                    if all(row[column] == value for column, value in chosen)}
            texts = _differences(rows, means, experiment.SAMPLES)
    except LcpcError as error:
        return [" ".join(str(error).split())]
    others = [f"and {len(texts) - NAMED} others"] if len(texts) > NAMED else []
    return texts[:NAMED] + others


def _means(tables: TableCache, job: Job, kept: KeptMeans | None) -> Means:
    """Means over the samples of a file, kept ones if there are."""
    file = experiments.samples(job)
    path = tables.root / file
    if kept and path.is_file() and (known := kept.get(tables.digest(path), job.plugin)):
        return known
    means = means_of(experiments.experiment_of(job).summarise(_samples(tables.root, file)))
    if kept:
        kept.put(tables.digest(path), job.plugin, means)
    return means


def _samples(root: Path, file: str) -> DataFrame:
    """Rows of samples, without the checks of `read_csv`, which take longer than all else: a value
    that is impossible gives another mean than the row has."""
    import pandas

    path = root / file
    if not path.is_file():
        raise MissingData(f"{relative(path, root)} is not there; restore it or {AGAIN}")
    with gzip.open(path) as content:
        text = content.read(LIMIT_BYTES + 1)
    if len(text) > LIMIT_BYTES:
        raise ResultError(f"{file} holds more than {LIMIT_BYTES} bytes; {AGAIN}")
    return pandas.read_csv(io.BytesIO(text), low_memory=False)


def _differences(rows: Mapping[int, Row], means: Means, of_row: Sequence[str]) -> list[str]:
    """Line, column and both values of each field that differs; rows by their lines."""
    keys = [column for column in of_row if column in means.columns]
    lines = {_key(row[column] for column in keys): line for line, row in rows.items()}
    by_key = {_key(mean[column] for column in keys): mean for mean in means.records}
    if len(lines) != len(rows) or lines.keys() != by_key.keys():
        return [f"its rows are not one for each {', '.join(keys) or 'file'} of its samples"]
    columns = [column for column in means.numbers if column not in keys]
    texts = []
    for key, line in lines.items():
        for column in columns:
            field, mean = rows[line][column], by_key[key][column]
            if not _is_same(field, mean, TOLERANCES.get(column, TOLERANCE)):
                texts.append(f"line {line}: {column} is {field or 'empty'}, but {mean:.9g} over "
                             "its samples")
    return texts


def _key(values: Iterable[object]) -> tuple[float | str, ...]:
    """What a row says of its samples, numbers as numbers."""
    texts = [str(value) for value in values]
    numbers = map(number_of, texts)
    return tuple(text if number is None else number
                 for text, number in zip(texts, numbers, strict=True))


def _is_same(field: str, mean: float, tolerance: float) -> bool:
    if not field or math.isnan(mean):
        return not field and math.isnan(mean)
    return math.isclose(float(field), mean, rel_tol=tolerance)
