"""Trained networks of a run, checked to belong to its data and P."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lcpc.config import Config, MixedCurve, Training, plain
from lcpc.context import Context
from lcpc.errors import ConfigError

if TYPE_CHECKING:
    from lcpc.codecs.point_clouds.proposed import ProposedCodec
    from lcpc.data.base import PointClouds


def curve_name(size: str, points: int) -> str:
    """Name of the weights of a proposed codec, and of its rows of rate and accuracy."""
    return f"proposed_{size}_P{points}"


def codec_of(context: Context, size: str, points: int,
             clouds: "PointClouds") -> "tuple[ProposedCodec, dict[str, Any]]":
    """The proposed codec of a size at P, and the content of its checkpoint."""
    from lcpc.codecs.point_clouds import proposed

    name = curve_name(size, points)
    content = weights_of(context, name, points, clouds)
    return proposed.load(content, str(context.weights(name))), content


def weights_of(context: Context, name: str, points: int, clouds: "PointClouds") -> dict[str, Any]:
    """Content of the weights `name`. Raises ConfigError where they are of other data or P."""
    content = context.checkpoint(name)
    if content["dataset"] != clouds.name or content["points"] != points:
        trained = f"{content['dataset']} at P={content['points']}"
        raise ConfigError(f"{context.weights(name)} was trained on {trained}, but {clouds.name} at "
                          f"P={points} is asked; delete it and train again")
    if difference := _difference(context.config, name, points, content):
        raise ConfigError(f"{context.weights(name)} was trained with other settings ({difference}) "
                          f"than config/{context.config.run}.yaml has; delete it and train again")
    return content


def _difference(config: Config, name: str, points: int, content: Mapping[str, Any]) -> str:
    """The first setting in which weights differ from the run's config, or ""."""
    settings: Training | None = None
    lambdas: tuple[float, ...] = ()
    if content["kind"] == "proposed":
        curve = config.curve(str(content["size"]), points)
        settings, lambdas = curve.training, curve.lambdas
    elif config.input_compression is not None:
        settings = config.input_compression.classifier
    if list(lambdas) != list(content["lambdas"]):
        return f"lambdas {list(content['lambdas'])}, not {list(lambdas)}"
    wanted = plain(settings) if settings else {}
    for key, value in content["training"].items():
        if key in wanted and wanted[key] != value:
            return f"{key} {value}, not {wanted[key]}"
    return ""


def mixed_name(size: str, points: int, seed: int) -> str:
    """Name of the weights of a codec `mixed`, and of its rows of rate and accuracy."""
    return f"mixed_{size}_P{points}_seed{seed}"


def mixed_curve(config: Config, size: str, points: int, seed: int) -> MixedCurve:
    """The curve of `mixed:` that trains a size at P with a seed. Raises ConfigError without one."""
    for curve in config.mixed:
        if size in curve.sizes and points in curve.points and seed in curve.seeds:
            return curve
    raise ConfigError(f"run {config.run} trains no mixed {size} codec at P={points} with seed "
                      f"{seed}; ask for it in `mixed:`")
