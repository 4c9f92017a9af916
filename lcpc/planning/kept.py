"""Trainings that take weights which the repository keeps (`lcpc keep`), in seconds."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lcpc.config import Config, load
from lcpc.errors import LcpcError, MissingData
from lcpc.jobs import Job
from lcpc.planning.estimates import inventory
from lcpc.planning.graph import PlannedJob
from lcpc.results.store import read_json


def taken(root: Path, jobs: Sequence[PlannedJob]) -> list[str]:
    """Outputs of the trainings among `jobs` for which `lcpc train` would take kept weights.

    As there, values and clouds must be the same; values alone decide where the clouds are not here.
    """
    pending = {path for job in jobs if job.runs for path in job.outputs}
    kept = {path for path in pending if _kept_file(root, path).is_file()}
    trainings = [job for job in inventory(root) if job.output in kept] if kept else []
    return [job.output for job in trainings if _is_taken(root, job)]


def _kept_file(root: Path, output: str) -> Path:
    path = Path(output)
    return root / "results" / path.parent.name / "weights" / f"{path.stem}.pt"


def _is_taken(root: Path, job: Job) -> bool:
    weights = _kept_file(root, job.output)
    with suppress(LcpcError, OSError, ValueError):
        facts = read_json(weights.with_suffix(".json"))
        values = json.loads(json.dumps(job.values))
        if facts.get("values") == values:
            return _is_of_these_clouds(root, weights, load(root, job.run))
    return False  # the training says what is wrong with them


def _is_of_these_clouds(root: Path, weights: Path, config: Config) -> bool:
    from lcpc import checkpoints
    from lcpc.data import point_clouds

    content = checkpoints.read(weights)
    if config.dataset is None or "dataset_digest" not in content:
        return True
    with suppress(MissingData):
        clouds = point_clouds.load(config, root, "train")
        return bool(content["dataset_digest"] == clouds.digest)
    return True
