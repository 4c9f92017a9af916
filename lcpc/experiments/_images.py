"""Shared by the experiments on images: a run's test images, its codecs and their weights."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from lcpc import registry
from lcpc.codecs.images.base import Checkpoint, ImageCodec
from lcpc.config import Config, Images
from lcpc.data import images as photo_sets
from lcpc.data import photographs
from lcpc.data.images import Photo
from lcpc.errors import ConfigError
from lcpc.jobs import Job, JobContext, weights

LEARNED, FORMATS = "lcpc.codecs.images", "lcpc.codecs.formats"


def images_of(config: Config) -> Images:
    """The run's settings for images. Raises ConfigError where it has none."""
    if config.images is None:
        raise ConfigError(
            f"run {config.run} measures no images; add `images:` to config/{config.run}.yaml")
    return config.images


def image_set_values(images: Images) -> dict[str, Any]:
    """Values that choose the test images."""
    return {"test": images.test, "without_trained": leaves_out_trained(images)}


def leaves_out_trained(images: Images) -> bool:
    """Whether the run trains on some of the photographs of its test set, which it does not test."""
    return images.train == images.test == "photos"


def photos(context: JobContext) -> tuple[Photo, ...]:
    """The run's test images. Raises MissingData or DataError with the way out."""
    images = images_of(context.config)
    trained = photographs.TRAIN if leaves_out_trained(images) else ()
    photos = photo_sets.load(images.test, context.root)
    return tuple(photo for photo in photos if photo.name not in trained)


def spread(photos: Sequence[Photo], count: int) -> Sequence[Photo]:
    """At most so many of the photographs, spread evenly over all."""
    return photos[::max(1, len(photos) // count)][:count]


def photo_files(config: Config, root: Path) -> tuple[str, ...]:
    """The user's own files among the test images."""
    from lcpc.data import images

    return tuple(images.input_files(images_of(config).test, root))


def digests(pictures: Sequence[Photo]) -> dict[str, str]:
    """SHA-256 of the files of the test images."""
    return {photo.name: photo.digest for photo in pictures}


def shared_values(config: Config) -> dict[str, Any]:
    """Values that all rows of a run's images have."""
    images = images_of(config)
    return {"run": config.run, "images": images.test, "seed": config.seed, "evidence": "measured"}


def is_learned(name: str) -> bool:
    """Whether an image codec is a file of `lcpc.codecs.images`."""
    return name.replace("-", "_") in registry.names(LEARNED)


def plugin(name: str) -> ModuleType:
    """The file of an image codec. Raises ConfigError naming the nearest known one."""
    return registry.load(LEARNED if is_learned(name) else FORMATS, name)


def has_stream(name: str) -> bool:
    """Whether an image codec makes streams; the ideal makes none."""
    return not hasattr(plugin(name), "NO_STREAM")


def weight_files(run: str, module: ModuleType, level: int) -> tuple[str, ...]:
    """Weights that a learned codec needs at a quality."""
    return tuple(weights(run, f"{kind}_q{level}") for kind in module.WEIGHTS)


def learned(context: JobContext, name: str, level: int) -> ImageCodec:
    """A learned codec with its weights. Raises MissingData with the command that trains them."""
    module = registry.load(LEARNED, name)
    names = [f"{kind}_q{level}" for kind in module.WEIGHTS]
    checkpoints = [Checkpoint(context.checkpoint(name), str(context.weights(name)))
                   for name in names]
    return module.codec(*checkpoints)


def weights_read(job: Job, context: JobContext) -> tuple[Path, ...]:
    """Files of the weights that a job reads; the images are in its provenance by their digests."""
    read = [path for path in job.inputs if path.startswith("checkpoints/")]
    return tuple(context.root / path for path in read)
