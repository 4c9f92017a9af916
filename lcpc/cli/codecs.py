"""`lcpc codecs`: the codecs that lcpc knows, and whether each can run here."""

import argparse
from pathlib import Path

from lcpc import config

HELP = "list the codecs and say which can't run here, and why"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo", help="the run whose config says where the tools are (default: demo)")


def run(args: argparse.Namespace) -> int:
    """Print one line a codec; always 0, since a codec that can't run makes skipped rows and no failure."""
    from lcpc.audit.doctor import codecs

    settings = config.load(Path(args.root), args.run)
    found = list(codecs(settings.tools))
    width = max(len(name) for name in (*(state.name for state in found), *config.LEARNED_CODECS))
    for state in found:
        print(f"{state.name:{width}}  {state.missing or f'ready; {state.settings}'}")
    sizes = sorted({size for curve in settings.proposed for size in curve.sizes})
    trained = f"trained by the run: {', '.join(sizes) or 'none'} (of {', '.join(config.SIZES)})"
    print(f"{'proposed':{width}}  point clouds; {trained}")
    learned = [codec for codec in config.LEARNED_CODECS if settings.images and codec in settings.images.codecs]
    for codec in learned:
        print(f"{codec:{width}}  images; on the base that the run trains or is given")
    return 0
