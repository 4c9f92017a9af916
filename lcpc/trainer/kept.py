"""Weights that a repository keeps, so that anyone can measure their rows anew without training.

    results/<run>/weights/<name>.pt     a checkpoint
    results/<run>/weights/<name>.json   its digest, what its training took, and the job's values

Where a training finds its own values there, of the clouds that are here, it takes these weights;
else it trains.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.errors import DataError, LcpcError, MissingData
from lcpc.jobs import Job, JobContext
from lcpc.log import logger
from lcpc.results.provenance import file_digest
from lcpc.results.store import read_json, write_json, write_whole

if TYPE_CHECKING:
    from torch import Tensor

LOG = logger("lcpc.training")
FOLDER = "weights"
MOST_BYTES = 8 << 20
"""Of one file: more does not belong into a repository."""


def kept_file(root: Path, job: Job) -> Path:
    """Where a repository keeps the weights of a training."""
    return root / "results" / job.run / FOLDER / f"{job.name}.pt"


def keep(root: Path, job: Job) -> Path:
    """Copy trained weights to where the repository keeps them; their path.

    Raises MissingData where they are not trained, DataError where they are broken or too large.
    """
    weights = root / job.output
    if not weights.is_file():
        raise MissingData(f"{job.output} is not there; train it first: "
                          f"lcpc train {job.name} --run {job.run}")
    _checked(weights)
    target = kept_file(root, job)
    facts = read_json(weights.with_suffix(".json"))
    facts |= {"weights": file_digest(weights), "values": _plain(job.values)}
    _copy(weights, target, facts)
    return target


def take(context: JobContext, job: Job) -> bool:
    """Put kept weights in place of a training, if they are of its values and clouds; whether they
    are. Without clouds here, values decide alone.

    Raises DataError where they are broken.
    """
    root, kept = context.root, kept_file(context.root, job)
    if not kept.is_file():
        return False
    training = read_json(kept.with_suffix(".json"))
    difference = _difference(context, job, training)
    if difference:
        LOG.info("%s was trained %s; training anew", kept.relative_to(root), difference)
        return False
    del training["values"]
    _copy(kept, root / job.output, training)
    LOG.info("%s is taken from %s; to train it, remove that file", job.output,
             kept.relative_to(root))
    return True


def is_taken(context: JobContext, job: Job) -> bool:
    """Whether `take` would put kept weights in place of a training; False where it would raise."""
    kept = kept_file(context.root, job)
    if not kept.is_file():
        return False
    with suppress(LcpcError, OSError, ValueError):
        return not _difference(context, job, read_json(kept.with_suffix(".json")))
    return False


def _difference(context: JobContext, job: Job, training: Mapping[str, Any]) -> str:
    """How kept weights differ from those of a training, or ""."""
    kept = kept_file(context.root, job)
    if "weights" not in training:
        raise DataError(f"{kept} has no digest in {kept.stem}.json; restore both files from the "
                        "repository, or remove them")
    content = _checked(kept)
    if training.get("values") != _plain(job.values):
        return "with other settings"
    return "" if _is_of_these_clouds(content, context) else "on other clouds"


def _checked(weights: Path) -> dict[str, Any]:
    """Content of weights. Raises DataError where they are too large, broken or altered."""
    from lcpc import checkpoints

    size = weights.stat().st_size
    if size > MOST_BYTES:
        raise DataError(f"{weights} has {size} bytes; a repository keeps at most {MOST_BYTES}")
    content = checkpoints.read(weights)
    checkpoints.check_weights(content, weights)
    return content


def _is_of_these_clouds(content: dict[str, Any], context: JobContext) -> bool:
    if context.config.dataset is None or "dataset_digest" not in content:
        return True
    with suppress(MissingData):
        return bool(content["dataset_digest"] == context.clouds("train").digest)
    return True


def in_half_precision(state: "dict[str, Tensor]") -> "dict[str, Tensor]":
    """Weights with all matrices in 16 bits, so that a file is half as large; what is measured with
    it is measured with these values. Biases and norms keep 32."""
    return {name: value.half() if value.dim() > 1 else value for name, value in state.items()}


def _copy(source: Path, target: Path, facts: dict[str, Any]) -> None:
    target.with_suffix(".json").unlink(missing_ok=True)
    write_whole(target, source.read_bytes())
    write_json(target.with_suffix(".json"), facts)


def _plain(values: Any) -> Any:
    """As JSON gives values back: tuples are lists."""
    return json.loads(json.dumps(values))
