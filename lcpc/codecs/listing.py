"""The codecs that lcpc knows, and whether each can run here."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lcpc import config, registry
from lcpc.config import SIZES, Tools, plain

POINT_CLOUDS, FORMATS, IMAGES = (
    "lcpc.codecs.point_clouds",
    "lcpc.codecs.formats",
    "lcpc.codecs.images",
)


class CodecState(NamedTuple):
    """A codec by its name in rows, its settings in words, and why it can't run here (or "")."""

    name: str
    settings: str
    missing: str


def lines(root: Path, run: str) -> list[str]:
    """One line a codec; `run` says where the tools are, and what is trained."""
    settings = config.load(root, run)
    texts = {
        state.name: state.missing or f"ready; {state.settings}" for state in states(settings.tools)
    }
    sizes = sorted({size for curve in settings.proposed for size in curve.sizes})
    texts["proposed"] = (
        f"point clouds; trained by the run: {', '.join(sizes) or 'none'} (of {', '.join(SIZES)})"
    )
    for name in settings.input_compression.codecs if settings.input_compression else ():
        is_trained = registry.attribute(POINT_CLOUDS, name, "weights") is not None
        origin = "trained by the run" if is_trained else "outputs made elsewhere (docs/recorded.md)"
        texts.setdefault(name, f"point clouds; {origin}")
    for name in settings.images.codecs if settings.images else ():
        if name.replace("-", "_") in registry.names(IMAGES):
            texts.setdefault(name, "images; on the base that the run trains or is given")
    width = max(map(len, texts))
    return [f"{name:{width}}  {text}" for name, text in texts.items()]


def states(tools: Tools) -> Iterator[CodecState]:
    """Every codec that needs no training: input codecs of clouds, and file formats of images."""
    for name in registry.names(POINT_CLOUDS):
        module = registry.load(POINT_CLOUDS, name)
        if hasattr(module, "codec"):
            codec = module.codec(plain(tools))
            are_words = isinstance(codec.settings[0], str)
            symbol = "settings" if are_words else "S ="
            listed = ", ".join(map(str, codec.settings))
            yield CodecState(codec.name, f"point clouds; {symbol} {listed}", codec.missing())
    for name in registry.names(FORMATS):
        module = registry.load(FORMATS, name)
        first, *_, last = module.QUALITIES
        settings = f"images; {len(module.QUALITIES)} settings from {first} to {last}"
        yield CodecState(name, settings, module.codec(first).missing())
