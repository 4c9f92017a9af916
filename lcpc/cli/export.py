"""`lcpc export`: one trained codec as an edge device runs it, batch norm and gain folded in."""

import argparse
from pathlib import Path

from lcpc import config
from lcpc.context import Context
from lcpc.log import logger

HELP = ("write one trained codec for deployment: encoder and decoder for torch.export or "
        "TorchScript, and the integer tables")
LOG = logger("lcpc.export")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo", help="the run that trained it (default: demo)")
    parser.add_argument("--size", choices=config.SIZES, default="micro",
                        help="size of the proposed codec")
    parser.add_argument("--points", type=int, required=True, help="P, points of the input cloud")
    parser.add_argument("--lambda", dest="lambda_", type=float, required=True,
                        help="which codec of the curve")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pt2|FILE.pt",
                        help="the encoder, .pt2 for torch.export, .pt for TorchScript; "
                             "FILE.decoder.pt2 (or .pt) and FILE.tables.json are written beside it")


def run(args: argparse.Namespace) -> int:
    """Fold, compare on test clouds, and write."""
    import torch

    from lcpc.codecs.export import export

    torch.set_num_threads(1)
    root = Path(args.root)
    context = Context(root, config.load(root, args.run))
    checked = export(context, args.size, args.points, args.lambda_, args.out)
    LOG.info("%s: folded equals unfolded on %d clouds: %d streams the same, %d at a tie; latents "
             "differ by %.1g, logits by %.1g", args.out, checked.clouds, checked.streams_same,
             checked.streams_at_a_tie, checked.latent_error, checked.logit_error)
    return 0
