"""Shared by experiments on point clouds: inputs and settings of jobs, columns of rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from lcpc import config as configs
from lcpc import jobs as job_files
from lcpc.config import Config
from lcpc.data.base import PointClouds
from lcpc.data.point_clouds import may_be_passed_on
from lcpc.jobs import JobContext


def settings_of(config: Config, **values: Any) -> dict[str, Any]:
    """Values of a job: seed, data set and these."""
    dataset = configs.plain(config.dataset) if config.dataset else {}
    return {"seed": config.seed, "dataset": dataset, **values}


def inputs_of(config: Config, root: Path, *weights: str) -> tuple[str, ...]:
    """Files of a job: these weights, and those of the test clouds."""
    files = (job_files.weights(config.run, name) for name in weights)
    return (*files, *job_files.clouds(config, root, "test"))


def shared_columns(context: JobContext, clouds: PointClouds, points: int,
                   **values: Any) -> dict[str, Any]:
    """Columns that have one value in all rows of a job."""
    config = context.config
    return {"run": config.run, "dataset": clouds.name, "points": points, "seed": config.seed,
            "evidence": "measured", "status": "done", "note": "", **values}


def picture(clouds: PointClouds, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Arrays of a picture, without the `cloud` itself where its data set may not be passed on."""
    is_open = may_be_passed_on(clouds.name)
    return {name: array for name, array in arrays.items() if is_open or name != "cloud"}


def origin(clouds: PointClouds, weights: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Provenance of rows: data set, digests of its splits, and test clouds of each class."""
    digests = {"train": weights["dataset_digest"]} if weights else {}
    digests["test"] = clouds.digest
    return {"dataset": clouds.name, "dataset_digests": digests,
            "class_counts": clouds.class_counts()}


def largest_points(config: Config) -> dict[str, int]:
    """The largest P at which each size is trained."""
    largest: dict[str, int] = {}
    for curve in config.proposed:
        for size in curve.sizes:
            largest[size] = max(largest.get(size, 0), *curve.points)
    return largest
