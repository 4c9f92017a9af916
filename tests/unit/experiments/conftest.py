"""A small trained curve that the evaluation tests share."""

import numpy as np
import pytest

from lcpc import config
from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.data.base import clouds
from lcpc.training import checkpoint
from lcpc.training.curve import train_classifier, train_proposed


def make(split, count=60):
    rng = np.random.default_rng([0, split == "test"])
    points = rng.normal(size=(count, 32, 3)).astype(np.float32)
    label = np.arange(count) % 5
    points[..., 0] *= (0.1 + 0.3 * label)[:, None].astype(np.float32)
    points /= np.linalg.norm(points, axis=2).max(axis=1)[:, None, None]
    return clouds("shapes40", tuple("abcde"), split, points, label, np.array([f"c{i}" for i in range(count)]), {})


@pytest.fixture(scope="session")
def test_clouds():
    return make("test")


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    settings = config.parse({
        "dataset": {"name": "shapes40"},
        "proposed": [{"sizes": ["micro"], "points": [32], "lambdas": [10, 1000], "training": {"epochs": 30, "batch": 10}}],
        "input_compression": {"points": [32], "classifier": {"epochs": 3, "batch": 10}},
    }, "mine", "config/mine.yaml")
    train = make("train")
    train_proposed(settings, "micro", 32, train, folder / "micro.pt", folder / "r.pt")
    train_classifier(settings, 32, train, folder / "pointnet.pt", folder / "r.pt")
    return folder


@pytest.fixture(scope="session")
def curve(weights):
    return TrainedCurve.of(checkpoint.read(weights / "micro.pt"), "micro.pt")
