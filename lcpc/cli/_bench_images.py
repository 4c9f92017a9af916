"""`lcpc bench images`: the encode time of the base of image codecs, and what adapting its distributions adds."""

import argparse
from pathlib import Path

from lcpc import config


def run(args: argparse.Namespace) -> int:
    """Print one line of Markdown for each quality of the run."""
    import torch

    from lcpc.bench.image_encoding import encode_cost
    from lcpc.cli._images import images_of, learned, photos
    from lcpc.training.memory import keep_freed_memory

    root = Path(args.root)
    settings = config.load(root, args.run)
    images = images_of(settings)
    torch.set_num_threads(max(1, args.threads))
    keep_freed_memory()
    pictures = [photo.rgb for photo in photos(root, images)]
    print("| quality | base, ms | adapting adds, ms | % |\n|---|---|---|---|")
    for quality in images.qualities:
        pair = [learned(root, settings.run, name, quality)[0] for name in ("bmshj2018-factorized", "proposed")]
        cost = encode_cost(pair[0], pair[1], pictures, args.rounds)
        print(f"| {quality} | {cost.base_ms:.1f} | {cost.added_ms:.1f} | {cost.added_percent:.1f} |", flush=True)
    return 0
