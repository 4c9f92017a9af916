"""Trains the base of the image codecs, bmshj2018-factorized, or takes CompressAI's weights.

First all of it on patches, L = R + lambda 255^2 MSE (`lcpc.trainer.image_transforms`); then its
densities alone on the latents of all photographs (`_image_bottleneck`). A killed training goes on
where it was.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.config import Config, Images, data_root
from lcpc.data.seeds import seed_of
from lcpc.errors import LcpcError, MissingData
from lcpc.jobs import Job, weights
from lcpc.training import write_weights

if TYPE_CHECKING:
    from lcpc.codecs.image_base import TrainedBase
    from lcpc.data.photographs import Photographs
    from lcpc.jobs import JobContext

CLIP_NORM = 1.0
FINAL_RATE_FRACTION = 0.01
BETAS = (0.9, 0.999)
DENSITY_RATE = 10.0
"""Densities learn this many times faster than transforms: they start ten bins wide, few end so."""
BOTTLENECK_RATE = 1e-2
FULL_RATE_WIDTH = 64
"""Largest N that starts at the full rate. A step of Adam moves all 25 N weights of an output by
about the rate, often in one direction; three inverse normalisations raise that to the 8th power. So
wider transforms learn more slowly, by N, and their rate rises: at the full one N = 192 diverges."""
WARM_UP_STEPS, WARM_UP_SHARE = 1000, 0.1
"""Steps in which their rate rises: so many, at most this share of all."""
THREADS = 2


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """A base for each quality; the workflow trains those that the run's rows need."""
    images = config.images
    if images is None:
        return
    for quality in images.qualities:
        title = f"image base at quality {quality}"
        output = weights(config.run, f"image_base_q{quality}")
        if images.weights:
            files = compressai_files(root, images, quality)
            inputs = tuple(map(str, files)) if len(files) == 1 else ()
            settings = {"weights": images.weights, "note": images.weights_note,
                        "bins": images.network(quality).bins}
        else:
            start = start_quality(images, quality)
            before = (weights(config.run, f"image_base_q{start}"),) if start else ()
            inputs = (*before, *photograph_files(images, root))
            settings = training_settings(config, images, quality)
        yield Job(
            config.run, __name__, output, title, inputs, {"quality": quality, **settings},
            options={"quality": quality}, threads=THREADS, work=work(images, quality))


def training_settings(config: Config, images: Images, quality: int) -> dict[str, Any]:
    """Every value that the weights of a base depend on that is trained here."""
    network = images.network(quality)
    start = start_quality(images, quality)
    first = {"first_weights": "spread"} if images.base_start == "spread" and not start else {}
    steps = images.warm_steps if start else images.base_steps
    is_wide = network.n > FULL_RATE_WIDTH
    warm_up = {"warm_up_steps": warm_up_steps(steps)} if is_wide else {}
    slowness = max(1, network.n / FULL_RATE_WIDTH)
    return {
        **first, **warm_up,
        "seed": config.seed, "n": network.n, "m": network.m, "bins": network.bins,
        "lambda": images.lambda_of(quality), **photograph_settings(images), "start": start,
        "steps": steps, "batch": images.base_batch, "precision": images.base_precision,
        "learning_rate": images.base_learning_rate / slowness,
        "final_rate_fraction": FINAL_RATE_FRACTION, "betas": BETAS,
        "density_rate": DENSITY_RATE, "clip_norm": CLIP_NORM,
        "bottleneck_steps": images.bottleneck_steps, "bottleneck_rate": BOTTLENECK_RATE,
    }


def warm_up_steps(steps: int) -> int:
    """Steps in which the rate of wide transforms rises, of so many in all."""
    return min(WARM_UP_STEPS, max(1, round(WARM_UP_SHARE * steps)))


def photograph_files(images: Images, root: Path) -> tuple[str, ...]:
    """The user's own photographs that a run trains on; none before they are there."""
    if images.train != "folder":
        return ()
    return _files_below(data_root(root) / images.train_folder, root, images.train_count)


@cache
def _files_below(folder: Path, root: Path, count: int) -> tuple[str, ...]:
    from lcpc.data import photographs

    try:
        return tuple(photographs.input_files(folder, root, count))
    except LcpcError:
        return ()  # the training says what is wrong with them


def photograph_settings(images: Images) -> dict[str, Any]:
    """Values that choose the photographs to train on; each must hold a patch."""
    return {"train": images.train, "train_folder": images.train_folder,
            "train_count": images.train_count, "patch": images.base_patch}


def device_settings(device: str) -> dict[str, str]:
    """What a checkpoint says of an accelerator that it was trained on, whose random numbers differ
    from the processor's."""
    return {} if device == "cpu" else {"device": device.partition(":")[0]}


