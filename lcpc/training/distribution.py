"""Trains the distribution model on latents of a frozen base: L = R_y + lambda_q R_q."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc.config import Config
from lcpc.data.seeds import seed_of
from lcpc.jobs import Job, weights
from lcpc.training import write_weights
from lcpc.training.image_base import (
    CLIP_NORM,
    DENSITY_RATE,
    FINAL_RATE_FRACTION,
    device_settings,
    photograph_files,
    photograph_settings,
    trained_base,
)

if TYPE_CHECKING:
    from lcpc.jobs import JobContext

BETAS = (0.9, 0.99)
WARM_UP_STEPS = 100
START_PIECES = 64
"""Histograms that the weights to start from are scaled by."""
TARGET_POSITIONS = 768 * 512 // 256
"""Latent positions of the images that the model is for; lambda_q is the trained over theirs."""


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """A model for each quality's base; the workflow trains those that the run's rows need."""
    images = config.images
    if images is None:
        return
    for quality in images.qualities:
        network = images.network(quality)
        settings = {
            "quality": quality, "seed": config.seed, "n_q": network.n_q, "m_q": network.m_q,
            "bins": network.bins, "slope": images.distribution_slope, "lambda_q": images.lambda_q,
            "target_positions": TARGET_POSITIONS, **photograph_settings(images),
            "versions": images.distribution_versions, "steps": images.distribution_steps,
            "batch": images.distribution_batch, "betas": BETAS, "start_pieces": START_PIECES,
            "learning_rate": images.distribution_learning_rate, "warm_up_steps": WARM_UP_STEPS,
            "final_rate_fraction": FINAL_RATE_FRACTION, "density_rate": DENSITY_RATE,
            "clip_norm": CLIP_NORM,
        }
        yield Job(
            config.run, __name__, weights(config.run, f"distribution_q{quality}"),
            f"distribution model at quality {quality}",
            (weights(config.run, f"image_base_q{quality}"), *photograph_files(images, root)),
            settings,
            options={"quality": quality},
            work=float(images.distribution_steps * images.distribution_batch * network.bins))


def run(job: Job, context: "JobContext") -> None:
    """Train the model of a base and write its weights, with the integer tables that code q."""
    from lcpc.training import _distribution_model

    settings = job.values
    base, photos, origin = trained_base(job, context)
    identity = {"kind": "distribution", **origin, **device_settings(context.device)}
    seed = seed_of(settings["seed"], "distribution", settings["quality"]) % 2**31
    model, seconds = _distribution_model.train(
        base, photos, settings, seed, identity, context.resume(job.name), context.device)
    content = {
        **identity, "shape": model.shape.plain(), "state": model.state_dict(),
        "tables": _distribution_model.frequency_arrays(model)}
    write_weights(job, context, content, seconds)


def held_out_bits(job: Job, context: "JobContext", changes: Sequence[Mapping[str, float]],
                  period: int) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Bits of photographs held out, every so many, and of as many trained on: a model is trained
    for each change of the job's settings. See `lcpc bench distribution_share`."""
    from lcpc.training import _distribution_share

    base, photos, _ = trained_base(job, context)
    yield from _distribution_share.of_changes(
        base, photos, job.values, changes, period, context.device)
