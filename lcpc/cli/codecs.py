"""`lcpc codecs`: the codecs that lcpc knows, and whether each can run here."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, get_type_hints

from lcpc import config, registry

HELP = "list the codecs and say which can't run here, and why"
FORMATS = registry.names("lcpc.codecs.formats")


class State(NamedTuple):
    """A codec as result rows name it, the settings of its curve in words, and why it can't run here (or "")."""

    name: str
    settings: str
    missing: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo", help="the run whose config says where the tools are (default: demo)")


def run(args: argparse.Namespace) -> int:
    """Print one line a codec; always 0, since a codec that can't run makes skipped rows and no failure."""
    settings = config.load(Path(args.root), args.run)
    found = list(states(settings.tools))
    images = settings.images
    learned = [name for name in (images.codecs if images else ()) if name not in FORMATS]
    width = max(len(name) for name in (*(state.name for state in found), *learned))
    for state in found:
        print(f"{state.name:{width}}  {state.missing or f'ready; {state.settings}'}")
    sizes = sorted({size for curve in settings.proposed for size in curve.sizes})
    trained = f"trained by the run: {', '.join(sizes) or 'none'} (of {', '.join(config.SIZES)})"
    print(f"{'proposed':{width}}  point clouds; {trained}")
    for codec in learned:
        print(f"{codec:{width}}  images; on the base that the run trains or is given")
    return 0


def states(tools: config.Tools) -> Iterator[State]:
    """Every codec of lcpc.codecs that needs no training: the input codecs of clouds, and the file formats of images."""
    for name in registry.names("lcpc.codecs.point_clouds"):
        module = registry.load("lcpc.codecs.point_clouds", name)
        if is_of_clouds(module):
            codec = module.codec(config.plain(tools))
            yield State(codec.name, f"point clouds; S = {', '.join(map(str, codec.settings))}", codec.missing())
    for name in FORMATS:
        module = registry.load("lcpc.codecs.formats", name)
        settings = f"images; {len(module.QUALITIES)} settings from {module.QUALITIES[0]} to {module.QUALITIES[-1]}"
        yield State(name, settings, module.codec(module.QUALITIES[0]).missing())


def is_of_clouds(module: ModuleType) -> bool:
    """Whether a module of lcpc.codecs makes a codec of point clouds from the paths of tools: its function `codec` says so."""
    from lcpc.codecs.point_clouds.base import PointCloudCodec

    return hasattr(module, "codec") and get_type_hints(module.codec).get("return") is PointCloudCodec
