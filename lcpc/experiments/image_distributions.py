"""Distributions for the heatmaps: each image's own, the base's static ones, the decoded ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.images.base import Picture, as_picture
from lcpc.codecs.images.proposed import AdaptiveCodec
from lcpc.config import Config
from lcpc.data.images import Photo
from lcpc.errors import ConfigError, did_you_mean
from lcpc.experiments import TRAINED, Rows, _images, is_read
from lcpc.jobs import Job, JobContext, rows
from lcpc.log import progress
from lcpc.metrics.information import cross_entropy_bits
from lcpc.results.frames import DataFrame, frame_of
from lcpc.results.schema import Column
from lcpc.units import bits_per_pixel

Arrays = dict[str, NDArray[Any]]
CODEC = "proposed"
SHOWN = 2
LEAST_PROBABILITY = 2.0**-10
"""Rarer values are white in every heatmap."""
THUMBNAIL_PX = 240
FLAG_BITS = 8
FELL_BACK = ("the codec keeps to the static distributions here, which cost less than others with "
             "their side information")

KIND = "image_distributions"
FILES = ("csv", "json", "npz")
COLUMNS = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "base": Column("string", "as in rate_distortion"),
    "quality": Column("integer", "quality of the base"),
    "image": Column("string", "name of the image"),
    "channels": Column("integer", "M_y, channels of the latent, one distribution each"),
    "latent_height": Column("integer", "H_y, rows of the latent"),
    "latent_width": Column("integer", "W_y, columns of the latent"),
    "bins": Column("integer", "B, bins of width 1 a distribution"),
    "ideal_bpp": Column("float", "bits a pixel of y coded with the image's own distributions p"),
    "static_bpp": Column("float", "the same with the base's static distributions"),
    "proposed_bpp": Column(
        "float", "the same with the adapted distributions, without their side information"),
    **TRAINED,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """The run's lowest quality, where one of its figures shows distributions."""
    images = config.images
    if images is None or not is_read(config, KIND):
        return
    level, module = min(images.qualities), _images.plugin(CODEC)
    weights = _images.weight_files(config.run, module, level)
    values = {"seed": config.seed, **_images.image_set_values(images), "quality": level,
              "examples": list(images.examples)}
    yield Job(
        config.run, __name__, rows(config.run, KIND, f"q{level}"),
        f"distributions at quality {level}", (*weights, *_images.photo_files(config, root)), values,
        (module.__name__,), {"quality": level}, work=float(images.network(level).n ** 2))


def run(job: Job, context: JobContext) -> Rows:
    """Rates and distributions of the run's example images."""
    images = _images.images_of(context.config)
    chosen = examples(_images.photos(context), images.examples)
    codec = cast("AdaptiveCodec", _images.learned(context, CODEC, job.options["quality"]))
    frame, arrays = evaluate(codec, chosen)
    frame = frame.assign(base=codec.origin, quality=codec.quality, status="done",
                         **_images.shared_values(context.config))
    inputs = _images.weights_read(job, context)
    return Rows(frame, None, arrays, {"images": _images.digests(chosen)}, inputs)


def examples(pictures: Sequence[Photo], names: Sequence[str]) -> list[Photo]:
    """The photographs of these names, or the first two. Raises ConfigError for an unknown name."""
    known = {photo.name: photo for photo in pictures}
    for name in names:
        if name not in known:
            hint = did_you_mean(name, list(known))
            raise ConfigError(f"images: examples: there is no image {name!r}. {hint}")
    return [known[name] for name in names] or list(pictures[:SHOWN])


def evaluate(codec: AdaptiveCodec, pictures: Sequence[Photo]) -> tuple[DataFrame, Arrays]:
    """One row an image with the rates of y under p, static and p_hat; and arrays for figures.

    Arrays: bins [b] are values about the channel's median; p, p_hat [n, M, b]; static [M, b];
    small pictures picture_0, picture_1, ...
    """
    shown = progress(pictures, "distributions")
    sent = [used(codec, as_picture(photo.rgb)) for photo in shown]
    pairs = zip(pictures, sent, strict=True)
    frame = frame_of([_row(photo, distributions) for photo, distributions in pairs])
    p = np.stack([distributions["p"] for distributions in sent])
    p_hat = np.stack([distributions["p_hat"] for distributions in sent])
    together = {"p": p, "static": sent[0]["p_hat_static"], "p_hat": p_hat}
    visible = shown_bins(list(together.values()))
    count = p.shape[-1]
    bins = np.arange(count) - count // 2
    arrays = {name: array[..., visible].astype(np.float32) for name, array in together.items()}
    small = {f"picture_{index}": thumbnail(photo.rgb) for index, photo in enumerate(pictures)}
    return frame, {"bins": bins[visible], **arrays, **small}


def used(codec: AdaptiveCodec, picture: Picture) -> Arrays:
    """p, p_hat_static and p_hat [M, B]; p_hat is static where the codec sends only its flag."""
    distributions = codec.distributions(picture)
    if codec.estimate(picture).rate_bits_side <= FLAG_BITS:
        return {**distributions, "p_hat": distributions["p_hat_static"]}
    return distributions


def _row(photo: Photo, distributions: Arrays) -> dict[str, Any]:
    from lcpc.codecs.image_base import steps

    p, static = distributions["p"], distributions["p_hat_static"]
    p_hat = distributions["p_hat"]
    height, width = photo.rgb.shape[:2]
    h, w = steps(height, width)

    def rate(coded_with: NDArray[Any]) -> float:
        """Bits a pixel of the photo's symbols, coded with distributions [channel, bin]."""
        # A probability of 0 is an escape: here it has a floor, its true cost is in rate_distortion.
        lengths = cross_entropy_bits(p, np.maximum(coded_with, 2.0**-30))
        return bits_per_pixel(h * w * float(lengths.sum()), height, width)

    return {
        "image": photo.name, "channels": len(p), "latent_height": h, "latent_width": w,
        "bins": p.shape[1], "ideal_bpp": rate(p), "static_bpp": rate(static),
        "proposed_bpp": rate(p_hat), "note": FELL_BACK if p_hat is static else ""}


def shown_bins(distributions: Sequence[NDArray[Any]]) -> slice:
    """The range of bins with a visible probability in any distribution [..., B]."""
    is_shown = [(p >= LEAST_PROBABILITY).reshape(-1, p.shape[-1]).any(axis=0)
                for p in distributions]
    bins = np.flatnonzero(np.any(is_shown, axis=0))
    return slice(int(bins[0]), int(bins[-1]) + 1)


def thumbnail(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture [H, W, 3] whose longer side has THUMBNAIL_PX pixels at most."""
    from PIL import Image

    image = Image.fromarray(rgb)
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return np.array(image)
