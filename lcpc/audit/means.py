"""Rows recomputed from the rows of single clouds beside them: what holds without streams, too."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lcpc import experiments
from lcpc.errors import LcpcError, ResultError, refusing
from lcpc.jobs import Job
from lcpc.results.csv_file import read_csv

if TYPE_CHECKING:
    import pandas

TOLERANCES = {"samples": 0.0, "rate_bits": 1e-5, "stream_bits": 1e-8, "top1_percent": 1e-8}
"""Shares by which a mean may differ: rates of single clouds have 6 digits, rows have 9."""


def differences(root: Path, job: Job) -> list[str]:
    """How the rows of a curve differ from the means over its clouds, in words; empty if they do
    not."""
    try:
        rows = read_csv(root / job.output, root)
        clouds = read_csv(root / experiments.samples(job), root)
        with refusing(ResultError, job.output, "does not fit its rows of single clouds",
                      "evaluate again"):
            return _differences(rows.set_index("lambda"), _means(clouds))
    except LcpcError as error:
        return [" ".join(str(error).split())]


def _means(clouds: "pandas.DataFrame") -> "pandas.DataFrame":
    """Means of clouds at each lambda, and their number."""
    is_right = (clouds["predicted"] == clouds["label"]).astype(float)
    by_lambda = clouds.assign(top1_percent=100 * is_right).groupby("lambda")
    means = by_lambda[["rate_bits", "stream_bits", "top1_percent"]].mean()
    return means.assign(samples=by_lambda.size())


def _differences(rows: "pandas.DataFrame", means: "pandas.DataFrame") -> list[str]:
    if set(rows.index) != set(means.index):
        return ["the rows have other lambdas than the rows of single clouds"]
    texts = []
    for lambda_, row in rows.iterrows():
        for column, tolerance in TOLERANCES.items():
            mean = means.loc[lambda_, column]
            if not np.isclose(row[column], mean, rtol=tolerance, atol=0):
                texts.append(f"lambda {lambda_:g}: the mean {column} of single clouds is "
                             f"{mean:.9g}, the row has {row[column]}")
    return texts
