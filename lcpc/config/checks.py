"""Refuses values outside their range, by name, before any work begins."""

import re
from collections.abc import Sequence
from typing import Any

from lcpc import registry
from lcpc.config.schema import (
    FILE_FORMATS,
    INPUTS,
    LEARNED_CODECS,
    LEAST_SIZE_PX,
    MOTION_PHOTOS,
    NETWORKS,
    PHOTOS,
    PRECISIONS,
    QUALITIES,
    SCALES,
    SCHEDULES,
    SIZES,
    TRAIN_PHOTOS,
    WEIGHTS,
    Config,
    Curve,
    Dataset,
    Images,
    Latency,
    LatentMotion,
    Reconstruction,
    Training,
)
from lcpc.errors import ConfigError, did_you_mean


def check(config: Config, where: str) -> None:
    """Raises ConfigError naming `where`, the key and what is allowed, for a value outside its range."""
    measured = bool(config.proposed or config.input_compression)
    if measured and config.dataset is None:
        raise ConfigError(f"{where}: the run measures codecs but names no dataset; add `dataset: {{name: shapes40}}`")
    if config.dataset is not None:
        _check_dataset(config.dataset, f"{where}: dataset")
    for curve in config.proposed:
        for size in curve.sizes:
            _one_of(size, SIZES, f"{where}: proposed: sizes")
        _positive(curve.points + curve.lambdas, f"{where}: proposed: points and lambdas")
        if curve.warm_epochs < 0:
            raise ConfigError(f"{where}: proposed: warm_epochs is {curve.warm_epochs}; it is 0 or more")
        _positive((curve.latent_rate_factor,), f"{where}: proposed: latent_rate_factor")
        if curve.active_channels < 0:
            raise ConfigError(f"{where}: proposed: active_channels is {curve.active_channels}; it is 0 or more")
        _check_training(curve.training, f"{where}: proposed: training")
        _check_start(config, curve, f"{where}: proposed: start_points")
    if config.input_compression is not None:
        _positive(config.input_compression.points, f"{where}: input_compression: points")
        for scale in config.input_compression.scales:
            _one_of(scale, SCALES, f"{where}: input_compression: scales")
        _check_training(config.input_compression.classifier, f"{where}: input_compression: classifier")
    if config.reconstruction is not None:
        _check_reconstruction(config, config.reconstruction, f"{where}: reconstruction")
    if config.latency is not None:
        _check_latency(config, config.latency, f"{where}: latency")
    if config.latent_motion is not None:
        _check_latent_motion(config.latent_motion, f"{where}: latent_motion")
    if config.images is not None:
        _check_images(config.images, f"{where}: images")


def _check_start(config: Config, curve: Curve, where: str) -> None:
    """The curve to start from is there, fits, and does not start from this one in turn."""
    if not curve.start_points:
        if curve.prune_latents:
            raise ConfigError(f"{where} is not set, but prune_latents leaves out what is not used at that P; name one")
        return
    if curve.prune_latents and "lite" in curve.sizes:
        raise ConfigError(f"{where}: prune_latents can't leave out channels of lite, whose last convolution has groups")
    _positive((curve.start_points,), where)
    if curve.warm_epochs:
        raise ConfigError(f"{where} and warm_epochs are two starts; keep one of them")
    for size in curve.sizes:
        start = config.curve(size, curve.start_points)
        if (start.lambdas, start.head_norm) != (curve.lambdas, curve.head_norm):
            raise ConfigError(f"{where} is {curve.start_points}, but {size} has other lambdas or another head_norm there")
        ancestors = [curve.start_points]
        while (before := config.curve(size, ancestors[-1]).start_points):
            if before in ancestors:
                raise ConfigError(f"{where}: {size} at P={before} would start from itself")
            ancestors.append(before)


def _check_reconstruction(config: Config, look: Reconstruction, where: str) -> None:
    _check_training(look.training, where)
    for curve in (config.curve(*pair) for pair in config.looked_at(look)):
        for value in look.lambdas:
            _one_of(value, curve.lambdas, f"{where}: lambdas")


def _check_latency(config: Config, latency: Latency, where: str) -> None:
    config.looked_at(latency)
    _one_of(latency.input_codec, INPUTS, f"{where}: input_codec")
    _one_of(latency.input_scale, SCALES, f"{where}: input_scale")
    _positive((latency.clouds, latency.server_speedup), f"{where}: clouds, server_speedup")


def _check_dataset(dataset: Dataset, where: str) -> None:
    _one_of(dataset.name, registry.names("lcpc.data.point_clouds"), f"{where}: name")
    _positive((dataset.train_per_class, dataset.test_per_class, dataset.stored_points), f"{where}: clouds and points")
    if dataset.name == "folder" and not dataset.folder:
        raise ConfigError(f"{where}: name `folder` needs `folder:`, the data set's folder below the data root")
    if dataset.name != "modelnet40" and (dataset.source or dataset.sha256):
        raise ConfigError(f"{where}: source and sha256 belong to name `modelnet40`, not to {dataset.name!r}")
    if dataset.sha256 and not re.fullmatch("[0-9a-fA-F]{64}", dataset.sha256):
        raise ConfigError(f"{where}: sha256 is {dataset.sha256[:80]!r}; it has 64 hexadecimal digits")


