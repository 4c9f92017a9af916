"""A run's configuration: one frozen value, read from config/<run>.yaml and checked."""

from lcpc.config.ablation import Ablation
from lcpc.config.base import SCALES, SIZES, Section
from lcpc.config.curves import Curve, MixedCurve, Training
from lcpc.config.images import (
    HIGH_RATE,
    LOW_RATE,
    QUALITIES,
    WEIGHTS,
    ImageNetwork,
    Images,
    LatentMotion,
)
from lcpc.config.input_compression import InputCompression, IpdaeTraining, OctAttentionTraining
from lcpc.config.point_clouds import Dataset, Latency, Reconstruction
from lcpc.config.reading import data_root, load, load_all, parse, plain, require_project, runs
from lcpc.config.schema import Config, Tools

__all__ = ["HIGH_RATE", "LOW_RATE", "QUALITIES", "SCALES", "SIZES", "WEIGHTS", "Ablation", "Config",
           "Curve", "Dataset", "ImageNetwork", "Images", "InputCompression", "IpdaeTraining",
           "Latency", "LatentMotion", "MixedCurve", "OctAttentionTraining", "Reconstruction",
           "Section", "Tools", "Training", "data_root", "load", "load_all", "parse", "plain",
           "require_project", "runs"]
