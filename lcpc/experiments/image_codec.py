"""Rate-distortion rows of image codecs: real streams of every image, decoded again and checked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lcpc.codecs import image_streams
from lcpc.codecs.image_quality import LEAST_SIDE_PX, quality
from lcpc.codecs.images.base import CONTAINER, ImageCodec, OnBase, Picture, as_picture
from lcpc.config import Config
from lcpc.data.images import Photo
from lcpc.errors import BitstreamError
from lcpc.experiments import TRAINED, Rows
from lcpc.experiments._images import (
    digests,
    has_stream,
    image_set_values,
    images_of,
    is_learned,
    learned,
    photo_files,
    photos,
    plugin,
    shared_values,
    weight_files,
    weights_read,
)
from lcpc.experiments._times import timed
from lcpc.jobs import Job, JobContext, rows
from lcpc.log import logger, progress
from lcpc.results.frames import DataFrame, concat, frame_of
from lcpc.results.schema import Column
from lcpc.units import bits_from_bytes, bits_per_pixel

LOG = logger("lcpc.evaluate")
RATES = ("bpp", "stream_bpp", "side_bpp")
QUALITIES = ("psnr_rgb_db", "ms_ssim_rgb", "ms_ssim_db")
TIMES = ("encode_s", "decode_s")
FORMAT_WORK = 64.0**2
"""All settings of a file format take about as long as a learned codec with N = 64."""
TOO_SMALL = f"MS-SSIM leaves out {{}} images with a side below {LEAST_SIDE_PX} pixels"

KIND = "rate_distortion"
FILES = ("csv", "json")
SAMPLES = ("quality",)
SHIPPED = ("streams.npz",)
COLUMNS = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "codec": Column(
        "string",
        "bmshj2018-factorized, ideal, balcilar2022, proposed, jpeg, jpeg2000, webp, avif; beyond "
        "the documents: jpegxl, heic, context, context-small, context-adaptive"),
    "base": Column(
        "string", "whose weights a learned codec stands on: compressai and what the run's config "
        "says of them, or own with width, training, photographs"),
    "quality": Column("integer", "quality of the base, or the file format's own setting"),
    "setting": Column("string", "the same and other settings of the codec, in its own words"),
    "image_count": Column("integer", "test images of the row"),
    "bpp": Column(
        "float", "mean bits a pixel as the model estimates them, side information inside; "
        "empty for file formats"),
    "stream_bpp": Column(
        "float", "mean bits a pixel, 8 x bytes of the real stream, decoded and checked; "
        "empty for ideal"),
    "side_bpp": Column(
        "float", "mean bits a pixel of the side information, inside bpp; empty for file formats"),
    "psnr_rgb_db": Column("float", "PSNR over R, G, B of each image, then their mean, dB"),
    "ms_ssim_rgb": Column("float", "MS-SSIM of each image, then their mean; 0 to 1"),
    "ms_ssim_db": Column("float", "MS-SSIM of each image in dB, then their mean"),
    **TRAINED,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each learned codec and quality, and one for each file format."""
    images = config.images
    if images is None:
        return
    for name in images.codecs:
        for level in images.qualities if is_learned(name) else (0,):
            yield _job(config, root, name, level)


def _job(config: Config, root: Path, name: str, level: int) -> Job:
    """A codec at a quality; 0 is all settings of a file format."""
    module, images = plugin(name), images_of(config)
    pictures = photo_files(config, root)
    values = {"seed": config.seed, "codec": name, **image_set_values(images)}
    if not level:
        output = rows(config.run, KIND, name)
        return Job(
            config.run, __name__, output, f"rows of {name}", pictures, values, (module.__name__,),
            work=FORMAT_WORK)
    return Job(
        config.run, __name__, rows(config.run, KIND, f"{name}_q{level}"),
        f"rows of {name} at quality {level}",
        (*weight_files(config.run, module, level), *pictures),
        {**values, "quality": level}, (module.__name__,), {"quality": level},
        work=float(images.network(level).n ** 2))


def recalling(codec: ImageCodec) -> ImageCodec:
    """A learned codec on a base that passes each picture once through each transform."""
    from lcpc.codecs.image_base import RecallingBase

    assert isinstance(codec, OnBase)
    return replace(codec, base=RecallingBase.of(codec.base))


