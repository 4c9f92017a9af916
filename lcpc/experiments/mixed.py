"""Rate, accuracy and cost of the codec `mixed`: real streams of test clouds, decoded again and
classified.

The codec is measured as it is shipped: its rows come with its weights and with all streams.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc import jobs as job_files
from lcpc.codecs.point_clouds.mixed import MixedCodec
from lcpc.codecs.shipped import mixed
from lcpc.codecs.trained import mixed_codec_of
from lcpc.config import Config, MixedCurve
from lcpc.data.point_clouds import cloud_count
from lcpc.experiments import CURVE, TRAINED, JobContext, Rows, _shipped
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.experiments._rate_accuracy import SAMPLES, summarise
from lcpc.jobs import Job
from lcpc.metrics.architectures import encoder_activations
from lcpc.metrics.complexity import mac_count
from lcpc.results.schema import Column

if TYPE_CHECKING:
    from lcpc.models.mixed_codec import MixedPointCodec

__all__ = ["COLUMNS", "FILES", "KIND", "SAMPLES", "SHIPPED", "jobs", "lambdas", "run",
           "summarise"]

KIND = "mixed"
FILES = ("csv", "json")
SHIPPED = ("weights.npz", "streams.npz")
COLUMNS: Mapping[str, Column] = {
    **CURVE,
    "variant": Column("string", "what tells curves of one size and P apart", optional=True),
    "mixing": Column("integer", "hidden units of the mixing network; 0 is none"),
    "context": Column("string", "yes where each latent is coded given those before it, else no"),
    "encoder_macs_per_point": Column("integer", "multiply-accumulates of g_a for each point; of "
                                                "local those of a cloud, distances included, over "
                                                "P"),
    "mixing_macs": Column("integer", "multiply-accumulates of the mixing network for each cloud"),
    "entropy_macs": Column("integer", "multiply-accumulates of the entropy model for each cloud, "
                                      "on either side, masked weights left out"),
    "decoder_macs": Column("integer", "multiply-accumulates of the classifier for each cloud"),
    "rate_bits": Column("float", "mean bits a cloud by the probabilities that the coder uses"),
    "stream_bits": Column("float", "mean bits a cloud, 8 x bytes of the real stream, decoded again "
                                   "and checked"),
    "top1_percent": Column("float", "top-1 accuracy of the decoded stream, %"),
    **TRAINED,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each size, P and seed that the run trains and measures."""
    for curve in config.mixed:
        if curve.measured:
            for size, points, seed in product(curve.sizes, curve.points, curve.seeds):
                yield _job(config, root, curve, size, points, seed)


def _job(config: Config, root: Path, curve: MixedCurve, size: str, points: int, seed: int) -> Job:
    name, count = curve.name_of(size, points, seed), cloud_count(config, "test")
    options: dict[str, Any] = {"size": size, "points": points, "seed": seed}
    if curve.variant:
        options["variant"] = curve.variant
    work = encoder_activations(size, points) * count * len(curve.lambdas)
    return Job(
        config.run, __name__, job_files.rows(config.run, KIND, name.removeprefix("mixed_")),
        f"rows of mixed {curve.label_of(size)} at P={points}, seed {seed}",
        inputs=(*point_clouds.inputs_of(config, root, name),
                *job_files.clouds(config, root, "train")),
        values=point_clouds.settings_of(config),
        modules=("lcpc.codecs.point_clouds.mixed", "lcpc.codecs.shipped.mixed"),
        options=options, work=float(work))


def lambdas(job: Job, config: Config) -> Sequence[float]:
    """The lambdas of a curve."""
    options = job.options
    return config.mixed_curve(options["size"], options["points"], options["seed"],
                              options.get("variant", "")).lambdas


def run(job: Job, context: JobContext) -> Rows:
    """One row a lambda."""
    size, points, seed = job.options["size"], job.options["points"], job.options["seed"]
    variant = job.options.get("variant", "")
    training, clouds = context.clouds("train"), context.clouds("test")
    curve = context.config.mixed_curve(size, points, seed, variant)
    weights = context.weights(curve.name_of(size, points, seed))
    trained, content = mixed_codec_of(context, size, points, seed, training, variant)
    codec = mixed.ship(trained, training, _shipped.origin(context, training, content, weights))
    samples, streams = _shipped.evaluate(codec, clouds)
    shared = point_clouds.shared_columns(context, clouds, points, codec="mixed", size=size)
    columns = shared | {"seed": seed, "variant": variant} | costs(trained)
    rows = summarise(samples).assign(**columns)
    shipped = {}
    if is_shipped(context.config, size, points, seed, variant):
        shipped = _shipped.files(codec, clouds, streams)
    return Rows(rows, samples, provenance=point_clouds.origin(clouds, content), inputs=(weights,),
                shipped=shipped)


def is_shipped(config: Config, size: str, points: int, seed: int, variant: str) -> bool:
    """Whether weights and streams come with the rows: first seed, largest P of a size."""
    curves = [curve for curve in config.mixed if size in curve.sizes and not curve.variant]
    largest = max((max(curve.points) for curve in curves), default=0)
    first = {curve.seeds[0] for curve in curves if points in curve.points}
    return not variant and points == largest and seed in first


def encoder_macs_per_point(model: "MixedPointCodec", points: int) -> int:
    """Multiply-accumulates of g_a for a cloud, its distances included, over P; rounded up."""
    from lcpc.models.layers import weighted_layers
    from lcpc.models.local_encoder import LocalEncoder

    if isinstance(model.g_a, LocalEncoder):
        return -(-model.g_a.macs(points) // points)
    return mac_count(list(weighted_layers(model.g_a)))


def costs(codec: MixedCodec) -> dict[str, int | str]:
    """Settings and multiply-accumulates of the built networks, equal for all lambdas."""
    from lcpc.models.layers import weighted_layers

    model = codec.model(codec.settings[0])
    parts = {"mixing_macs": model.mixing, "decoder_macs": model.h}
    counted = {name: mac_count(list(weighted_layers(part))) for name, part in parts.items()}
    return {"mixing": model.shape.mixing, "context": "yes" if model.shape.context else "no",
            "encoder_macs_per_point": encoder_macs_per_point(model, codec.points), **counted,
            "entropy_macs": model.entropy_model.macs()}
