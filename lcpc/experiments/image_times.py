"""Processor time of all image codecs of a run on one core: the third axis beside rate and quality.

All codecs are measured in one job, each picture through all of them in turn, so that other load on
the machine meets all alike.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.images.base import ImageCodec, Picture, as_picture
from lcpc.config import Config
from lcpc.experiments import TRAINED, Rows, _images, is_read
from lcpc.experiments._times import processor_seconds
from lcpc.jobs import Job, JobContext, rows
from lcpc.results.schema import Column

PICTURES = 2
"""Pictures that are timed, spread evenly over the run's."""
TURNS = 5
"""Times that each picture goes through all codecs."""
SETTINGS = 5
"""Settings of a file format that are timed, spread evenly over all."""
PIXELS = 1e6
"""A megapixel."""
WORK = 128.0**2
"""All codecs at all settings take about as long as a learned codec with N = 128 on all pictures."""

KIND = "image_times"
FILES = ("csv", "json")
COLUMNS = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "codec": Column("string", "as in rate_distortion; those that have a stream"),
    "base": Column("string", "as in rate_distortion"),
    "quality": Column("integer", "as in rate_distortion"),
    "setting": Column("string", "as in rate_distortion"),
    "image_count": Column("integer", "pictures that were timed"),
    "threads": Column("integer", "processor cores that the networks used"),
    "turns": Column("integer", "times that each picture went through all codecs"),
    "encode_s_per_megapixel": Column(
        "float", "picture to stream, seconds of processor time a megapixel: the mean over the "
        "pictures in each turn, then the median of the turns"),
    "low_encode_s_per_megapixel": Column("float", "the same in the fastest turn"),
    "high_encode_s_per_megapixel": Column("float", "the same in the slowest turn"),
    "decode_s_per_megapixel": Column("float", "stream to picture, median of the turns"),
    "low_decode_s_per_megapixel": Column("float", "the same in the fastest turn"),
    "high_decode_s_per_megapixel": Column("float", "the same in the slowest turn"),
    **TRAINED,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for all codecs, where a table or figure of the run shows times."""
    images = config.images
    if images is None or not is_read(config, KIND):
        return
    names = list(filter(_images.has_stream, images.codecs))
    files: dict[str, None] = {}
    for name, level in product(filter(_images.is_learned, names), images.qualities):
        files |= dict.fromkeys(_images.weight_files(config.run, _images.plugin(name), level))
    values = {"seed": config.seed, **_images.image_set_values(images),
              "qualities": list(images.qualities), "codecs": names, "pictures": PICTURES,
              "turns": TURNS, "settings": SETTINGS}
    modules = tuple(_images.plugin(name).__name__ for name in names)
    yield Job(
        config.run, __name__, rows(config.run, KIND, "codecs"), "times of the image codecs",
        (*files, *_images.photo_files(config, root)), values, modules, work=WORK)


def run(job: Job, context: JobContext) -> Rows:
    """One row a codec and setting."""
    import pandas

    codecs = [codec for name in job.values["codecs"] for codec in _codecs(name, context)]
    usable = [codec for codec in codecs if not codec.missing()]
    chosen = _images.spread(_images.photos(context), PICTURES)
    pictures = [as_picture(photo.rgb) for photo in chosen]
    skipped = [_skipped(codec, reason) for codec in codecs if (reason := codec.missing())]
    frame = pandas.DataFrame([*_timed(usable, pictures), *skipped])
    frame = frame.assign(threads=context.threads, **_images.shared_values(context.config))
    provenance = {"images": _images.digests(chosen), "libraries": _libraries(usable),
                  "load_average": _load_average()}
    return Rows(frame, provenance=provenance, inputs=_images.weights_read(job, context))


def _codecs(name: str, context: JobContext) -> list[ImageCodec]:
    """A codec at the run's qualities, or at some of its settings."""
    if _images.is_learned(name):
        qualities = _images.images_of(context.config).qualities
        return [_images.learned(context, name, quality) for quality in qualities]
    module = _images.plugin(name)
    last = len(module.QUALITIES) - 1
    places = {round(last * place / (SETTINGS - 1)) for place in range(SETTINGS)}
    return [module.codec(module.QUALITIES[place]) for place in sorted(places)]


def _timed(codecs: Sequence[ImageCodec], pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """Rows of codecs."""
    megapixels = np.array([picture[..., 0].size for picture in pictures]) / PIXELS
    in_turns = [picture for _ in range(TURNS) for picture in pictures]
    lines = []
    for codec, pairs in zip(codecs, processor_seconds(codecs, in_turns), strict=True):
        seconds = np.reshape(pairs, (TURNS, len(pictures), 2)) / megapixels[:, None]
        lines.append({
            **_identity(codec), "image_count": len(pictures), "turns": TURNS,
            **_over_turns(seconds.mean(axis=1)), "status": "done", "note": ""})
    return lines


def _over_turns(seconds: NDArray[np.float64]) -> dict[str, float]:
    """Median, least and greatest of the seconds to encode and to decode, [turn, 2]."""
    values = {}
    for name, times in zip(("encode", "decode"), seconds.T, strict=True):
        values[f"{name}_s_per_megapixel"] = float(np.median(times))
        values[f"low_{name}_s_per_megapixel"] = float(times.min())
        values[f"high_{name}_s_per_megapixel"] = float(times.max())
    return values


def _skipped(codec: ImageCodec, reason: str) -> dict[str, Any]:
    """The row of a codec that can't run here."""
    return {**_identity(codec), "image_count": 0, "turns": 0, "status": "skipped", "note": reason}


def _identity(codec: ImageCodec) -> dict[str, Any]:
    return {"codec": codec.name, "base": codec.origin, "quality": codec.quality,
            "setting": codec.setting}


def _load_average() -> list[float]:
    """Processes that ran or waited for a core, means of the last 1, 5 and 15 minutes."""
    return [round(load, 2) for load in os.getloadavg()]


def _libraries(codecs: Sequence[ImageCodec]) -> dict[str, str]:
    """Versions of what codes the file formats."""
    together: dict[str, str] = {}
    for codec in codecs:
        together.update(codec.libraries())
    return together
