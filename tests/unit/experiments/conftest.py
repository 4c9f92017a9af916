"""A small project with clouds of five classes, and a trained codec and PointNet that the tests share."""

import numpy as np
import pytest
import yaml

from lcpc import config, experiments
from lcpc.data import store
from lcpc.data.base import clouds
from lcpc.jobs import JobContext, job_named
from lcpc.results.provenance import Stopwatch

RUN = {
    "dataset": {"name": "shapes40", "stored_points": 32},
    "proposed": [{"sizes": ["micro"], "points": [32], "lambdas": [10, 1000],
                  "training": {"epochs": 30, "batch": 10}}],
    "input_compression": {"codecs": ["draco", "octattention"], "points": [32], "scales": [4, 32],
                          "test_clouds": 11, "classifier": {"epochs": 3, "batch": 10}},
    "reconstruction": {"lambdas": [1000], "epochs": 1, "test_clouds": 10},
    "latency": {"clouds": 7},
}


def make(split, count=60):
    rng = np.random.default_rng([0, split == "test"])
    points = rng.normal(size=(count, 32, 3)).astype(np.float32)
    label = np.arange(count) % 5
    points[..., 0] *= (0.1 + 0.3 * label)[:, None].astype(np.float32)
    points /= np.linalg.norm(points, axis=2).max(axis=1)[:, None, None]
    samples = np.array([f"c{i}" for i in range(count)])
    return clouds("shapes40", tuple("abcde"), split, points, label, samples, {})


@pytest.fixture(scope="session")
def test_clouds():
    return make("test")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The project's folder."""
    from lcpc.training import classifier, proposed

    root = tmp_path_factory.mktemp("project")
    (root / "config").mkdir()
    (root / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    for split in ("train", "test"):
        store.save(make(split), root / "data" / "mine" / f"{split}.npz")
    context = JobContext(root, config.load(root, "mine"))
    for training in (proposed, classifier):
        for job in training.jobs(context.config, root):
            training.run(job, context)
    return root


@pytest.fixture(scope="session")
def context(trained):
    return JobContext(trained, config.load(trained, "mine"))


@pytest.fixture(scope="session")
def codec(context):
    from lcpc.codecs.point_clouds import proposed

    return proposed.load(context.checkpoint("proposed_micro_P32"), "micro.pt")


@pytest.fixture(scope="session")
def shipped(context):
    """The trained codec as it is shipped."""
    from lcpc.experiments import proposed

    return proposed.ship(context, "micro", 32)[0]


@pytest.fixture(scope="session")
def network(context):
    from lcpc.experiments._classification import classifier_of

    return classifier_of(context.checkpoint("pointnet_P32"), "pointnet.pt")


@pytest.fixture(scope="session")
def evaluate():
    """evaluate(experiment, root, "mine", "kind/name"): writes the rows of one job as `lcpc evaluate` does."""
    def run(experiment, root, run, name):
        settings = config.load(root, run)
        job = job_named(experiment.jobs(settings, root), name, run)
        rows = experiment.run(job, JobContext(root, settings))
        return experiments.write(root, settings, job, rows, Stopwatch())

    return run
