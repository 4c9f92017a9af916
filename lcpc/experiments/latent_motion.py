"""Latent space motion: how well the rescaled motion of an image predicts a network's tensors.

Move an image, move its tensor by the rescaled motion, and compare that with the tensor of the moved
image [ICASSP21]. One job measures all layers of one network, trained or untrained (the control).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc import config as configs
from lcpc import jobs as job_files
from lcpc.config import Config, LatentMotion
from lcpc.data import images
from lcpc.data.images import Photo
from lcpc.errors import DataError
from lcpc.experiments import STATUS, JobContext, Rows
from lcpc.jobs import Job
from lcpc.log import logger
from lcpc.results import store
from lcpc.results.frames import DataFrame, frame_of
from lcpc.results.schema import Column

if TYPE_CHECKING:
    from lcpc.experiments._latent_motion import Measurement

LOG = logger("lcpc.evaluate")
KIND = "latent_motion"
FILES = ("csv", "json")
"""Trained networks also make .npz and .vectors.csv.gz, the pictures of two figures."""
RANDOM = "random"
SAMPLES, OF_SAMPLES = ("layer",), {"transform": RANDOM}
MASKS = ("nrmse", "nrmse_frame", "nrmse_field")
"""Errors over positions of which the reach, the centre, or the receptive field is in the frame."""
STILL = "nrmse_still"
ERRORS = (*MASKS, STILL)
NOTHING_LEFT = ("what enters the frame or padding reaches every position; take larger images "
                "(latent_motion: size_px)")

COLUMNS: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "size_px": Column("integer", "side of the crop, pixels"),
    "network": Column("string", "resnet34, densenet121, efficientnet_lite0, factorized"),
    "weights": Column("string", "trained, or untrained as control"),
    "layer": Column("string", "name of the tensor"),
    "stride": Column("integer", "pixels from one position of the tensor to the next"),
    "offset_px": Column("float", "pixel at which the tensor's first position stands"),
    "field_px": Column("integer", "side of the receptive field by the layers' shapes, pixels"),
    "reach_px": Column("float", "pixels to either side that a position really depends on "
                                "(config: reach_share)"),
    "lean_x_px": Column("float", "pixels from where a position stands to the middle of what it "
                                 "really depends on, along x"),
    "lean_y_px": Column("float", "the same along y"),
    "transform": Column("string", "translation, rotation, scale, shear, or random"),
    "value": Column("float", "px, degrees, factor, degrees; empty for random"),
    "samples": Column("integer", "transformed images of the row"),
    "empty": Column("integer", "transformed images of which nothing was left to predict; not in "
                               "the means"),
    "valid_percent": Column("float", "mean share of the tensor's positions that count, %"),
    "nrmse": Column("float", "mean error as a share of the tensor's range, over positions whose "
                             "reach lies inside the frame"),
    "nrmse_std": Column("float", "standard deviation of the same over the transformed images"),
    "nrmse_still": Column("float", "as nrmse, of the reference tensor itself: what no motion "
                                   "compensation would give"),
    "nrmse_frame": Column("float", "as nrmse, but only what enters the frame left out"),
    "nrmse_field": Column("float", "as nrmse, but over positions whose whole receptive field "
                                   "lies inside the frame"),
    "empty_field": Column("integer", "transformed images of which the whole field leaves nothing"),
    "seed": Column("integer", "seed of the random motions and of untrained weights"),
    **STATUS,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each network, trained and untrained, as the config lists them."""
    motion = config.latent_motion
    if motion is None:
        return
    values = {name: value for name, value in configs.plain(motion).items()
              if name not in ("networks", "weights")}
    photos = images.input_files(motion.images, root, motion.folder)
    for network in motion.networks:
        for weights in motion.weights:
            name = f"{network}_{weights}"
            yield Job(
                config.run, __name__, job_files.rows(config.run, KIND, name),
                f"latent motion of {network}, {weights}",
                inputs=(*_own_base(config, name), *photos),
                values={"seed": config.seed, "latent_motion": values},
                options={"network": network, "weights": weights},
                work=float(motion.draws * motion.size_px ** 2))


