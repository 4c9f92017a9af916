"""Clouds are checked at the door and digested by their content."""

import numpy as np
import pytest

from lcpc.data.base import clouds
from lcpc.data.seeds import seed_of
from lcpc.errors import DataError


def some(points=None, label=(0, 1), split="test", names=("a_0", "b_0")):
    ball = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 8, 3)).astype(np.float32) if points is None else points
    return clouds("toy", ("a", "b"), split, ball, np.array(label), np.array(names), {"seed": 1})


def test_first_points_are_the_beginning_of_each_cloud():
    held = some()
    assert np.array_equal(held.first(3), held.points[:, :3])
    assert len(held) == 2


@pytest.mark.parametrize("points", [0, 9])
def test_more_points_than_stored_are_refused_with_the_range(points):
    with pytest.raises(DataError, match=f"{points} points asked, but its clouds hold 8. Ask for 1 to 8"):
        some().first(points)


def test_digest_follows_from_content_alone():
    changed = some().points.copy()
    changed[1, 7, 2] += 2**-16
    assert some().digest == some().digest
    assert len({some().digest, some(changed).digest, some(label=(1, 0)).digest, some(split="train").digest}) == 4
    assert some(names=("a_0", "b_1")).digest != some().digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": np.zeros((2, 8, 2), np.float32)}, r"float32 \[2, 8, 2\], not float32 \[n, M, 3\]"),
        ({"points": np.zeros((2, 8, 3))}, "points is float64"),
        ({"points": np.zeros((0, 8, 3), np.float32)}, r"\[0, 8, 3\]"),
        ({"points": np.full((2, 8, 3), 0.7, np.float32)}, "sample a_0 has largest norm 1.21"),
        ({"points": np.full((2, 8, 3), np.nan, np.float32)}, "sample a_0 has largest norm nan"),
        ({"label": (0, 2)}, "labels span 0 to 2, but there are 2 classes"),
        ({"label": (0, -1)}, "labels span -1 to 0"),
        ({"label": (0,)}, "2 clouds, 1 labels and 2 names do not belong together"),
        ({"split": "validation"}, "split is 'validation'"),
    ],
)
def test_clouds_that_break_the_contract_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        some(**change)


def test_seeds_follow_from_identity_and_tell_its_parts_apart():
    identities = [("a", "bc"), ("ab", "c"), ("abc",), (1,), ("1",), (1, 2), (12,), (2, 1)]
    seeds = [seed_of(*identity) for identity in identities]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seed_of("shapes40", 1, "train", "chair", 7) == seed_of("shapes40", 1, "train", "chair", 7)
