"""Accuracy of PointNet on the clouds as they are: what input compression can reach at most."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lcpc import jobs as job_files
from lcpc.codecs.trained import weights_of
from lcpc.config import Config
from lcpc.data.point_clouds import cloud_count
from lcpc.experiments import TRAINED, JobContext, Rows
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.jobs import Job
from lcpc.results.frames import DataFrame, frame_of
from lcpc.results.schema import Column

KIND = "classifier"
FILES = ("csv", "json")
SAMPLES = ()
COLUMNS: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "model": Column("string", "pointnet"),
    "points": Column("integer", "P, points in the input cloud"),
    "samples": Column("integer", "test clouds of the row"),
    "top1_percent": Column("float", "top-1 accuracy on uncompressed clouds, %"),
    **TRAINED,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One classifier for each P of input compression."""
    inputs = config.input_compression
    for points in inputs.points if inputs else ():
        name = f"pointnet_P{points}"
        yield Job(
            config.run, __name__, job_files.rows(config.run, KIND, name),
            f"rows of PointNet at P={points}",
            inputs=point_clouds.inputs_of(config, root, name),
            values=point_clouds.settings_of(config), options={"points": points},
            work=float(cloud_count(config, "test") * points))


def run(job: Job, context: JobContext) -> Rows:
    """One row: top-1 accuracy over the test clouds."""
    from lcpc.experiments._classification import classifier_of, predict

    points, clouds = job.options["points"], context.clouds("test")
    weights = context.weights(job.name)
    content = weights_of(context, job.name, points, clouds)
    predicted = predict(classifier_of(content, str(weights)), list(clouds.first(points)))
    samples = frame_of({"sample": clouds.samples, "label": clouds.label, "predicted": predicted})
    shared = point_clouds.shared_columns(context, clouds, points, model="pointnet")
    return Rows(summarise(samples).assign(**shared), samples,
                provenance=point_clouds.origin(clouds, content), inputs=(weights,))


def summarise(samples: DataFrame) -> DataFrame:
    """The number of samples, and the accuracy over them."""
    top1_percent = 100 * float((samples["predicted"] == samples["label"]).mean())
    return frame_of([{"samples": len(samples), "top1_percent": top1_percent}])
