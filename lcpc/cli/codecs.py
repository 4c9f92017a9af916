"""`lcpc codecs`: the codecs that lcpc knows, and whether each can run here."""

import argparse
from pathlib import Path

from lcpc import config

HELP = "list the codecs and say which can't run here, and why"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo",
                        help="the run whose config says where the tools are (default: demo)")


def run(args: argparse.Namespace) -> int:
    """Print one line a codec; 0 also where one can't run: its rows are skipped."""
    from lcpc.codecs.listing import states

    settings = config.load(Path(args.root), args.run)
    lines = {state.name: state.missing or f"ready; {state.settings}"
             for state in states(settings.tools)}
    sizes = sorted({size for curve in settings.proposed for size in curve.sizes})
    trained = f"trained by the run: {', '.join(sizes) or 'none'} (of {', '.join(config.SIZES)})"
    lines["proposed"] = f"point clouds; {trained}"
    images = settings.images.codecs if settings.images else ()
    learned = list(images)
    width = max(map(len, lines))
    for name, text in lines.items():
        print(f"{name:{width}}  {text}")
    for name in learned:
        print(f"{name:{width}}  images; on the base that the run trains or is given")
    return 0
