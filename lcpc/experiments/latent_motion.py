"""Latent motion rows: move the image, move its tensor by the rescaled motion, and weigh how far the two are apart."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.config import LatentMotion
from lcpc.data.images import Photo
from lcpc.data.seeds import seed_of
from lcpc.log import progress
from lcpc.metrics.distortion import nrmse
from lcpc.models.backbones import Backbone, chosen_layers, family_of
from lcpc.motion import transforms
from lcpc.motion.lattice import Lattice
from lcpc.motion.mask import predictable
from lcpc.motion.receptive_field import Reach, effective_reach, lattices
from lcpc.motion.transforms import Affine, Draw
from lcpc.motion.warp import compensated, frames

if TYPE_CHECKING:
    import pandas

RANDOM = "random"
# Ends of the sweeps [ICASSP21].
SWEEPS: Mapping[str, tuple[float, float, Callable[[float], Affine]]] = {
    "translation": (-30.0, 30.0, transforms.translation),
    "rotation": (-10.0, 10.0, transforms.rotation),
    "scale": (0.8, 1.25, transforms.scaling),
    "shear": (-10.0, 10.0, transforms.shear),
}
MASKS = ("nrmse", "nrmse_frame", "nrmse_field")
"""Errors over positions whose reach, whose centre, and whose whole receptive field lie inside the frame."""
STILL = "nrmse_still"
ERRORS = (*MASKS, STILL)
NOTHING_LEFT = "what enters the frame or padding reaches every position; take larger images (latent_motion: size_px)"


@dataclass(frozen=True)
class Trial:
    """One transform of an image: a point of a sweep, or a random motion."""

    transform: str
    value: float | None
    affine: Affine
    draw: Draw | None = None

    def words(self) -> dict[str, str | float | None]:
        """Transform, value, and the parameters of a random motion."""
        drawn = asdict(self.draw) if self.draw else {one.name: None for one in fields(Draw)}
        return {"transform": self.transform, "value": self.value, **drawn}


@dataclass
class Cost:
    """Seconds that the transforms took, all together."""

    transforms: int = 0
    image_s: float = 0.0
    network_s: float = 0.0
    prediction_s: float = 0.0

    def summary(self) -> dict[str, float]:
        """Milliseconds a transform, by part: moving the image, running the network, predicting and comparing all layers."""
        seconds = {"image": self.image_s, "network": self.network_s, "prediction": self.prediction_s}
        each = {name: 1000 * value / max(self.transforms, 1) for name, value in seconds.items()}
        parts = {f"{name}_ms": round(value, 2) for name, value in each.items()}
        return {"transforms": self.transforms, **parts, "transform_ms": round(sum(each.values()), 2)}


@dataclass(frozen=True)
class Layer:
    """Where a layer's positions stand, and how far they really reach, in pixels."""

    name: str
    lattice: Lattice
    reach: Reach

    def masks(self, affine: Affine) -> dict[str, NDArray[np.bool_]]:
        """Positions that count, for each kind of error."""
        reaches = dict(zip(MASKS, (self.reach.px, 0.0, self.lattice.reach_px), strict=True))
        return {kind: predictable(affine, self.lattice, reach) for kind, reach in reaches.items()}


