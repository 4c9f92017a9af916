"""Rows of single test clouds, as matrices of clouds by settings: what intervals are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import MissingData, ResultError, refusing
from lcpc.results.cells import Source
from lcpc.results.csv_file import read_csv
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas

ENDING = ".samples.csv.gz"
SETTINGS = ("lambda", "scale", "setting")
"""The column that says at which setting a cloud was coded; each file has one of them."""


@dataclass(frozen=True)
class CloudResults:
    """Results of n clouds, by name, at the k settings of a curve.

    rate_bits: [n, k]; is_right: [n, k], 1 where the top-1 class is right, else 0.
    """

    names: Sequence[str]
    rate_bits: NDArray[np.float64]
    is_right: NDArray[np.float64]


def files_of(rows: "pandas.DataFrame") -> list[str]:
    """Files of single clouds beside the files that a curve's rows were read from."""
    files = rows["_file"].unique()
    return [str(file).removesuffix(".csv") + ENDING for file in files]


def sources_of(rows: "pandas.DataFrame") -> tuple[Source, ...]:
    """These files as sources of a cell, as a whole."""
    return tuple(Source(file, ()) for file in files_of(rows))


def cloud_results(results: Results, rows: "pandas.DataFrame") -> CloudResults:
    """Results of every test cloud, by name, at every setting of a curve.

    Raises MissingData where a file of single clouds is absent or has other clouds than the curve's
    first, ResultError where it has other settings than the curve's rows.
    """
    files = files_of(rows)
    tables = [_by_cloud(results, file, rows["seed"]) for file in files]
    names = tables[0].index.to_numpy().tolist()
    expected = rows.groupby("_file", sort=False).size()
    for file, table, settings in zip(files, tables, expected, strict=True):
        if not table.index.equals(tables[0].index):
            raise MissingData(f"{file} has other clouds than {files[0]}; evaluate both on the same")
        if table["rate_bits"].shape[1] != settings or table.isna().any(axis=None):
            raise ResultError(f"{file} does not have every cloud at the {settings} settings of the "
                              "rows beside it; evaluate again")
    rates = np.hstack([table["rate_bits"] for table in tables])
    is_right = np.hstack([table["is_right"] for table in tables])
    return CloudResults(names, rates.astype(float), is_right.astype(float))


def _by_cloud(results: Results, file: str, seeds: "pandas.Series[int]") -> "pandas.DataFrame":
    """A file with a row for each cloud and, below rate_bits and is_right, a column a setting.

    Of a file of several seeds, the rows of these alone.
    """
    path = results.root / file
    if not path.is_file():
        raise MissingData(f"{file} is not there, so that nothing can be resampled; evaluate again")
    frame = read_csv(path, results.root)
    if "seed" in frame.columns:
        frame = frame[frame["seed"].isin(seeds)]
    with refusing(ResultError, file, "holds no rows of single clouds", "Evaluate again"):
        (setting,) = set(SETTINGS) & set(frame.columns)
        is_right = (frame["predicted"] == frame["label"]).astype(float)
        by_cloud = frame.assign(is_right=is_right).fillna({setting: ""})
        rates = by_cloud.astype({"rate_bits": float})
        return rates.pivot(index="sample", columns=setting, values=["rate_bits", "is_right"])
