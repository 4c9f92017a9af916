"""Columns that rows of several experiments share."""

from collections.abc import Mapping

from lcpc.results.schema import Column

CURVE: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "codec": Column("string", "proposed"),
    "size": Column("string", "full, lite, micro or local"),
    "points": Column("integer", "P, points in the input cloud"),
    "lambda": Column("float", "weight of the distortion in L = R + lambda D"),
    "samples": Column("integer", "test clouds of the row"),
}
"""First columns of rows of a trained codec, one a lambda."""

STATUS: Mapping[str, Column] = {
    "evidence": Column("string", "measured, recorded or published"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed, and which command mends it"),
}
TRAINED: Mapping[str, Column] = {"seed": Column("integer", "seed of the training"), **STATUS}
"""Last columns of rows that are measured with trained weights."""
