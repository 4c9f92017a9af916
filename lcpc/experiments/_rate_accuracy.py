"""Rows of rate and accuracy, of the proposed codec and of input codecs: columns, loop, means."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.point_clouds.base import Cloud, Coded, Decoded
from lcpc.data.base import PointClouds, spread
from lcpc.experiments import TRAINED
from lcpc.log import progress
from lcpc.results.frames import DataFrame, concat, frame_of
from lcpc.results.samples import SETTINGS
from lcpc.results.schema import Column

KIND = "rate_accuracy"
COLUMNS: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "codec": Column("string", "proposed, tmc13, draco, draco-best, octattention, ipdae"),
    "size": Column("string", "full, lite or micro for the proposed codec, else empty"),
    "points": Column("integer", "P, points in the input cloud"),
    "lambda": Column("float", "weight of the distortion in L = R + lambda D (proposed codec only)"),
    "scale": Column("integer", "S, the scale before quantisation (input compression only)"),
    "setting": Column("string", "other settings of the codec, in its own words"),
    "samples": Column("integer", "test clouds of the row"),
    "rate_bits": Column("float", "mean bits a cloud, counted as published (model estimate for "
                                 "learned codecs)"),
    "stream_bits": Column("float", "mean bits a cloud, 8 x bytes of the real stream, decoded again "
                                   "and checked"),
    "top1_percent": Column("float", "top-1 accuracy of the decoded stream, %"),
    **TRAINED,
}
SAMPLES = ("seed", *SETTINGS)
MEANS = ["rate_bits", "stream_bits", "top1_percent"]

Coder: TypeAlias = "Callable[[str, Cloud, Any], Coded]"
"""Codes (sample, cloud [P, 3], setting)."""

Classify: TypeAlias = "Callable[[Sequence[Decoded], Any], NDArray[Any]]"
"""Classes [n] of n decoded clouds or latents at a setting."""


def evaluate(code: Coder, classify: Classify, clouds: PointClouds, points: int, column: str,
             settings: Sequence[Any], test_clouds: int = 0, threads: int = 1) -> DataFrame:
    """Rows of each cloud: sample, label, `column` (the setting), rate_bits, stream_bits, predicted.

    test_clouds: clouds a setting, evenly spread; 0 is all. threads: clouds coded in parallel.
    """
    chosen = spread(len(clouds), test_clouds)
    samples, labels = clouds.samples[chosen], clouds.label[chosen]
    subset = [np.ascontiguousarray(cloud) for cloud in clouds.first(points)[chosen]]
    names = [str(sample) for sample in samples]
    frames = []
    with ThreadPoolExecutor(threads) as pool:
        for setting in progress(settings, f"{column}s"):
            coded = pool.map(code, names, subset, [setting] * len(names))
            rate_bits, stream_bits, decoded = zip(*coded, strict=True)
            frames.append(frame_of({
                "sample": samples, "label": labels, column: setting, "rate_bits": list(rate_bits),
                "stream_bits": list(stream_bits), "predicted": classify(decoded, setting),
            }))
    return concat(frames)


def summarise(samples: DataFrame) -> DataFrame:
    """Means at each setting (columns of SAMPLES that are there), and the number of samples."""
    columns = [column for column in SAMPLES if column in samples.columns]
    is_right = samples["predicted"] == samples["label"]
    grouped = samples.assign(top1_percent=100 * is_right.astype(float)).groupby(columns, sort=True)
    return grouped[MEANS].mean().assign(samples=grouped.size()).reset_index()
