"""Trained networks of a run, checked to belong to its data and P."""

from collections.abc import Mapping
from typing import Any

from lcpc.codecs.point_clouds import mixed, proposed
from lcpc.codecs.point_clouds.mixed import MixedCodec
from lcpc.codecs.point_clouds.proposed import ProposedCodec
from lcpc.config import Config, Curve, Training, plain
from lcpc.data.base import PointClouds
from lcpc.errors import ConfigError
from lcpc.jobs import JobContext

FIELDS = ("points", "training", "dataset", "dataset_digest")
"""What weights say of their training, whatever their kind."""
FIELDS_OF = {"proposed": ("size", "lambdas"), "mixed": ("size", "lambdas")}


def curve_name(size: str, points: int) -> str:
    """Name of the weights of a proposed codec, and of its rows of rate and accuracy."""
    return f"proposed_{size}_P{points}"


def codec_of(context: JobContext, size: str, points: int, clouds: PointClouds,
             seed: int = 0) -> tuple[ProposedCodec, dict[str, Any]]:
    """The proposed codec of a size at P and a seed (0: the first), and its checkpoint."""
    name = curve_name(size, points)
    curve = context.config.curve(size, points)
    content = weights_of(context, name, points, clouds, curve)
    return proposed.load(content, str(context.weights(name)), seed), content


def mixed_codec_of(context: JobContext, size: str, points: int, seed: int, clouds: PointClouds,
                   variant: str = "") -> tuple[MixedCodec, dict[str, Any]]:
    """The codec `mixed` of a size, seed and variant at P, and the content of its checkpoint."""
    curve = context.config.mixed_curve(size, points, seed, variant)
    name = curve.name_of(size, points, seed)
    content = weights_of(context, name, points, clouds, curve)
    return mixed.load(content, str(context.weights(name))), content


def weights_of(context: JobContext, name: str, points: int, clouds: PointClouds,
               curve: Curve | None = None) -> dict[str, Any]:
    """Content of the weights `name`, of `curve` if they are one.

    Raises ConfigError where they are of other data, P or settings.
    """
    from lcpc.checkpoints import require

    content = context.checkpoint(name)
    kind = str(content.get("kind"))
    require(content, context.weights(name), kind, *FIELDS, *FIELDS_OF.get(kind, ()))
    if content["dataset"] != clouds.name or content["points"] != points:
        trained = f"{content['dataset']} at P={content['points']}"
        raise ConfigError(f"{context.weights(name)} was trained on {trained}, but {clouds.name} at "
                          f"P={points} is asked; delete it and train again")
    if difference := _difference(context.config, curve, content):
        raise ConfigError(f"{context.weights(name)} was trained with other settings ({difference}) "
                          f"than config/{context.config.run}.yaml has; delete it and train again")
    return content


def _difference(config: Config, curve: Curve | None, content: Mapping[str, Any]) -> str:
    """The first setting in which weights differ from the run's config, or ""."""
    settings: Training | None = None
    if curve is not None:
        settings, lambdas = curve.training, list(curve.lambdas)
        if lambdas != list(content["lambdas"]):
            return f"lambdas {list(content['lambdas'])}, not {lambdas}"
    elif config.input_compression is not None:
        settings = config.input_compression.classifier
    wanted = plain(settings) if settings else {}
    for key, value in content["training"].items():
        if key in wanted and wanted[key] != value:
            return f"{key} {value}, not {wanted[key]}"
    return ""
