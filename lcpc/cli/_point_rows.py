"""What one evaluation of point clouds needs, and the rows of the proposed codec and of PointNet."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lcpc import config
from lcpc.cli import _paths
from lcpc.errors import ConfigError, MissingData

if TYPE_CHECKING:
    import pandas

    from lcpc.data.base import PointClouds

Frames: TypeAlias = "tuple[pandas.DataFrame, pandas.DataFrame]"
"""(rows, per-sample rows)."""


@dataclass(frozen=True)
class Job:
    """What one evaluation needs: the run, its test clouds, P, the weights, and how many processor cores it may use."""

    root: Path
    settings: config.Config
    clouds: "PointClouds"
    points: int
    weights: Path
    threads: int = 1

    def content(self) -> dict[str, Any]:
        """Content of the weights. Raises MissingData with the command that trains them."""
        from lcpc.training import checkpoint

        if not self.weights.is_file():
            raise MissingData(f"{self.weights} is not there; train it first: snakemake --cores 2 {self.weights}")
        content = checkpoint.read(self.weights)
        if content["dataset"] != self.clouds.name or content["points"] != self.points:
            raise ConfigError(f"{self.weights} was trained on {content['dataset']} at P={content['points']}, but "
                              f"{self.clouds.name} at P={self.points} is asked; delete it and train again")
        return content

    def row(self, **values: Any) -> dict[str, Any]:
        """What all rows of the job share, and what they differ in."""
        return {"run": self.settings.run, "dataset": self.clouds.name, "points": self.points,
                "seed": self.settings.seed, "evidence": "measured", "status": "done", "note": "", **values}


def job_of(root: Path, settings: config.Config, name: str, points: int, threads: int = 1) -> Job:
    """The job that measures the weights `name` at P on the run's test clouds. Raises ConfigError where P is missing."""
    from lcpc.data import point_clouds

    if points < 1:
        raise ConfigError("--points is missing: say P, the points of the input cloud, such as --points 1024")
    clouds = point_clouds.load(settings, root, "test")
    return Job(root, settings, clouds, points, _paths.weights(root, settings.run, name), threads)


def proposed(job: Job, size: str) -> Frames:
    """The proposed codec at all lambdas of its curve."""
    from lcpc.codecs.point_clouds.proposed import TrainedCurve
    from lcpc.experiments.proposed import evaluate, summarise

    curve = TrainedCurve.of(job.content(), str(job.weights))
    samples = evaluate(curve, job.clouds)
    rows = summarise(samples, "lambda").assign(**job.row(codec="proposed", size=size, scale=None, setting=""))
    return rows, samples


def pointnet(job: Job) -> Frames:
    """PointNet on the clouds as they are."""
    import pandas

    from lcpc.experiments._classification import classifier_of, predict

    network = classifier_of(job.content(), str(job.weights))
    predicted = predict(network, list(job.clouds.first(job.points)))
    samples = pandas.DataFrame({"sample": job.clouds.samples, "label": job.clouds.label, "predicted": predicted})
    top1 = 100 * float((predicted == job.clouds.label).mean())
    return pandas.DataFrame([job.row(model="pointnet", samples=len(samples), top1_percent=top1)]), samples
