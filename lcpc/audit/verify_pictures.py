"""Verifies rows of learned image codecs from the streams beside them.

Sizes of streams, and of the pictures that they promise, are compared everywhere; streams are
decoded where the weights are here, and PSNR and MS-SSIM are compared where the images are, too.
Streams hold whole numbers that were coded with whole numbers, so every machine decodes the same
latent; what the synthesis transform makes of it may differ in the last digits between processors.
"""

import math
from collections.abc import Mapping

import numpy as np

from lcpc import experiments
from lcpc.audit import means, verify_origin
from lcpc.audit.files import TableCache
from lcpc.audit.verified import Verified, recorded
from lcpc.codecs import image_streams
from lcpc.codecs.image_quality import quality
from lcpc.codecs.images.base import ImageCodec, Picture, as_picture, read_header, unsealed
from lcpc.data.images import Photo
from lcpc.errors import BitstreamError, MissingData, ResultError
from lcpc.experiments import image_codec
from lcpc.jobs import Job, JobContext
from lcpc.results.csv_file import read_csv
from lcpc.results.frames import DataFrame
from lcpc.results.provenance import file_digest
from lcpc.units import bits_from_bytes, bits_per_pixel

SAMPLE_TOLERANCE = 1e-5
"""Share by which a rate may differ: rows of samples have 6 digits."""
PSNR_TOLERANCE_DB = 0.001
"""Of a picture: samples have 6 digits, and another processor may round a pixel otherwise."""
MS_SSIM_DIGIT = 1e-6
"""The last of the 6 digits of MS-SSIM."""
QUALITY_TOLERANCES = {"psnr_rgb_db": PSNR_TOLERANCE_DB, "ms_ssim_rgb": 1e-5}
LABELS = {"psnr_rgb_db": "PSNR", "ms_ssim_rgb": "MS-SSIM"}

Photos = tuple[Photo, ...]


def inputs(context: JobContext) -> Photos:
    """The images that the streams were made of. Raises MissingData without the data set."""
    return image_codec.photos(context)


def compare(context: JobContext, job: Job, photos: Photos | None, result: Verified) -> None:
    """Put on record how the streams of a codec differ from its rows; with `photos`, from streams
    made anew too."""
    root = context.root
    (path,) = (root / file for file in experiments.shipped(job))
    streams = image_streams.read(path)
    result.read(root, job, [path])
    result.streams, result.stream_bytes = len(streams), sum(map(len, streams.values()))
    result.differences += verify_origin.row_defects(context, job)
    if set(streams) != set(recorded(root, job, "images")):
        result.differences.append("its streams are of other images than its provenance names")
    samples = read_csv(root / experiments.samples(job), root, {"image": "string"})
    samples = samples.set_index("image")
    if list(samples.index) != list(streams):
        raise ResultError("its samples are of other images than its streams")
    _compare_sizes(streams, samples, result)
    _compare_decibels(samples, result)
    sound = _sound(streams, samples, result)
    differences = means.differences(TableCache(root), job)
    result.differences += ["none of its rows is done"] if differences is None else differences
    codec = _codec(context, job, result)
    if codec is None:
        return
    pictures = _decoded(codec, sound, result)
    try:
        here = {photo.name: photo.rgb for photo in photos or inputs(context)}
    except MissingData as error:
        result.missing = f"the images, to compare PSNR ({error})"
        return
    if absent := sorted(streams.keys() - here.keys()):
        raise ResultError(f"the image set has no image {absent[0]!r:.80}")
    _compare_qualities(pictures, here, samples, result)
    if photos:
        _compare_rates(codec, here, samples, result)
        anew = [name for name, stream in streams.items()
                if codec.encode(as_picture(here[name])) != stream]
        result.differ(anew, "streams made anew")


