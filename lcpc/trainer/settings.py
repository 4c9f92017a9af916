"""What the trainings on point clouds share in their jobs: the clouds' settings, and how much work
they are."""

from collections.abc import Mapping
from typing import Any

from lcpc.config import Config, Training, plain
from lcpc.data import point_clouds


def cloud_values(config: Config) -> dict[str, Any]:
    """Settings that every training on point clouds depends on."""
    dataset = plain(config.dataset) if config.dataset else {}
    return {"seed": config.seed, "dataset": dataset}


def lasting(training: Training) -> dict[str, Any]:
    """The settings of a training that change its result: how often it saves does not."""
    return {name: value for name, value in plain(training).items() if name != "checkpoint_minutes"}


def cloud_work(config: Config, training: Training, points: int) -> float:
    """Epochs x clouds x P, a guide to the time of a training."""
    return float(training.epochs * point_clouds.cloud_count(config, "train") * points)


def without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """`values` without some names."""
    return {name: value for name, value in values.items() if name not in names}
