"""Trainings that take weights which the repository keeps (`lcpc keep`), in seconds."""

from collections.abc import Sequence
from pathlib import Path

from lcpc.config import load
from lcpc.jobs import JobContext
from lcpc.planning.estimates import inventory
from lcpc.planning.graph import PlannedJob
from lcpc.trainer import kept


def taken(root: Path, jobs: Sequence[PlannedJob]) -> list[str]:
    """Outputs of the trainings among `jobs` for which `lcpc train` would take kept weights."""
    pending = {path for job in jobs if job.runs for path in job.outputs}
    runs = {path.parent.parent.name for path in root.glob(f"results/*/{kept.FOLDER}/*.pt")}
    trainings = [job for job in inventory(root) if job.output in pending and job.run in runs]
    return [job.output for job in trainings
            if kept.is_taken(JobContext(root, load(root, job.run)), job)]
