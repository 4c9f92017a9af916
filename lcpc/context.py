"""What a job works with: the project's folder, the run's config, its data and its weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc import jobs
from lcpc.config import Config
from lcpc.errors import MissingData

if TYPE_CHECKING:
    from lcpc.data.base import PointClouds


@dataclass(frozen=True)
class Context:
    """The surroundings of one job; `device` is in torch's words and counts for trainings only."""

    root: Path
    config: Config
    threads: int = 1
    device: str = "cpu"

    def clouds(self, split: str) -> "PointClouds":
        """The run's clouds of one split, `train` or `test`. Raises MissingData or DataError."""
        from lcpc.data import point_clouds

        return point_clouds.load(self.config, self.root, split)

    def weights(self, name: str) -> Path:
        """The file of the weights `name`, such as `proposed_micro_P64`."""
        return self.root / jobs.weights(self.config.run, name)

    def resume(self, name: str) -> Path:
        """The state of a training that is not done; it is removed when the training is done."""
        return self.root / "checkpoints" / self.config.run / "resume" / f"{name}.pt"

    def checkpoint(self, name: str) -> dict[str, Any]:
        """Content of the weights `name`. Raises MissingData with the command that trains them."""
        from lcpc import checkpoints

        path = self.weights(name)
        if not path.is_file():
            command = f"lcpc train {name} --run {self.config.run}"
            raise MissingData(f"{path} is not there; train it first: {command}")
        return checkpoints.read(path)
