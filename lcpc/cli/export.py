"""`lcpc export`: one trained codec as an edge device runs it, batch norm and gain folded in, checked before it is written."""

import argparse
from dataclasses import asdict
from pathlib import Path

from lcpc import config
from lcpc.errors import ConfigError
from lcpc.log import logger

HELP = "write one trained codec for deployment: encoder and decoder for torch.export or TorchScript, and the integer tables"
LOG = logger("lcpc.export")
CHECKED_CLOUDS = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo", help="the run that trained it (default: demo)")
    parser.add_argument("--size", choices=config.SIZES, default="micro", help="size of the proposed codec")
    parser.add_argument("--points", type=int, required=True, help="P, points of the input cloud")
    parser.add_argument("--lambda", dest="lambda_", type=float, required=True, help="which codec of the curve")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pt2|FILE.pt",
                        help="the encoder, .pt2 for torch.export, .pt for TorchScript; FILE.decoder.pt2 (or .pt) and "
                             "FILE.tables.json are written beside it")


def run(args: argparse.Namespace) -> int:
    """Fold, compare on test clouds, and write."""
    import torch

    from lcpc.cli._point_rows import job_of
    from lcpc.codecs import deployment
    from lcpc.codecs.point_clouds.proposed import load
    from lcpc.experiments.input_compression import spread
    from lcpc.results.provenance import file_digest
    from lcpc.results.store import write_whole

    if args.out.suffix not in deployment.WRITERS:
        raise ConfigError(f"--out {args.out.name}: let its name end in {deployment.PROGRAM} for a file of torch.export, in "
                          f"{deployment.SCRIPT} for one of TorchScript")
    torch.set_num_threads(1)
    root = Path(args.root)
    job = job_of(root, config.load(root, args.run), f"proposed_{args.size}_P{args.points}", args.points)
    codec = load(job.content(), str(job.weights))
    clouds = job.clouds.first(args.points)[spread(len(job.clouds), min(CHECKED_CLOUDS, len(job.clouds)))]
    found = deployment.compare(codec, args.lambda_, clouds)
    about = {"run": args.run, "size": args.size, "points": args.points, "lambda": args.lambda_,
             "classes": list(job.clouds.classes), "checked": asdict(found), "weights": file_digest(job.weights)}
    for ending, content in deployment.files(codec, args.lambda_, about, clouds, args.out.suffix).items():
        write_whole(args.out.with_suffix(ending), content)
    LOG.info("%s: folded equals unfolded on %d clouds: %d streams the same, %d at a tie; latents differ by %.1g, logits by "
             "%.1g", args.out, found.clouds, found.streams_same, found.streams_at_a_tie, found.latent_error, found.logit_error)
    return 0
