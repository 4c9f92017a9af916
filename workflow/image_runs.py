"""Image codecs in a run: the rows that they make, the weights that these stand on, the settings that each job depends on."""

from collections.abc import Iterator
from typing import Any

from lcpc.config import Config, Images, plain
from lcpc.registry import names

HEATMAPS = frozenset({"encoding_distribution", "distribution_heatmap_explained", "distribution_heatmaps_adaptive",
                      "distribution_heatmaps_static", "factorized_model", "static_suboptimality"})
"""Figures of the distributions themselves, of the run's lowest quality."""
FORMATS = "lcpc.codecs.formats"
MEASURED_WITH = ("test", "codecs", "examples")
DISTRIBUTION_MODEL = ("n_q", "m_q", "bins", "lambda_q")


def rows(settings: Config) -> Iterator[tuple[str, str, str, str]]:
    """Kind, name, weights and job of each result file of a run's image codecs."""
    if (images := settings.images) is None:
        return
    for codec in images.codecs:
        if codec in names(FORMATS):
            yield "rate_distortion", codec, "", "file-format"
        else:
            for quality in images.qualities:
                yield "rate_distortion", f"{codec}_q{quality}", weights(codec, quality)[-1], "image-codec"
    if HEATMAPS & set(settings.figures):
        lowest = min(images.qualities)
        yield "image_distributions", f"q{lowest}", f"distribution_q{lowest}", "image-distributions"
    if "complexity_image" in settings.tables:
        yield "image_complexity", "image_codec", "", "image-complexity"


def weights(codec: str, quality: int | str) -> list[str]:
    """Names of the weights that a learned codec needs; the last one is its own."""
    return [f"image_base_q{quality}", *([f"distribution_q{quality}"] if codec == "proposed" else [])]


def trained(what: str, settings: Config) -> list[str]:
    """Names of all weights of a kind (`image_base`, `distribution`) that a run can train."""
    return [f"{what}_q{quality}" for quality in settings.images.qualities] if settings.images else []


def before(settings: Config, quality: int) -> list[str]:
    """Name of the base that the one of `quality` starts from, where it starts from one."""
    images = images_of(settings)
    earlier = images.qualities[:images.qualities.index(quality)][-1:]
    warm = images.warm_steps and not images.weights
    return [f"image_base_q{one}" for one in earlier if warm and images.network(one) == images.network(quality)]


def module(codec: str) -> str:
    """The file of lcpc.codecs behind a codec."""
    room = "formats" if codec in names(FORMATS) else "images"
    return f"lcpc.codecs.{room}.{codec.replace('-', '_')}"


def base_told(settings: Config, quality: int) -> dict[str, Any]:
    """Settings that a base depends on; of the qualities those up to its own, from which it may have started."""
    images = images_of(settings)
    told = {name: value for name, value in plain(images).items()
            if name not in (*MEASURED_WITH, *DISTRIBUTION_MODEL) and not name.startswith("distribution_")}
    return {**told, "qualities": images.qualities[:images.qualities.index(quality) + 1]}


def distribution_told(settings: Config, quality: int) -> dict[str, Any]:
    """Settings that a distribution model depends on, beside its base."""
    told = {name: value for name, value in plain(images_of(settings)).items()
            if name in DISTRIBUTION_MODEL or name.startswith("distribution_")}
    return {**told, "quality": quality}


def measured_told(settings: Config, quality: int) -> dict[str, Any]:
    """Settings that a measurement depends on, beside its weights, at any quality; which codecs are measured is none of them."""
    return {name: value for name, value in plain(images_of(settings)).items() if name in MEASURED_WITH and name != "codecs"}


def images_of(settings: Config) -> Images:
    """The run's settings for images; a rule that asks matches no run without them."""
    assert settings.images is not None
    return settings.images
