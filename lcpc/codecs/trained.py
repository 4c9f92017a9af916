"""Trained networks of a run, checked to belong to its data and P."""

from typing import TYPE_CHECKING, Any

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
    return content
