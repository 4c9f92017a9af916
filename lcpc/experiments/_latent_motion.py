"""Moves images and their tensors, and measures how far the two are apart."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.config import LatentMotion
from lcpc.data.images import Photo
from lcpc.data.seeds import seed_of
from lcpc.experiments.latent_motion import ERRORS, MASKS, RANDOM, STILL, means
from lcpc.log import progress
from lcpc.metrics.distortion import nrmse
from lcpc.models.backbones import Backbone, family_of
from lcpc.motion import transforms
from lcpc.motion.lattice import Lattice
from lcpc.motion.mask import predictable
from lcpc.motion.receptive_field import Reach, effective_reach, lattices
from lcpc.motion.transforms import Affine, MotionSample
from lcpc.motion.warp import compensated, moved_crops
from lcpc.results.frames import DataFrame, frame_of

SWEEPS: Mapping[str, tuple[float, float, Callable[[float], Affine]]] = {
    "translation": (-30.0, 30.0, transforms.translation),
    "rotation": (-10.0, 10.0, transforms.rotation),
    "scale": (0.8, 1.25, transforms.scaling),
    "shear": (-10.0, 10.0, transforms.shear),
}
"""First and last value of each sweep [ICASSP21], and its transform."""


@dataclass(frozen=True)
class Trial:
    """One transform of an image: a point of a sweep, or a random motion."""

    transform: str
    value: float | None
    affine: Affine
    motion: MotionSample | None = None

    def columns(self) -> dict[str, str | float | None]:
        """Transform, value, and the parameters of a random motion."""
        absent = {parameter.name: None for parameter in fields(MotionSample)}
        parameters = asdict(self.motion) if self.motion else absent
        return {"transform": self.transform, "value": self.value, **parameters}


@dataclass
class Times:
    """Seconds that all transforms together took."""

    transforms: int = 0
    image_s: float = 0.0
    network_s: float = 0.0
    prediction_s: float = 0.0

    def summary(self) -> dict[str, float]:
        """Milliseconds a transform: moving the image, running the network, comparing all layers."""
        seconds = {"image": self.image_s, "network": self.network_s,
                   "prediction": self.prediction_s}
        count = max(self.transforms, 1)
        milliseconds = {name: 1000 * value / count for name, value in seconds.items()}
        parts = {f"{name}_ms": round(value, 2) for name, value in milliseconds.items()}
        total = round(sum(milliseconds.values()), 2)
        return {"transforms": self.transforms, **parts, "transform_ms": total}


@dataclass(frozen=True)
class MeasuredLayer:
    """The positions of a layer's tensor, and how far each depends on the image, in pixels."""

    name: str
    lattice: Lattice
    reach: Reach

    def masks(self, affine: Affine) -> dict[str, NDArray[np.bool_]]:
        """Positions that count, for each kind of error."""
        reaches = (self.reach.px, 0.0, self.lattice.reach_px)
        return {kind: predictable(affine, self.lattice, reach)
                for kind, reach in zip(MASKS, reaches, strict=True)}