def start_quality(images: Images, quality: int) -> int:
    """Quality whose weights a base starts from, the one before it in the list; 0 for none."""
    index = images.qualities.index(quality)
    if not index or not images.warm_steps:
        return 0
    before = images.qualities[index - 1]
    return before if images.network(before) == images.network(quality) else 0


def work(images: Images, quality: int) -> float:
    """Multiply-accumulates of a training, up to a factor."""
    steps = images.warm_steps if start_quality(images, quality) else images.base_steps
    pixels = images.base_batch * images.base_patch**2
    return float(steps * pixels * images.network(quality).n ** 2)


def run(job: Job, context: "JobContext") -> None:
    """Train a base, or convert CompressAI's, and write it with its static distributions."""
    if "weights" in job.values:
        return _convert(job, context)
    from lcpc.models.image_factorized import ImageBase
    from lcpc.models.image_transforms import spread
    from lcpc.trainer import image_transforms
    from lcpc.trainer.patches import photographs
    from lcpc.training import _image_bottleneck

    settings = job.values
    photos = photographs(context)
    seed = seed_of(settings["seed"], "image-base", settings["quality"]) % 2**31
    base = ImageBase(settings["n"], settings["m"], seed)
    identity = {
        "kind": "image_transforms", **settings, "start_digest": "",
        "dataset": photos.name, "dataset_digest": photos.digest, **device_settings(context.device)}
    if settings["start"]:
        state, identity["start_digest"] = _start(settings["start"], context)
        base.load_state_dict(state)
    elif settings.get("first_weights") == "spread":
        spread(base.g_a, base.g_s)
    resume = context.resume(job.name)
    seconds = image_transforms.train(
        base, photos.rgb, settings, seed, identity, resume, context.device)
    gap, seconds = _image_bottleneck.train(base, photos.rgb, settings, identity, resume, seconds)
    after = f" after quality {settings['start']}" if settings["start"] else ""
    shape = f"N={base.n} M={base.m}"
    origin = f"own, {shape}, {settings['steps']} steps on {photos.name}{after}"
    description = {**identity, "origin": origin, "training_gap_percent": gap}
    content = _image_bottleneck.base_content(base.cpu(), description, settings["bins"])
    write_weights(job, context, content, seconds)
    _image_bottleneck.resume_file(resume).unlink(missing_ok=True)


def trained_base(
    job: Job, context: "JobContext"
) -> "tuple[TrainedBase, Photographs, dict[str, Any]]":
    """The frozen base of a job's quality, the photographs to train on, and what a checkpoint says
    of both beside the job's values."""
    from lcpc.codecs.image_base import TrainedBase
    from lcpc.results.provenance import file_digest
    from lcpc.trainer.patches import photographs

    name = f"image_base_q{job.values['quality']}"
    path, photos = context.weights(name), photographs(context)
    base = TrainedBase.load(context.checkpoint(name), str(path))
    return base, photos, {**job.values, "base_digest": file_digest(path), "dataset": photos.name,
                          "dataset_digest": photos.digest}


def _start(quality: int, context: "JobContext") -> tuple[dict[str, Any], str]:
    """Weights of the base of another quality, and the digest of their file."""
    from lcpc.checkpoints import require
    from lcpc.results.provenance import file_digest

    name = f"image_base_q{quality}"
    content, path = context.checkpoint(name), context.weights(name)
    require(content, path, "image_base", "state")
    return content["state"], file_digest(path)


def _convert(job: Job, context: "JobContext") -> None:
    """Write CompressAI's weights of a quality as a base of the run."""
    from lcpc import checkpoints
    from lcpc.models.image_factorized import of_compressai
    from lcpc.results.provenance import file_digest
    from lcpc.training._image_bottleneck import base_content

    quality = job.values["quality"]
    images = context.config.images
    assert images is not None
    files = compressai_files(context.root, images, quality)
    if len(files) != 1:
        raise MissingData(
            f"{data_root(context.root) / images.weights} holds {len(files)} files "
            f"{PATTERN.format(quality)}, not one. They are CompressAI's (its zoo names their "
            "address); leave images: weights empty to train")
    base = of_compressai(checkpoints.foreign(files[0]), str(files[0]))
    note = job.values["note"]
    description = {"quality": quality, "origin": f"compressai ({note})" if note else "compressai",
                   "weights": files[0].name, "weights_digest": file_digest(files[0])}
    content = base_content(base, description, job.values["bins"])
    write_weights(job, context, content, 0.0)


PATTERN = "bmshj2018-factorized-prior-{}-*.pth.tar"
"""Names of CompressAI's weights by quality."""


def compressai_files(root: Path, images: Images, quality: int) -> list[Path]:
    """CompressAI's weights of a quality in the folder that the run names; exactly one is right."""
    folder = data_root(root) / images.weights
    return sorted(folder.glob(PATTERN.format(quality)))
