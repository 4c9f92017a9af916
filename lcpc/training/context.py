"""Trains the context models, small and large, on latents of a frozen base: L = R_y."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc.config import Config
from lcpc.data.seeds import seed_of
from lcpc.jobs import Job, weights
from lcpc.training import write_weights
from lcpc.training.image_base import FINAL_RATE_FRACTION, photograph_files, photograph_settings

if TYPE_CHECKING:
    from lcpc.context import Context

SIZES = {
    "small": {"groups": 6, "embedded": 6, "hidden": 18, "logistics": 2, "clip_norm": 20.0},
    "large": {"groups": 9, "embedded": 32, "hidden": 62, "logistics": 3, "clip_norm": 20.0},
}
CODECS = ("context", "context-small")
BETAS = (0.9, 0.98)
WARM_UP_STEPS = 50
HELD_OUT = 10
"""One photograph of so many is not trained on; sizes and steps are chosen on those."""


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """Models for each quality's base, where the run measures a codec that needs them."""
    images = config.images
    if images is None or not set(CODECS) & set(images.codecs):
        return
    for quality in images.qualities:
        settings = {
            "quality": quality, "seed": config.seed, **photograph_settings(images),
            "versions": images.context_versions, "steps": images.context_steps,
            "batch": images.context_batch, "learning_rate": images.context_learning_rate,
            "final_rate_fraction": FINAL_RATE_FRACTION, "betas": BETAS,
            "warm_up_steps": WARM_UP_STEPS, "held_out": HELD_OUT, "sizes": SIZES,
        }
        yield Job(
            config.run, __name__, weights(config.run, f"context_q{quality}"),
            f"context models at quality {quality}",
            (weights(config.run, f"image_base_q{quality}"), *photograph_files(images, root)),
            settings,
            options={"quality": quality},
            work=float(images.context_steps * images.context_batch) * 1e9)


def run(job: Job, context: "Context") -> None:
    """Train the models of a base and write them as whole numbers."""
    from lcpc.codecs.image_base import TrainedBase
    from lcpc.results.provenance import file_digest
    from lcpc.training import _context_model, _patches

    settings = job.values
    name = f"image_base_q{settings['quality']}"
    path = context.weights(name)
    base = TrainedBase.load(context.checkpoint(name), str(path))
    photos = _patches.photographs(context)
    seed = seed_of(settings["seed"], "context", settings["quality"]) % 2**31
    content, seconds = _context_model.train(
        base, photos, settings, seed, context.resume(job.name))
    description = {"kind": "context", **settings, "base_digest": file_digest(path),
                   "dataset": photos.name, "dataset_digest": photos.digest}
    write_weights(job, context, {**description, **content}, seconds)
    _context_model.forget(context.resume(job.name))
