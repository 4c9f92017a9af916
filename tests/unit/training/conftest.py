"""Clouds that trainings of a second learn from, and one curve's training on them."""

import numpy as np
import pytest

from lcpc import config
from lcpc.data.base import clouds
from lcpc.trainer.curve_training import CurveTraining


def made(classes, count=40, points=32):
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(count, points, 3)).astype(np.float32)
    cloud /= np.linalg.norm(cloud, axis=2).max(axis=1)[:, None, None]
    label = np.arange(count) % classes
    cloud[..., 0] *= (0.2 + label / classes)[:, None].astype(np.float32)
    samples = np.array([f"c{i}" for i in range(count)])
    names = tuple(f"class {i}" for i in range(classes))
    return clouds("shapes40", names, "train", cloud / 1.5, label, samples, {})


@pytest.fixture(scope="module")
def small():
    return made(5)


@pytest.fixture
def make_clouds():
    """make_clouds(45): forty-five classes or more clouds."""
    return made


@pytest.fixture
def train_curve(small):
    """train_curve(folder, lambdas, training..., curve settings as `stages`): content of the checkpoint."""

    def train(folder, lambdas=(10, 80), stages=None, start=None, points=16, size="micro", data=None, device="cpu", **training):
        content = {"sizes": [size], "points": [points], "lambdas": list(lambdas),
                   "training": {"epochs": 3, "batch": 8, **training}}
        settings = config.parse({"dataset": {"name": "shapes40"}, "proposed": [content]}, "mine", "config/mine.yaml")
        curve = settings.proposed[0].model_copy(update=stages or {})
        run = CurveTraining(curve, size, points, data or small, 5, folder / "resume.pt", device, start,
                            curve.seeds)
        content = run.run()
        run.resume.unlink(missing_ok=True)
        return content | {"seconds": run.seconds}

    return train


@pytest.fixture
def killed(monkeypatch):
    """killed(at): a training that is killed when it begins its epoch number `at` (all stages counted), once."""
    from lcpc.trainer import cloud_training

    epoch, began = cloud_training.CloudTraining._epoch, []

    def kill(at):
        def counted(self, number):
            began.append(number)
            if len(began) == at + 1:
                raise KeyboardInterrupt
            return epoch(self, number)

        monkeypatch.setattr(cloud_training.CloudTraining, "_epoch", counted)
        return began

    return kill
