"""What each job depends on: the settings behind it, so that a change in the config reruns what it reaches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lcpc.config import Config, InputCompression, Training, given, plain
from lcpc.results.provenance import value_digest


def data(settings: Config, wildcards: Any) -> Any:
    """Settings that a made data set depends on."""
    return _noted([settings.seed, _dataset(settings)], settings, {})


def everything(settings: Config, wildcards: Any) -> Any:
    """A run's whole config."""
    return plain(settings)


def training(settings: Config, wildcards: Any) -> Any:
    """Settings that a training depends on: for its own size and P only, and how often it saves does not count."""
    if not hasattr(wildcards, "size"):
        classifier = _lasting(compression(settings).classifier)
        return _noted([settings.seed, _dataset(settings), classifier], settings, {"classifier": classifier})
    curve = settings.curve(wildcards.size, int(wildcards.points))
    own = {**given(curve), "sizes": [], "points": [], "lambdas": curve.lambdas, "training": _lasting(curve.training)}
    return _noted([settings.seed, _dataset(settings), own], settings, {"proposed": own})


def looking(settings: Config, wildcards: Any) -> Any:
    """Settings behind reconstructions and latencies; which sizes and P are asked for does not count."""
    sections = {"reconstruction": settings.reconstruction, "latency": settings.latency}
    asked = {name: {**given(one), "sizes": [], "points": []} if one else {} for name, one in sections.items()}
    return _noted([settings.seed, _dataset(settings), list(asked.values())], settings, asked)


def drawn(settings: Config, wildcards: Any) -> Any:
    """What built networks depend on: sizes, P, BN behind the 256 layer, widths and slope of image codecs."""
    images = settings.images
    networks = [images.network(quality) for quality in images.qualities] if images else []
    curves = [[curve.sizes, curve.points, curve.head_norm] for curve in settings.proposed]
    slope = images.distribution_slope if images else None
    return value_digest([curves, [plain(one) for one in networks], slope])


def motion(settings: Config, wildcards: Any) -> Any:
    """Settings that a measurement of latent motion depends on; the list of networks is none of them."""
    told = given(settings.latent_motion) if settings.latent_motion else {}
    told = {**told, "networks": [], "weights": []}
    return _noted([settings.seed, told], settings, {"latent_motion": told})


def measurement(settings: Config, wildcards: Any) -> Any:
    """Settings that a measurement with an input codec depends on."""
    inputs = compression(settings)
    kept = {**{key: getattr(inputs, key) for key in ("scales", "test_clouds", "recorded")}, "tools": given(settings.tools)}
    return _noted([settings.seed, _dataset(settings), *kept.values()], settings, {"input_compression": kept})


def images(told: Callable[[Config, int], dict[str, Any]]) -> Callable[[Config, Any], Any]:
    """Settings for images that `told` picks, at the job's quality where it has one."""
    def digest(settings: Config, wildcards: Any) -> Any:
        found = told(settings, int(getattr(wildcards, "quality", 0)))
        return _noted([settings.seed, found], settings, {"images": found})

    return digest


def compression(settings: Config) -> InputCompression:
    """What a run says of input compression, or the defaults."""
    return settings.input_compression or InputCompression()


def _noted(digested: list[Any], settings: Config, told: dict[str, Any]) -> dict[str, Any]:
    """Some settings as a rule's parameter."""
    return {"seed": settings.seed, "dataset": _dataset(settings), **told}


def _dataset(settings: Config) -> dict[str, Any]:
    return given(settings.dataset) if settings.dataset else {}


def _lasting(training: Training) -> dict[str, Any]:
    return given(replace(training, checkpoint_minutes=Training.checkpoint_minutes))
