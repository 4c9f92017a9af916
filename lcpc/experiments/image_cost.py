"""What an entropy model costs: multiplications, weights, and processor time against its base's."""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from lcpc.codecs.images.base import ImageCodec, Picture, as_picture
from lcpc.config import Config, Images
from lcpc.experiments import TRAINED, Rows, _images, is_read
from lcpc.experiments._times import processor_seconds
from lcpc.jobs import Job, JobContext, rows
from lcpc.results.frames import frame_of
from lcpc.results.schema import Column

BASE = "bmshj2018-factorized"
PICTURES = 4
"""Pictures that are timed, spread evenly over the run's."""

KIND = "image_cost"
FILES = ("csv", "json")
COLUMNS = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "codec": Column("string", "as in rate_distortion; those that have a stream"),
    "base": Column("string", "as in rate_distortion"),
    "quality": Column("integer", "quality of the base"),
    "parameters": Column("integer", "weights and biases of the entropy model's networks, beyond "
                                    "the base's"),
    "macs_per_pixel": Column("float", "multiply-accumulates of those networks over the pixels, "
                                      "mean of the timed pictures"),
    "image_count": Column("integer", "pictures that were timed"),
    "threads": Column("integer", "processor cores that the networks used"),
    "encode_s": Column("float", "picture to stream, median, seconds of processor time"),
    "decode_s": Column("float", "stream to picture, median, seconds of processor time"),
    "base_encode_s": Column("float", "the same of the base alone, on the same pictures in turn"),
    "base_decode_s": Column("float", "the same of the base alone"),
    **TRAINED,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each quality, where a table or figure of the run shows costs."""
    images = config.images
    if images is None or not is_read(config, KIND):
        return
    modules = [_images.plugin(name) for name in streamed(images)]
    for level in images.qualities:
        files = dict.fromkeys(
            file for module in modules for file in _images.weight_files(config.run, module, level))
        yield Job(
            config.run, __name__, rows(config.run, KIND, f"q{level}"),
            f"costs of the entropy models at quality {level}",
            (*files, *_images.photo_files(config, root)),
            {"seed": config.seed, **_images.image_set_values(images), "quality": level,
             "codecs": list(streamed(images)), "pictures": PICTURES},
            tuple(module.__name__ for module in modules), {"quality": level},
            work=float(images.network(level).n ** 2))


def streamed(images: Images) -> tuple[str, ...]:
    """The base and the run's other learned codecs that have a stream."""
    names = dict.fromkeys((BASE, *filter(_images.is_learned, images.codecs)))
    return tuple(filter(_images.has_stream, names))


def run(job: Job, context: JobContext) -> Rows:
    """One row a codec."""
    level, names = job.options["quality"], streamed(_images.images_of(context.config))
    codecs = [_images.learned(context, name, level) for name in names]
    chosen = _images.spread(_images.photos(context), PICTURES)
    pictures = [as_picture(photo.rgb) for photo in chosen]
    times = processor_times(codecs, pictures)
    base_times = {f"base_{name}": value for name, value in times[BASE].items()}
    table = [{
        "codec": codec.name, "base": codec.origin, "quality": level, **networks(codec, pictures),
        **times[codec.name], **base_times,
    } for codec in codecs]
    frame = frame_of(table).assign(
        image_count=len(pictures), threads=context.threads, status="done", note="",
        **_images.shared_values(context.config))
    return Rows(frame, provenance={"images": _images.digests(chosen)},
                inputs=_images.weights_read(job, context))


def networks(codec: ImageCodec, pictures: Sequence[Picture]) -> dict[str, float]:
    """Weights of a codec's entropy model, and its mean multiplications a pixel; 0 without one."""
    from lcpc.codecs.image_base import steps

    model = getattr(codec, "model", None)
    if model is None:
        return {"parameters": 0, "macs_per_pixel": 0.0}
    sizes = [picture.shape[:2] for picture in pictures]
    shares = []
    for height, width in sizes:
        rows, columns = steps(height, width)
        shares.append(model.macs(rows * columns) / (height * width))
    return {"parameters": model.parameters, "macs_per_pixel": statistics.mean(shares)}


def processor_times(codecs: Sequence[ImageCodec],
                    pictures: Sequence[Picture]) -> dict[str, dict[str, float]]:
    """Median encode_s and decode_s of each codec."""
    medians = {}
    for codec, pairs in zip(codecs, processor_seconds(codecs, pictures), strict=True):
        encode, decode = zip(*pairs, strict=True)
        medians[codec.name] = {"encode_s": statistics.median(encode),
                               "decode_s": statistics.median(decode)}
    return medians
