"""The codecs that lcpc knows, and whether each can run here."""

from collections.abc import Iterator
from typing import NamedTuple

from lcpc import registry
from lcpc.config import FILE_FORMATS, Tools, plain

POINT_CLOUDS, FORMATS = "lcpc.codecs.point_clouds", "lcpc.codecs.formats"


class State(NamedTuple):
    """A codec by its name in rows, its settings in words, and why it can't run here (or "")."""

    name: str
    settings: str
    missing: str


def states(tools: Tools) -> Iterator[State]:
    """Every codec that needs no training: input codecs of clouds, and file formats of images."""
    for name in registry.names(POINT_CLOUDS):
        module = registry.load(POINT_CLOUDS, name)
        if hasattr(module, "codec"):
            codec = module.codec(plain(tools))
            scales = ", ".join(map(str, codec.settings))
            yield State(codec.name, f"point clouds; S = {scales}", codec.missing())
    for name in FILE_FORMATS:
        module = registry.load(FORMATS, name)
        first, *_, last = module.QUALITIES
        settings = f"images; {len(module.QUALITIES)} settings from {first} to {last}"
        yield State(name, settings, module.codec(first).missing())
