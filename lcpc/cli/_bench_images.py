"""`lcpc bench images`: the encode time of the base of image codecs, and what adapting its distributions adds."""

import argparse
from pathlib import Path

from lcpc import config


def run(args: argparse.Namespace) -> int:
    """Print one line of Markdown for each quality of the run."""
    from lcpc.bench.image_encoding import table
    from lcpc.context import Context
    from lcpc.training._process import prepare_process

    root = Path(args.root)
    prepare_process(args.threads)
    for line in table(Context(root, config.load(root, args.run), args.threads), args.rounds):
        print(line, flush=True)
    return 0
