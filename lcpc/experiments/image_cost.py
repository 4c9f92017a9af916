"""What an entropy model costs: multiplications, weights, and processor time against its base's."""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from lcpc.codecs.images.base import ImageCodec, Picture, as_picture
from lcpc.config import Config, Images
from lcpc.experiments import Rows, is_read
from lcpc.experiments._image_times import seconds as seconds_of
from lcpc.experiments.image_codec import (
    digests,
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
from lcpc.jobs import Job, JobContext, rows
from lcpc.log import progress
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
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done"),
    "note": Column("string", "empty"),
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each quality, where a table or figure of the run shows costs."""
    images = config.images
    if images is None or not is_read(config, KIND):
        return
    modules = [plugin(name) for name in streamed(images)]
    for level in images.qualities:
        files = dict.fromkeys(
            file for module in modules for file in weight_files(config.run, module, level))
        yield Job(
            config.run, __name__, rows(config.run, KIND, f"q{level}"),
            f"costs of the entropy models at quality {level}",
            (*files, *photo_files(config, root)),
            {"seed": config.seed, **image_set_values(images), "quality": level,
             "codecs": list(streamed(images)), "pictures": PICTURES},
            tuple(module.__name__ for module in modules), {"quality": level},
            work=float(images.network(level).n ** 2))


def streamed(images: Images) -> tuple[str, ...]:
    """The base and the run's other learned codecs that have a stream."""
    names = dict.fromkeys((BASE, *filter(is_learned, images.codecs)))
    return tuple(name for name in names if not hasattr(plugin(name), "NO_STREAM"))


def run(job: Job, context: JobContext) -> Rows:
    """One row a codec."""
    import pandas

    level = job.options["quality"]
    codecs = [learned(context, name, level) for name in streamed(images_of(context.config))]
    every = photos(context)
    chosen = every[::max(1, len(every) // PICTURES)][:PICTURES]
    pictures = [as_picture(photo.rgb) for photo in chosen]
    times = processor_times(codecs, pictures)
    base_times = {f"base_{name}": value for name, value in times[BASE].items()}
    table = [{
        "codec": codec.name, "base": codec.origin, "quality": level, **networks(codec, pictures),
        **times[codec.name], **base_times,
    } for codec in codecs]
    frame = pandas.DataFrame(table).assign(
        image_count=len(pictures), threads=context.threads, status="done", note="",
        **shared_values(context.config))
    return Rows(frame, provenance={"images": digests(chosen)}, inputs=weights_read(job, context))


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
    """Median encode_s and decode_s of each codec.

    Each picture goes through all codecs in turn, so that other load on the machine meets all; the
    first one goes twice, and counts once.
    """
    seconds: dict[str, list[tuple[float, float]]] = {codec.name: [] for codec in codecs}
    for picture in progress([pictures[0], *pictures], "pictures"):
        for codec in codecs:
            seconds[codec.name].append(seconds_of(codec, picture))
    medians = {}
    for name, pairs in seconds.items():
        encode, decode = zip(*pairs[1:], strict=True)
        medians[name] = {"encode_s": statistics.median(encode),
                         "decode_s": statistics.median(decode)}
    return medians