@dataclass
class Measurement:
    """A network, photographs and settings; `layers` to measure, () for all."""

    backbone: Backbone
    photos: Sequence[Photo]
    settings: LatentMotion
    seed: int
    layers: tuple[str, ...] = ()
    times: Times = field(default_factory=Times)

    @torch.no_grad()
    def tensors(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Tensors [B, C, h, w] of the layers that are measured."""
        return self.backbone.tensors(images, self.layers)

    def crops(self, photos: Sequence[Photo]) -> torch.Tensor:
        """Central crops of some photographs: [B, 3, size, size]."""
        size_px = self.settings.size_px
        return torch.cat([moved_crops(pixels(photo), size_px, [Affine()]) for photo in photos])

    def measured_layers(self) -> list[MeasuredLayer]:
        """The layers with their positions, and their reach over the images of the sweeps."""
        positions = lattices(self.tensors, self.settings.size_px)
        crops = self.crops(self.photos[:self.settings.sweep_images])
        reach = effective_reach(lambda images: self.backbone.tensors(images, self.layers), crops,
                                positions, self.settings.reach_share, self.seed)
        return [MeasuredLayer(name, positions[name], reach[name]) for name in positions]


def sweeps(settings: LatentMotion) -> list[Trial]:
    """All points of the four sweeps, counted from the middle, so that no motion is among them."""
    steps = {"translation": settings.shift_step_px, "scale": settings.factor_step}
    trials = []
    for name, (first, last, motion) in SWEEPS.items():
        step = steps.get(name, settings.angle_step_deg)
        middle = 1.0 if name == "scale" else 0.0
        before, after = steps_to(first, middle, step), steps_to(last, middle, step)
        values = [round(middle + index * step, 9) for index in range(-before, after + 1)]
        trials += [Trial(name, value, motion(value)) for value in values]
    return trials


def steps_to(end: float, middle: float, step: float) -> int:
    """Whole steps between the middle of a sweep and its end, never beyond it."""
    return math.floor(round(abs(end - middle) / step, 6))


def random_trials(settings: LatentMotion, photos: Sequence[Photo],
                  seed: int) -> dict[str, list[Trial]]:
    """Random motions of each photograph, `settings.draws` in all; the same for all networks."""
    trials = {}
    for index, photo in enumerate(photos):
        rng = np.random.default_rng(seed_of("latent_motion", seed, settings.image_set, photo.name))
        first, last = (end * settings.draws // len(photos) for end in (index, index + 1))
        motions = [transforms.random_motion(rng) for _ in range(last - first)]
        trials[photo.name] = [Trial(RANDOM, None, motion.affine(), motion) for motion in motions]
    return trials


def measure(measurement: Measurement) -> tuple[DataFrame, DataFrame]:
    """Rows of all layers, without the columns that they share, and rows of each random motion."""
    layers = measurement.measured_layers()
    references: dict[str, dict[str, torch.Tensor]] = {}
    results: list[dict[str, Any]] = []
    backbone = measurement.backbone
    batches = list(_batches(measurement))
    for photo, trials in progress(batches, f"{backbone.name} {backbone.weights}"):
        if photo.name not in references:
            references = {photo.name: measurement.tensors(measurement.crops([photo]))}
        results += compare(measurement, layers, photo, references[photo.name], trials)
    samples = frame_of(results)
    random = samples[samples["transform"] == RANDOM].drop(columns=["transform", "value"])
    return summarise(samples, layers), random


def _batches(measurement: Measurement) -> Iterator[tuple[Photo, list[Trial]]]:
    """Photographs with some of their trials: first the sweeps, then the random motions."""
    settings, photos = measurement.settings, measurement.photos
    random = random_trials(settings, photos, measurement.seed)
    work = [(photo, sweeps(settings)) for photo in photos[:settings.sweep_images]]
    work += [(photo, random[photo.name]) for photo in photos]
    for photo, trials in work:
        for begin in range(0, len(trials), settings.batch):
            yield photo, trials[begin:begin + settings.batch]


def compare(measurement: Measurement, layers: Sequence[MeasuredLayer], photo: Photo,
            reference: Mapping[str, torch.Tensor],
            trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Errors of each trial and layer, None where no position counts, and the share that counts."""
    affines = [trial.affine for trial in trials]
    started = time.perf_counter()
    moved = moved_crops(pixels(photo), measurement.settings.size_px, affines)
    warped = time.perf_counter()
    actual = measurement.tensors(moved)
    computed = time.perf_counter()
    results = []
    for layer in layers:
        tensor = reference[layer.name][0]
        moving = rms_map(compensated(tensor, layer.lattice, affines), actual[layer.name])
        still = rms_map(tensor, actual[layer.name])
        range_ = dynamic_range(tensor)
        for index, trial in enumerate(trials):
            errors = masked_errors(moving[index], still[index], layer.masks(trial.affine), range_)
            results.append({"image": photo.name, "layer": layer.name, **trial.columns(), **errors})
    times = measurement.times
    times.transforms += len(trials)
    times.image_s += warped - started
    times.network_s += computed - warped
    times.prediction_s += time.perf_counter() - computed
    return results


def rms_map(predicted: torch.Tensor, actual: torch.Tensor) -> NDArray[np.float64]:
    """Root mean square over channels, of [B, C, h, w] or [C, h, w] and [B, C, h, w]: [B, h, w]."""
    squares = (predicted - actual).square()
    return squares.mean(dim=1).sqrt().numpy().astype(np.float64)


def dynamic_range(tensor: torch.Tensor) -> float:
    """R = max - min of the reference tensor, over all channels."""
    return float(tensor.max() - tensor.min())


def masked_errors(moving: NDArray[np.float64], still: NDArray[np.float64],
                  masks: Mapping[str, NDArray[np.bool_]], range_: float) -> dict[str, float | None]:
    """NRMSE over each mask of errors [h, w] with and without compensation; the positions in %."""
    errors = {kind: _nrmse(moving, mask, range_) for kind, mask in masks.items()}
    mask = masks["nrmse"]
    errors[STILL] = _nrmse(still, mask, range_)
    return {**errors, "valid_percent": 100 * float(mask.mean())}


def _nrmse(error: NDArray[np.float64], mask: NDArray[np.bool_], range_: float) -> float | None:
    return nrmse(error, 0.0, mask, range_) if mask.any() else None


def summarise(samples: DataFrame, layers: Sequence[MeasuredLayer]) -> DataFrame:
    """Means for each layer, transform and value; empty masks are counted and not averaged."""
    typed = samples.astype(dict.fromkeys(ERRORS, "float64"))
    rows = []
    for layer in layers:
        axis = layer.lattice.x
        shared = {"layer": layer.name, "stride": axis.stride, "offset_px": axis.offset,
                  "field_px": axis.high - axis.low + 1, **layer.reach.columns()}
        of_layer = typed[typed["layer"] == layer.name]
        groups = of_layer.groupby(["transform", "value"], sort=False, dropna=False)
        for (transform, value), group in groups:
            rows.append({**shared, "transform": transform, "value": value, **means(group)})
    return frame_of(rows)


def skipped(network: str, reason: str) -> DataFrame:
    """Rows of a network that can't be measured: one a layer, with the reason."""
    absent = ("offset_px", "field_px", "reach_px", "lean_x_px", "lean_y_px", "value",
              "valid_percent", *ERRORS, "nrmse_std")
    shared = {**dict.fromkeys(absent), **dict.fromkeys(("samples", "empty", "empty_field"), 0),
              "transform": RANDOM, "status": "skipped", "note": reason}
    strides = family_of(network).layers
    return frame_of([{"layer": layer, "stride": stride, **shared}
                     for layer, stride in strides.items()])


def pixels(photo: Photo) -> torch.Tensor:
    """[3, H, W], 0 to 255."""
    return torch.from_numpy(photo.rgb.copy()).permute(2, 0, 1).float()
