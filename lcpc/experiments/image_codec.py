"""Rate-distortion rows of image codecs: real streams of every image, decoded again and checked; means over the images."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from lcpc.codecs.images import ideal
from lcpc.codecs.images.base import ImageCodec, Picture, as_picture
from lcpc.data.images import Photo
from lcpc.errors import BitstreamError
from lcpc.experiments import _image_quality as image_quality
from lcpc.log import progress
from lcpc.units import bits_from_bytes, bits_per_pixel

if TYPE_CHECKING:
    import pandas

Made = TypeVar("Made")
RATES = ("bpp", "stream_bpp", "side_bpp")
QUALITIES = ("psnr_rgb_db", "ms_ssim_rgb", "ms_ssim_db")
TIMES = ("encode_s", "decode_s")
TOO_SMALL = f"MS-SSIM leaves out {{}} images with a side below {image_quality.LEAST_SIDE_PX} pixels"


def evaluate(codec: ImageCodec, photos: Sequence[Photo]) -> "pandas.DataFrame":
    """Per-image rows: image, height_px, width_px, rates (bits a pixel), qualities, and seconds to encode and to decode."""
    import pandas

    return pandas.DataFrame([measured(codec, photo) for photo in progress(photos, f"{codec.name} {codec.quality:g}")])


def measured(codec: ImageCodec, photo: Photo) -> dict[str, Any]:
    """One image through a codec. Raises BitstreamError where its stream does not decode to what the encoder foresaw."""
    picture = as_picture(photo.rgb)
    height, width = picture.shape[:2]
    parts = codec.parts(picture)
    estimate = {} if parts is None else {"bpp": bits_per_pixel(parts.rate_bits, height, width),
                                         "side_bpp": bits_per_pixel(parts.rate_bits_side, height, width)}
    decoded, stream = estimate_alone(codec, picture) if codec.name == ideal.NAME else through_stream(codec, picture)
    return {"image": photo.name, "height_px": height, "width_px": width, **dict.fromkeys((*RATES, *TIMES)), **estimate,
            **stream, **image_quality.quality(decoded, picture)}


def through_stream(codec: ImageCodec, picture: Picture) -> tuple[Picture, dict[str, float]]:
    """The decoded picture, and stream_bpp, encode_s and decode_s of its stream.

    Raises BitstreamError where the two sides do not agree.
    """
    stream, encode_s = timed(lambda: codec.encode(picture))
    decoded, decode_s = timed(lambda: codec.decode(stream))
    expected = codec.reconstruct(picture)
    if decoded.shape != picture.shape or (expected is not None and not np.array_equal(decoded, expected)):
        raise BitstreamError(f"{codec.name} at {codec.quality:g}: a stream does not decode to the picture that its encoder "
                             "foresaw; this is a defect of lcpc")
    rate = bits_per_pixel(bits_from_bytes(len(stream)), *picture.shape[:2])
    return decoded, {"stream_bpp": rate, "encode_s": encode_s, "decode_s": decode_s}


def estimate_alone(codec: ImageCodec, picture: Picture) -> tuple[Picture, dict[str, float]]:
    """What a codec without a stream would decode to, and nothing to weigh or to time."""
    decoded = codec.reconstruct(picture)
    assert decoded is not None
    return decoded, {}


def timed(work: Callable[[], Made]) -> tuple[Made, float]:
    """What `work` gives, and the seconds that it took."""
    started = time.perf_counter()
    made = work()
    return made, time.perf_counter() - started


def summarise(samples: "pandas.DataFrame") -> dict[str, Any]:
    """What one row says of all images: means, how many images, and what the means leave out."""
    means = {name: samples[name].astype("float64").mean() for name in (*RATES, *QUALITIES)}
    small = int(samples["ms_ssim_rgb"].isna().sum())
    return {"image_count": len(samples), **means, "note": TOO_SMALL.format(small) if small else ""}


def skipped(reason: str) -> "pandas.DataFrame":
    """The row of a codec that can't run here, with the reason."""
    import pandas

    empty = dict.fromkeys(("quality", *RATES, *QUALITIES))
    return pandas.DataFrame([{"base": "", "setting": "", "image_count": 0, **empty, "status": "skipped", "note": reason}])
