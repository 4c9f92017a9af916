"""A run's configuration: one frozen value, read from config/<run>.yaml and checked."""

from lcpc.config.ablation import Ablation
from lcpc.config.base import SCALES, SIZES, Section
from lcpc.config.images import (
    HIGH_RATE,
    LOW_RATE,
    QUALITIES,
    WEIGHTS,
    ImageNetwork,
    Images,
    LatentMotion,
)
from lcpc.config.point_clouds import (
    Curve,
    Dataset,
    InputCompression,
    Ipdae,
    Latency,
    MixedCurve,
    OctAttention,
    Reconstruction,
    Training,
)
from lcpc.config.reading import (
    data_root,
    load,
    load_all,
    parse,
    plain,
    require_project,
    runs,
)
from lcpc.config.schema import Config, Tools

__all__ = [
    "HIGH_RATE",
    "LOW_RATE",
    "QUALITIES",
    "SCALES",
    "SIZES",
    "WEIGHTS",
    "Ablation",
    "Config",
    "Curve",
    "Dataset",
    "ImageNetwork",
    "Images",
    "InputCompression",
    "Ipdae",
    "Latency",
    "LatentMotion",
    "MixedCurve",
    "OctAttention",
    "Reconstruction",
    "Section",
    "Tools",
    "Training",
    "data_root",
    "load",
    "load_all",
    "parse",
    "plain",
    "require_project",
    "runs",
]