def _check_latent_motion(motion: LatentMotion, where: str) -> None:
    _one_of(motion.images, MOTION_PHOTOS, f"{where}: images")
    if (motion.images == "folder") != bool(motion.folder):
        raise ConfigError(f"{where}: `images: folder` and `folder:` belong together; one of them is missing")
    for names, known, what in ((motion.networks, NETWORKS, "networks"), (motion.weights, WEIGHTS, "weights")):
        for name in names:
            _one_of(name, known, f"{where}: {what}")
    counts = (motion.draws, motion.sweep_images, motion.size_px, motion.batch)
    _positive(counts, f"{where}: draws, sweep_images, size_px, batch")
    _positive((motion.shift_step_px, motion.angle_step_deg, motion.factor_step), f"{where}: steps of the sweeps")
    if motion.size_px < LEAST_SIZE_PX:
        raise ConfigError(f"{where}: size_px is {motion.size_px}; take {LEAST_SIZE_PX} or more, one step of the deepest layers")
    if not 0 < motion.reach_share <= 1:
        raise ConfigError(f"{where}: reach_share is {motion.reach_share:g}; it lies in (0, 1]")


def _check_images(images: Images, where: str) -> None:
    _one_of(images.test, PHOTOS, f"{where}: test")
    for codec in images.codecs:
        _one_of(codec, (*LEARNED_CODECS, *FILE_FORMATS), f"{where}: codecs")
    for quality in images.qualities:
        _one_of(quality, QUALITIES, f"{where}: qualities")
    if len(set(images.qualities)) < max(1, len(images.qualities)):
        raise ConfigError(f"{where}: qualities are {list(images.qualities)}; name at least one, and each once")
    _one_of(images.train, TRAIN_PHOTOS, f"{where}: train")
    if (images.train == "folder") != bool(images.train_folder):
        raise ConfigError(f"{where}: `train: folder` and `train_folder:` belong together; one of them is missing")
    _check_image_training(images, where)


def _check_image_training(images: Images, where: str) -> None:
    _one_of(images.base_precision, PRECISIONS, f"{where}: base_precision")
    _positive((images.base_steps, images.base_batch, images.base_learning_rate, images.bottleneck_steps,
               images.distribution_steps, images.distribution_batch, images.distribution_learning_rate,
               images.distribution_versions),
              f"{where}: steps, batches and learning rates")
    widths = (images.n, images.m, images.n_q, images.m_q, images.bins, images.warm_steps, images.train_count, images.lambda_q)
    if min(widths) < 0:
        raise ConfigError(f"{where}: widths, warm_steps, train_count and lambda_q are 0 or more, found {list(widths)}")
    if not 0 <= images.distribution_slope < 1 or 8 * images.distribution_slope % 1:
        raise ConfigError(f"{where}: distribution_slope is {images.distribution_slope:g}; it is a multiple of 1/8 in [0, 1)")
    if images.base_patch < 16 or images.base_patch % 16:
        raise ConfigError(f"{where}: base_patch is {images.base_patch}; it is a multiple of 16, one latent step")
    if images.m % 16 or images.n_q % 8 or images.bins % 16:
        raise ConfigError(f"{where}: m is {images.m}, n_q {images.n_q}, bins {images.bins}; m and bins are multiples of 16 and "
                          "n_q of 8, the groups of h_a,q")


def _check_training(training: Training, where: str) -> None:
    _one_of(training.schedule, SCHEDULES, f"{where}: schedule")
    _positive((training.epochs, training.learning_rate, training.clip_norm), f"{where}: epochs, learning_rate, clip_norm")
    if training.batch < 2:
        raise ConfigError(f"{where}: batch is {training.batch}; batch normalisation needs at least 2")
    for name in ("scale_jitter", "point_jitter", "average_decay", "weight_decay", "held_out"):
        if not 0 <= getattr(training, name) < 1:
            raise ConfigError(f"{where}: {name} lies in [0, 1), not {getattr(training, name)}")
    if training.patience < 0 or (training.patience and not training.held_out):
        raise ConfigError(f"{where}: patience is {training.patience}; it is 0 or more, and needs held_out, the share of the "
                          "training clouds that it looks at, such as 0.1")


def _one_of(value: Any, known: Sequence[Any], where: str) -> None:
    if value not in known:
        raise ConfigError(f"{where}: {value!r} is not known. {did_you_mean(str(value), [str(one) for one in known])}")


def _positive(values: tuple[float, ...], where: str) -> None:
    if not values or min(values) <= 0:
        raise ConfigError(f"{where}: expected positive numbers, found {list(values)}")
