"""Rows of single test clouds, as matrices of clouds by settings: what intervals are made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import MissingData, ResultError, refusing
from lcpc.results.cells import Source
from lcpc.results.csv_file import read_csv
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results

ReadSamples = Callable[[Results, str], DataFrame]
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


def files_of(rows: DataFrame) -> list[str]:
    """Files of single clouds beside the files that a curve's rows were read from."""
    files = rows["_file"].unique()
    return [str(file).removesuffix(".csv") + ENDING for file in files]


def sources_of(rows: DataFrame) -> tuple[Source, ...]:
    """These files as sources of a cell, as a whole."""
    return tuple(Source(file, ()) for file in files_of(rows))


def read_samples(results: Results, file: str) -> DataFrame:
    """A file of single clouds. Raises MissingData where it is absent."""
    path = results.root / file
    if not path.is_file():
        raise MissingData(f"{file} is not there, so that nothing can be resampled; evaluate again")
    return read_csv(path, results.root)


def cloud_results(results: Results, rows: DataFrame,
                  read: ReadSamples = read_samples) -> CloudResults:
    """Results of every test cloud, by name, at every setting of a curve.

    read: `read_samples`, or one that keeps what it read. Raises MissingData where a file of single
    clouds is absent or has other clouds than the curve's first, ResultError where it has other
    settings than the curve's rows.
    """
    files = files_of(rows)
    parts = [_by_cloud(read(results, file), file, rows) for file in files]
    expected = rows.groupby("_file", sort=False).size()
    for file, part, settings in zip(files, parts, expected, strict=True):
        if part.names != parts[0].names:
            raise MissingData(f"{file} has other clouds than {files[0]}; evaluate both on the same")
        if part.rate_bits.shape[1] != settings or np.isnan(part.rate_bits).any():
            raise ResultError(f"{file} does not have every cloud at the {settings} settings of the "
                              "rows beside it; evaluate again")
    rate_bits = np.hstack([part.rate_bits for part in parts])
    is_right = np.hstack([part.is_right for part in parts])
    return CloudResults(parts[0].names, rate_bits, is_right)


def _by_cloud(frame: DataFrame, file: str, rows: DataFrame) -> CloudResults:
    """The clouds of a file by name, its settings by value; nan where a cloud has no rate.

    Of a file of several seeds, those of `rows` alone.
    """
    import pandas

    if "seed" in frame.columns:
        frame = frame[frame["seed"].isin(rows["seed"])]
    with refusing(ResultError, file, "holds no rows of single clouds", "Evaluate again"):
        (setting,) = set(SETTINGS) & set(frame.columns)
        clouds, names = pandas.factorize(frame["sample"], sort=True)
        places, settings = pandas.factorize(frame[setting].fillna(""), sort=True)
        is_right = (frame["predicted"] == frame["label"]).to_numpy(float)
        by_setting = [_matrix(values, clouds, places, (len(names), len(settings)))
                      for values in (frame["rate_bits"].to_numpy(float), is_right)]
    return CloudResults(names.tolist(), *by_setting)


def _matrix(values: NDArray[np.float64], rows: NDArray[np.intp], columns: NDArray[np.intp],
            shape: tuple[int, int]) -> NDArray[np.float64]:
    """Values at their places of a matrix, nan elsewhere. Raises ValueError for one twice."""
    matrix = np.full(shape, np.nan)
    matrix[rows, columns] = values
    if np.bincount(rows * shape[1] + columns).max(initial=0) > 1:
        raise ValueError("a cloud has a setting twice")
    return matrix
