"""Writes one trained codec for deployment, after comparing it with the trained networks."""

from dataclasses import asdict
from pathlib import Path

from lcpc import config
from lcpc.codecs import deployment
from lcpc.codecs.trained import codec_of, curve_name
from lcpc.data.base import spread
from lcpc.errors import ConfigError
from lcpc.jobs import JobContext
from lcpc.results.provenance import file_digest
from lcpc.results.store import write_whole

CHECKED_CLOUDS = 200


def export(root: Path, run: str, size: str, points: int, lambda_: float,
           out: Path) -> deployment.FoldingCheck:
    """Fold the codec of a lambda, compare it on test clouds, and write its files beside `out`.

    Raises ConfigError for an unknown ending or lambda, DataError where folding changes results.
    """
    if out.suffix not in deployment.WRITERS:
        raise ConfigError(f"--out {out.name}: let its name end in {deployment.PROGRAM} for a file "
                          f"of torch.export, in {deployment.SCRIPT} for one of TorchScript")
    context = JobContext(root, config.load(root, run))
    clouds = context.clouds("test")
    codec, _ = codec_of(context, size, points, clouds)
    chosen = spread(len(clouds), min(CHECKED_CLOUDS, len(clouds)))
    examples = clouds.first(points)[chosen]
    comparison = deployment.compare(codec, lambda_, examples)
    weights = file_digest(context.weights(curve_name(size, points)))
    facts = {"run": run, "size": size, "points": points, "lambda": lambda_,
             "classes": list(clouds.classes), "checked": asdict(comparison), "weights": weights}
    files = deployment.files(codec, lambda_, facts, examples, out.suffix)
    for ending, content in files.items():
        write_whole(out.with_suffix(ending), content)
    return comparison