@dataclass
class Bench:
    """A network with its images and settings, ready to be measured."""

    backbone: Backbone
    photos: Sequence[Photo]
    settings: LatentMotion
    seed: int
    layers: tuple[str, ...] = ()
    cost: Cost = field(default_factory=Cost)

    @torch.no_grad()
    def tensors(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Tensors [B, C, h, w] of the layers that are measured."""
        return self.backbone.tensors(images, self.layers)

    def crops(self, photos: Sequence[Photo]) -> torch.Tensor:
        """Central crops of some photographs: [B, 3, size, size]."""
        return torch.cat([frames(pixels(photo), self.settings.size_px, [Affine()]) for photo in photos])

    def measured_layers(self) -> list[Layer]:
        """The layers with their positions, traced through the network, and their reach over the images of the sweeps."""
        found = lattices(self.tensors, self.settings.size_px)
        crops = self.crops(self.photos[:self.settings.sweep_images])
        reach = effective_reach(lambda images: self.backbone.tensors(images, self.layers), crops, found,
                                self.settings.reach_share, self.seed)
        return [Layer(name, found[name], reach[name]) for name in found]


def sweeps(settings: LatentMotion) -> list[Trial]:
    """All points of the four sweeps."""
    steps = {"translation": settings.shift_step_px, "scale": settings.factor_step}
    trials = []
    for name, (first, last, motion) in SWEEPS.items():
        step = steps.get(name, settings.angle_step_deg)
        # Counted from the middle, so that no motion at all is among them.
        middle = 1.0 if name == "scale" else 0.0
        count = range(-steps_to(first, middle, step), steps_to(last, middle, step) + 1)
        trials += [Trial(name, value, motion(value)) for value in (round(middle + index * step, 9) for index in count)]
    return trials


def steps_to(end: float, middle: float, step: float) -> int:
    """Whole steps between the middle of a sweep and its end, never beyond it."""
    return math.floor(round(abs(end - middle) / step, 6))


def draws(settings: LatentMotion, images: str, photos: Sequence[Photo], seed: int) -> dict[str, list[Trial]]:
    """Random motions for each photograph by name, `settings.draws` over all; the same ones for every network."""
    found = {}
    for index, photo in enumerate(photos):
        generator = np.random.default_rng(seed_of("latent_motion", seed, images, photo.name))
        count = (index + 1) * settings.draws // len(photos) - index * settings.draws // len(photos)
        drawn = [transforms.random_draw(generator) for _ in range(count)]
        found[photo.name] = [Trial(RANDOM, None, draw.affine(), draw) for draw in drawn]
    return found


def measure(bench: Bench) -> "tuple[pandas.DataFrame, pandas.DataFrame]":
    """Rows of all layers without what a run shares, and the per-draw rows of the random motions."""
    import pandas

    layers, swept = bench.measured_layers(), bench.photos[:bench.settings.sweep_images]
    drawn = draws(bench.settings, bench.settings.image_set, bench.photos, bench.seed)
    work = [(photo, sweeps(bench.settings)) for photo in swept] + [(photo, drawn[photo.name]) for photo in bench.photos]
    batches = [(photo, trials[begin:begin + bench.settings.batch]) for photo, trials in work
               for begin in range(0, len(trials), bench.settings.batch)]
    references: dict[str, dict[str, torch.Tensor]] = {}
    results: list[dict[str, Any]] = []
    for photo, trials in progress(batches, f"{bench.backbone.name} {bench.backbone.weights}"):
        if photo.name not in references:
            references = {photo.name: bench.tensors(bench.crops([photo]))}
        results += compare(bench, layers, photo, references[photo.name], trials)
    samples = pandas.DataFrame(results)
    random = samples[samples["transform"] == RANDOM].drop(columns=["transform", "value"])
    return summarise(samples, layers), random


def compare(bench: Bench, layers: Sequence[Layer], photo: Photo, reference: Mapping[str, torch.Tensor],
            trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """One result for each trial and layer: errors (None where nothing is left to predict) and the share of positions."""
    affines = [trial.affine for trial in trials]
    started = time.perf_counter()
    moved = frames(pixels(photo), bench.settings.size_px, affines)
    warped = time.perf_counter()
    actual = bench.tensors(moved)
    computed = time.perf_counter()
    results = []
    for layer in layers:
        tensor = reference[layer.name][0]
        errors = rms_map(compensated(tensor, layer.lattice, affines), actual[layer.name])
        still = rms_map(tensor, actual[layer.name])
        for trial, *both in zip(trials, errors, still, strict=True):
            results.append({"image": photo.name, "layer": layer.name, **trial.words(),
                            **judged(both, layer.masks(trial.affine), span(tensor))})
    bench.cost.transforms += len(trials)
    bench.cost.image_s += warped - started
    bench.cost.network_s += computed - warped
    bench.cost.prediction_s += time.perf_counter() - computed
    return results


def rms_map(predicted: torch.Tensor, actual: torch.Tensor) -> NDArray[np.float64]:
    """Root of the mean square over channels at each position: [B, C, h, w] or [C, h, w] and [B, C, h, w] to [B, h, w]."""
    return (predicted - actual).square().mean(dim=1).sqrt().numpy().astype(np.float64)


def span(tensor: torch.Tensor) -> float:
    """Dynamic range R = max - min of the reference tensor, over all channels."""
    return float(tensor.max() - tensor.min())


def judged(errors: Sequence[NDArray[np.float64]], masks: Mapping[str, NDArray[np.bool_]],
           range_: float) -> dict[str, float | None]:
    """Errors [h, w] with and without compensation over the masks, as shares of the range; the positions that count (%)."""
    moved, still = errors
    found = {kind: nrmse(moved, 0.0, mask, range_) if mask.any() else None for kind, mask in masks.items()}
    mask = masks["nrmse"]
    return {**found, STILL: nrmse(still, 0.0, mask, range_) if mask.any() else None, "valid_percent": 100 * float(mask.mean())}


def summarise(samples: "pandas.DataFrame", layers: Sequence[Layer]) -> "pandas.DataFrame":
    """Means over images and draws for each layer, transform and value; empty masks are counted and stay out of the means."""
    import pandas

    typed = samples.astype(dict.fromkeys(ERRORS, "float64"))
    rows = []
    for layer in layers:
        axis, own = layer.lattice.x, typed[typed["layer"] == layer.name]
        about = {"layer": layer.name, "stride": axis.stride, "offset_px": axis.offset,
                 "field_px": axis.high - axis.low + 1, **layer.reach.words()}
        for (transform, value), group in own.groupby(["transform", "value"], sort=False, dropna=False):
            rows.append({**about, "transform": transform, "value": value, **_means(group)})
    return pandas.DataFrame(rows)


def _means(group: "pandas.DataFrame") -> dict[str, Any]:
    empty, spread = int(group["nrmse"].isna().sum()), group["nrmse"].std(ddof=0)
    reason = "" if empty < len(group) else NOTHING_LEFT
    return {"samples": len(group), "empty": empty, "valid_percent": group["valid_percent"].mean(),
            **{kind: group[kind].mean() for kind in ERRORS}, "nrmse_std": spread,
            "empty_field": int(group["nrmse_field"].isna().sum()), "status": "skipped" if reason else "done", "note": reason}


def skipped(network: str, layers: Sequence[str], reason: str) -> "pandas.DataFrame":
    """Rows of a network that can't be measured: one a layer, with the reason."""
    import pandas

    strides = family_of(network).layers
    absent = ("offset_px", "field_px", "reach_px", "lean_x_px", "lean_y_px", "value", "valid_percent", *ERRORS, "nrmse_std")
    numbers = dict.fromkeys(absent)
    counts = dict.fromkeys(("samples", "empty", "empty_field"), 0)
    return pandas.DataFrame([
        {"layer": layer, "stride": strides[layer], **numbers, **counts, "transform": RANDOM, "status": "skipped",
         "note": reason} for layer in chosen_layers(network, layers)])


def pixels(photo: Photo) -> torch.Tensor:
    """[3, H, W], 0 to 255."""
    return torch.from_numpy(photo.rgb.copy()).permute(2, 0, 1).float()
