"""Columns of the result files: name, type and meaning. Stations share this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from lcpc.errors import ResultError

EVIDENCE = ("measured", "recorded", "published")
STATUS = ("done", "skipped", "failed")


@dataclass(frozen=True)
class Column:
    """One column: its pandas type (`string`, `float`, `integer`) and what it holds, with its unit."""

    kind: str
    meaning: str


RATE_ACCURACY: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "codec": Column("string", "proposed, tmc13, draco, draco-best, octattention, ipdae"),
    "size": Column("string", "full, lite or micro for the proposed codec, else empty"),
    "points": Column("integer", "P, points in the input cloud"),
    "lambda": Column("float", "weight of the distortion in L = R + lambda D (proposed codec only)"),
    "scale": Column("integer", "S, the scale before quantisation (input compression only)"),
    "setting": Column("string", "other settings of the codec, in its own words"),
    "samples": Column("integer", "test clouds behind the row"),
    "rate_bits": Column("float", "mean bits a cloud, counted as published (model estimate for learned codecs)"),
    "stream_bits": Column("float", "mean bits a cloud, 8 x bytes of the real stream, decoded again and checked"),
    "top1_percent": Column("float", "top-1 accuracy of the decoded stream, %"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured, recorded or published"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed, and which command mends it"),
}

CLASSIFIER: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "model": Column("string", "pointnet"),
    "points": Column("integer", "P, points in the input cloud"),
    "samples": Column("integer", "test clouds behind the row"),
    "top1_percent": Column("float", "top-1 accuracy on uncompressed clouds, %"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed"),
}

KINDS: Mapping[str, Mapping[str, Column]] = {"rate_accuracy": RATE_ACCURACY, "classifier": CLASSIFIER}


def columns(kind: str) -> Mapping[str, Column]:
    """Columns of a kind of result file. Raises ResultError for a kind that is not known."""
    if kind not in KINDS:
        raise ResultError(f"result kind {kind!r} is not known; known: {', '.join(KINDS)}")
    return KINDS[kind]
