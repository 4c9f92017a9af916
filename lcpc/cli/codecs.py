"""`lcpc codecs`: the codecs that lcpc knows, and whether each can run here."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lcpc import config, registry

HELP = "list the codecs and say which can't run here, and why"


class State(NamedTuple):
    """An input codec as result rows name it, the scales S of its curve, and why it can't run here (or "")."""

    name: str
    settings: tuple[int, ...]
    missing: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo", help="the run whose config says where the tools are (default: demo)")


def run(args: argparse.Namespace) -> int:
    """Print one line a codec; always 0, since a codec that can't run makes skipped rows and no failure."""
    settings = config.load(Path(args.root), args.run)
    found = list(states(settings.tools))
    width = max(len(state.name) for state in found)
    for state in found:
        print(f"{state.name:{width}}  {state.missing or 'ready; S = ' + ', '.join(map(str, state.settings))}")
    sizes = sorted({size for curve in settings.proposed for size in curve.sizes})
    print(f"{'proposed':{width}}  trained by the run: {', '.join(sizes) or 'none'} (of {', '.join(config.SIZES)})")
    return 0


def states(tools: config.Tools) -> Iterator[State]:
    """Every input codec of lcpc.codecs; the proposed codec is not among them, since its weights make it."""
    for name in registry.names("lcpc.codecs"):
        module = registry.load("lcpc.codecs", name)
        if hasattr(module, "codec"):
            codec = module.codec(config.plain(tools))
            yield State(codec.name, codec.settings, codec.missing())
