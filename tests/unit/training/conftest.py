"""Clouds that trainings of a second learn from."""

import numpy as np
import pytest

from lcpc.data.base import clouds


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(40, 32, 3)).astype(np.float32)
    points /= np.linalg.norm(points, axis=2).max(axis=1)[:, None, None]
    label = np.arange(40) % 5
    points[..., 0] *= (0.2 + 0.2 * label)[:, None].astype(np.float32)
    names = np.array([f"c{i}" for i in range(40)])
    return clouds("shapes40", tuple("abcde"), "train", points, label, names, {})