def _compare_sizes(streams: Mapping[str, bytes], samples: DataFrame,
                   result: Verified) -> None:
    sizes = [bits_per_pixel(bits_from_bytes(len(stream)), row.height_px, row.width_px)
             for stream, row in zip(streams.values(), samples.itertuples(), strict=True)]
    is_same = np.isclose(samples["stream_bpp"], sizes, SAMPLE_TOLERANCE, 0)
    result.differ(list(samples.index[~is_same]), "sizes of streams")


def _codec(context: JobContext, job: Job, result: Verified) -> ImageCodec | None:
    """The codec with the weights that the rows were measured with; None where they are not here."""
    try:
        codec = image_codec.learned(context, job.values["codec"], job.options["quality"])
    except MissingData as error:
        result.is_decoded, result.missing = False, f"weights ({error})"
        return None
    read = recorded(context.root, job, "inputs")
    others = [file for file in job.inputs
              if file in read and file_digest(context.root / file) != read[file]]
    if others:
        result.is_decoded = False
        result.missing = f"weights of the rows; {', '.join(others)} is from another training"
        return None
    return codec


def _sound(streams: Mapping[str, bytes], samples: DataFrame,
           result: Verified) -> dict[str, bytes]:
    """Streams that promise a picture of the sample's size, which decoding takes memory for; others
    on record."""
    sound, broken = {}, []
    for name, stream in streams.items():
        try:
            height, width, _ = read_header(unsealed(stream))
        except BitstreamError:
            broken.append(name)
            continue
        if (height, width) != tuple(samples.loc[name, ["height_px", "width_px"]]):
            broken.append(name)
        else:
            sound[name] = stream
    result.differ(broken, "streams of no such picture")
    return sound


def _decoded(codec: ImageCodec, streams: Mapping[str, bytes],
             result: Verified) -> dict[str, Picture]:
    """Pictures by their names; streams that can't be decoded, on record."""
    pictures, broken = {}, []
    for name, stream in streams.items():
        try:
            pictures[name] = codec.decode(stream)
        except BitstreamError:
            broken.append(name)
    result.differ(broken, "streams that can't be decoded")
    return pictures


def _compare_qualities(pictures: Mapping[str, Picture], photos: Mapping[str, Picture],
                       samples: DataFrame, result: Verified) -> None:
    """PSNR and MS-SSIM of decoded pictures."""
    made = {name: quality(picture, photos[name]) for name, picture in pictures.items()}
    for column, tolerance in QUALITY_TOLERANCES.items():
        different = [name for name, values in made.items()
                     if not _is_near(samples.loc[name, column], values[column], tolerance)]
        result.differ(different, f"{LABELS[column]} of decoded pictures")


def _compare_rates(codec: ImageCodec, photos: Mapping[str, Picture], samples: DataFrame,
                   result: Verified) -> None:
    """The model's estimates of the rates of pictures."""
    for name in samples.index:
        picture = as_picture(photos[name])
        estimate, pixels = codec.estimate(picture), picture.shape[:2]
        if estimate is None:
            return
        rates = {"bpp": estimate.rate_bits, "side_bpp": estimate.rate_bits_side}
        for column, bits in rates.items():
            rate = bits_per_pixel(bits, *pixels)
            if not math.isclose(samples.loc[name, column], rate, rel_tol=SAMPLE_TOLERANCE):
                result.differ([name], f"{column} of the model")


def _compare_decibels(samples: DataFrame, result: Verified) -> None:
    """MS-SSIM in dB with MS-SSIM, in the digits that are written."""
    distance = 1 - samples["ms_ssim_rgb"].astype("float64")
    again = -10 * np.log10(distance)
    tolerance = PSNR_TOLERANCE_DB + MS_SSIM_DIGIT / distance * 10 / np.log(10)
    given = samples["ms_ssim_db"].astype("float64")
    is_same = ((given - again).abs() <= tolerance) | (given.isna() & again.isna())
    result.differ(list(samples.index[~is_same]), "MS-SSIM in dB")


def _is_near(given: float, value: float | None, tolerance: float) -> bool:
    """Whether two values are as good as equal, or both absent."""
    if value is None:
        return bool(np.isnan(given))
    return abs(given - value) <= tolerance