def run(job: Job, context: JobContext) -> Rows:
    """Measure a learned codec at one quality of its base, or all settings of a file format."""
    name = job.values["codec"]
    if "quality" in job.options:
        codecs = [recalling(learned(context, name, job.options["quality"]))]
    else:
        module = plugin(name)
        codecs = [module.codec(level) for level in module.QUALITIES]
    shared = {"codec": name, **shared_values(context.config)}
    if reason := codecs[0].missing():
        LOG.info("%s: skipped: %s", name, reason)
        return Rows(skipped(reason).assign(**shared))
    pictures = photos(context)
    samples = [evaluate(codec, pictures) for codec in codecs]
    frame = frame_of([row(*pair) for pair in zip(codecs, samples, strict=True)])
    together = concat(samples)
    times = {time: round(float(together[time].median()), 4) for time in TIMES}
    provenance: dict[str, Any] = {"images": digests(pictures), "seconds_an_image": times}
    if is_learned(name):
        provenance["container"] = CONTAINER
    if libraries := codecs[0].libraries():
        provenance["libraries"] = libraries
    inputs = weights_read(job, context)
    frame = frame.assign(status="done", **shared)
    shipped = {}
    if ships(job):
        streams = dict(zip(together["image"], together["stream"], strict=True))
        shipped = {"streams.npz": image_streams.file_of(streams)}
    together = together.drop(columns=[*TIMES, "stream"])
    return Rows(frame, together, {}, provenance, inputs, shipped)


def ships(job: Job) -> bool:
    """Whether rows come with streams: those of a learned codec that has some."""
    return "quality" in job.options and has_stream(job.values["codec"])


def row(codec: ImageCodec, samples: DataFrame) -> dict[str, Any]:
    """The row of a codec at one setting."""
    settings = {"base": codec.origin, "quality": codec.quality, "setting": codec.setting}
    return {**settings, **means(samples)}


def evaluate(codec: ImageCodec, pictures: Sequence[Photo]) -> DataFrame:
    """One row an image: its size in pixels, rates in bits a pixel, qualities, seconds, stream."""
    shown = progress(pictures, f"{codec.name} {codec.quality}")
    return frame_of([measured(codec, photo) for photo in shown])


def measured(codec: ImageCodec, photo: Photo) -> dict[str, Any]:
    """One image through a codec; rates that the codec does not have are None.

    Raises BitstreamError where the stream decodes to another picture than the encoder expects.
    """
    picture = as_picture(photo.rgb)
    height, width = picture.shape[:2]
    size = {"image": photo.name, "quality": codec.quality, "height_px": height, "width_px": width}
    rates: dict[str, float] = {}
    # The stream first: its times must not profit from what the others leave at hand.
    decoded, stream = through_stream(codec, picture) if codec.has_stream else (None, {})
    if estimate := codec.estimate(picture):
        rates["bpp"] = bits_per_pixel(estimate.rate_bits, height, width)
        rates["side_bpp"] = bits_per_pixel(estimate.rate_bits_side, height, width)
    if decoded is None:
        decoded = codec.expected(picture)
    assert decoded is not None
    absent = dict.fromkeys((*RATES, *TIMES, "stream"))
    return {**size, **absent, **rates, **stream, **quality(decoded, picture)}


def through_stream(codec: ImageCodec, picture: Picture) -> tuple[Picture, dict[str, Any]]:
    """The decoded picture, and its stream with stream_bpp, encode_s and decode_s.

    Raises BitstreamError where it differs from the expected picture.
    """
    stream, encode_s = timed(lambda: codec.encode(picture))
    decoded, decode_s = timed(lambda: codec.decode(stream))
    expected = codec.expected(picture)
    is_expected = expected is None or np.array_equal(decoded, expected)
    if decoded.shape != picture.shape or not is_expected:
        raise BitstreamError(
            f"{codec.name} at {codec.quality}: a stream does not decode to the picture that its "
            "encoder foresaw; this is a defect of lcpc")
    rate = bits_per_pixel(bits_from_bytes(len(stream)), *picture.shape[:2])
    times = {"encode_s": encode_s, "decode_s": decode_s}
    return decoded, {"stream": stream, "stream_bpp": rate, **times}


def summarise(samples: DataFrame) -> DataFrame:
    """Means at each quality over all images."""
    groups = samples.groupby("quality")
    return frame_of([{"quality": level, **means(group)} for level, group in groups])


def means(samples: DataFrame) -> dict[str, Any]:
    """Means over all images, how many there are, and a note on what the means leave out."""
    values = {name: samples[name].astype("float64").mean() for name in (*RATES, *QUALITIES)}
    small = int(samples["ms_ssim_rgb"].isna().sum())
    note = TOO_SMALL.format(small) if small else ""
    return {"image_count": len(samples), **values, "note": note}


def skipped(reason: str) -> DataFrame:
    """The row of a codec that can't run here, with the reason."""
    empty = dict.fromkeys(("quality", *RATES, *QUALITIES))
    words = {"base": "", "setting": "", "image_count": 0, "status": "skipped", "note": reason}
    return frame_of([{**words, **empty}])