def _own_base(config: Config, name: str) -> tuple[str, ...]:
    """Weights of the run's own image base, for the trained factorized network."""
    if name != "factorized_trained" or config.images is None:
        return ()
    return (job_files.weights(config.run, f"image_base_q{min(config.images.qualities)}"),)


def run(job: Job, context: JobContext) -> Rows:
    """Rows of all layers; rows marked `skipped` where the network can't be had."""
    from lcpc.experiments import _latent_motion
    from lcpc.models import backbones

    config, motion = context.config, context.config.latent_motion
    assert motion is not None
    network, weights = job.options["network"], job.options["weights"]
    shared = {"run": config.run, "images": motion.image_set, "size_px": motion.size_px,
              "network": network, "weights": weights, "seed": config.seed, "evidence": "measured"}
    folders = [configs.data_root(context.root) / "weights",
               context.root / "checkpoints" / config.run]
    reason = backbones.missing(network, folders, weights)
    if reason:
        command = f"then run `lcpc evaluate {KIND}/{job.name} --run {config.run}`"
        LOG.info("%s: skipped: %s, %s", job.name, reason, command)
        rows = _latent_motion.skipped(network, f"{reason}, {command}")
        return Rows(rows.assign(**shared))
    backbone = backbones.load(network, weights, folders, config.seed)
    photos = photos_of(context.root, motion)
    measurement = _latent_motion.Measurement(backbone, photos, motion, config.seed)
    rows, samples = _latent_motion.measure(measurement)
    times = measurement.times.summary()
    LOG.info("%s: %d transforms, %.1f ms each", job.name, times["transforms"],
             times["transform_ms"])
    arrays = _panels(job, context, measurement) if weights == "trained" else {}
    origin = {"cost": times, "weights_origin": backbone.origin,
              "images": {photo.name: photo.digest for photo in photos}}
    inputs = (backbone.file,) if backbone.file else ()
    return Rows(rows.assign(**shared), samples, arrays, origin, inputs)


def summarise(samples: DataFrame) -> DataFrame:
    """Means of each layer over the random motions."""
    groups = samples.groupby("layer")
    return frame_of([{"layer": layer, **means(group)} for layer, group in groups])


def means(samples: DataFrame) -> dict[str, Any]:
    """Means over transformed images of a layer; empty masks are counted and not averaged."""
    empty = int(samples["nrmse"].isna().sum())
    reason = "" if empty < len(samples) else NOTHING_LEFT
    errors = {kind: samples[kind].mean() for kind in ERRORS}
    return {"samples": len(samples), "empty": empty,
            "valid_percent": samples["valid_percent"].mean(),
            **errors, "nrmse_std": samples["nrmse"].std(ddof=0),
            "empty_field": int(samples["nrmse_field"].isna().sum()),
            "status": "skipped" if reason else "done", "note": reason}


def photos_of(root: Path, motion: LatentMotion) -> tuple[Photo, ...]:
    """The run's photographs. Raises MissingData, DataError also for one smaller than the crop."""
    photos = images.load(motion.images, root, motion.folder)
    for photo in photos:
        height, width = photo.rgb.shape[:2]
        if min(height, width) < motion.size_px:
            remedy = " or take it out of the folder" if motion.folder else ""
            raise DataError(
                f"photograph {photo.name} has {width} x {height} pixels, too few for a crop of "
                f"{motion.size_px}; lower latent_motion: size_px{remedy}")
    return photos


def _panels(job: Job, context: JobContext, measurement: "Measurement") -> Mapping[str, Any]:
    """Arrays of two figures; their motion vectors are written beside the rows."""
    from lcpc.experiments._latent_motion_panels import panels

    arrays, vectors = panels(measurement)
    target = (context.root / job.output).with_suffix(".vectors.csv.gz")
    store.write_whole(target, store.gzipped(store.csv_bytes(vectors, digits=6)))
    return arrays
