"""Trains a context model, small or large, on latents of a frozen base: L = R_y."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lcpc import registry
from lcpc.config import Config
from lcpc.data.seeds import seed_of
from lcpc.jobs import Job, weights
from lcpc.training import write_weights
from lcpc.training.image_base import (
    FINAL_RATE_FRACTION,
    photograph_files,
    photograph_settings,
    trained_base,
)

if TYPE_CHECKING:
    from lcpc.jobs import JobContext
    from lcpc.models.context_model import ContextModel, Pass

CODECS = "lcpc.codecs.images"
SIZES = {
    "context": {"groups": 9, "embedded": 32, "hidden": 62, "logistics": 3},
    "context_small": {"groups": 6, "embedded": 6, "hidden": 18, "logistics": 2},
}
"""Widths of the models, by the names of their weights."""
BETAS = (0.9, 0.98)
WARM_UP_STEPS = 50
CLIP_NORM = 20.0
HELD_OUT = 10
"""One photograph of so many is not trained on; sizes and steps are chosen on those."""
WORK = 1e9
"""Multiply-accumulates of a photograph in a step, in order of size."""


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """A model for each quality's base and each codec that needs one."""
    images = config.images
    if images is None:
        return
    for size in sorted(set(SIZES) & weights_of(images.codecs)):
        for quality in images.qualities:
            settings = {
                "quality": quality, "seed": config.seed, **photograph_settings(images),
                "versions": images.context_versions, "steps": images.context_steps,
                "batch": images.context_batch, "learning_rate": images.context_learning_rate,
                "final_rate_fraction": FINAL_RATE_FRACTION, "betas": BETAS,
                "clip_norm": CLIP_NORM, "warm_up_steps": WARM_UP_STEPS, "held_out": HELD_OUT,
                **SIZES[size]}
            yield Job(
                config.run, __name__, weights(config.run, f"{size}_q{quality}"),
                f"{size.replace('_', ' ')} model at quality {quality}",
                (weights(config.run, f"image_base_q{quality}"), *photograph_files(images, root)),
                settings,
                options={"quality": quality},
                work=float(images.context_steps * images.context_batch * WORK))


def weights_of(codecs: Sequence[str]) -> set[str]:
    """Names of the trainings that learned image codecs need, those of context models among them."""
    learned = registry.names(CODECS)
    names = [name for name in codecs if name.replace("-", "_") in learned]
    return {weights for name in names for weights in registry.load(CODECS, name).WEIGHTS}


def run(job: Job, context: "JobContext") -> None:
    """Train the model of a base and write it in whole numbers."""
    from lcpc.training import _context_model

    settings = job.values
    base, photos, origin = trained_base(job, context)
    content, seconds = _context_model.train(
        base, photos, settings, model_seed(settings), context.resume(job.name))
    write_weights(job, context, {"kind": "context", **origin, **content}, seconds)


def model_seed(settings: Mapping[str, Any]) -> int:
    """What a model's random numbers come from; its job's values are the settings."""
    return seed_of(settings["seed"], "context", settings["quality"]) % 2**31


def held_out_gains(job: Job, context: "JobContext", settings: Mapping[str, Any],
                   orders: Mapping[str, Sequence["Pass"]],
                   ) -> Iterator[tuple[str, "ContextModel", float]]:
    """(name, model trained with that order of decoding, change of the bits of photographs held out
    against the static distributions, %)."""
    import torch

    from lcpc.models.context_model import ContextModel
    from lcpc.training import _context_model as model_training

    base, photos, _ = trained_base(job, context)
    seed = model_seed(settings)
    trained, held_out = model_training.split_latents(
        base, photos, settings, seed, context.resume(job.name).parent)
    channels = model_training.channels_in_use(trained)
    used = [grid[channels] for grid in trained]
    shape = model_training.shape_for(len(channels), settings)
    for name, passes in orders.items():
        torch.manual_seed(seed)
        model = ContextModel(shape, passes)
        model_training.started(model, model_training.spreads(trained, channels))
        with TemporaryDirectory() as folder:
            model_training.fit_model(
                model, used, settings, seed, {"order": name}, Path(folder, "state.pt"))
        gain = model_training.held_out_gain_percent(model, base, held_out, channels)
        yield name, model, gain
