"""PointNets of input compression: one a P, with as many outputs as the data set has classes."""

from pathlib import Path

import pytest

from lcpc import config
from lcpc.errors import ConfigError
from lcpc.jobs import Job, JobContext
from lcpc.training import classifier


def settings(**training):
    return config.parse({"dataset": {"name": "shapes40"}, "input_compression": {
        "points": [16], "classifier": {"epochs": 1, "batch": 8, **training}}}, "mine", "config/mine.yaml")


@pytest.mark.parametrize("classes", [2, 45])
def test_it_has_as_many_outputs_as_there_are_classes(tmp_path, make_clouds, classes):
    data = make_clouds(classes, count=2 * classes)
    training = settings().input_compression.classifier
    content, seconds = classifier.train(training, 16, data, 1, tmp_path / "r.pt")
    assert len(content["model"]["h.7.bias"]) == content["classes"] == classes
    assert seconds > 0


def test_a_job_a_p_whose_values_are_all_its_settings():
    (job,) = classifier.jobs(settings(), Path())
    assert (job.name, job.threads) == ("pointnet_P16", 2)
    assert job.values != next(classifier.jobs(settings(clip_norm=2.0), Path())).values
    assert job.values["training"]["clip_norm"] == 1.0


def test_a_run_without_input_compression_asks_for_none():
    assert not list(classifier.jobs(config.parse({}, "mine", "config/mine.yaml"), Path()))


def test_a_p_that_the_run_does_not_measure_is_refused(tmp_path):
    job = Job("mine", "lcpc.training.classifier", "checkpoints/mine/pointnet_P99.pt", "", options={"points": 99})
    with pytest.raises(ConfigError, match="measures no input compression at P=99"):
        classifier.run(job, JobContext(tmp_path, settings()))
