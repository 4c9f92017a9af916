"""Shipped encoders in numpy: those of torch, whichever points are equally near, and hostile arrays."""

import itertools

import numpy as np
import pytest
import torch

from lcpc.codecs.shipped import _encoders, _fold
from lcpc.codecs.shipped._encoders import (
    GroupedEncoder,
    GroupedLevel,
    PooledEncoder,
    nearest,
    shared_encoder,
)
from lcpc.errors import DataError
from lcpc.metrics.architectures import EncoderLevel
from lcpc.models import local_encoder

LEVELS = (EncoderLevel(12, 5, (6, 7)), EncoderLevel(4, 3, (8,)), EncoderLevel(1, 4, (9, 10)))


def torch_encoder(levels=LEVELS, seed=1):
    """An encoder of few, narrow levels whose norms do something."""
    rng = torch.Generator().manual_seed(seed)
    encoder = local_encoder.LocalEncoder(levels)
    for name, value in [*encoder.named_parameters(), *encoder.named_buffers()]:
        if name.endswith("running_var"):
            value.data.uniform_(0.5, 2.0, generator=rng)
        elif value.is_floating_point():
            torch.nn.init.normal_(value.data, std=0.5, generator=rng)
    return encoder.requires_grad_(False).eval()


def arrays(**changes):
    content = {**_fold._local_arrays(torch_encoder()), **changes}
    return {name: array for name, array in content.items() if array is not None}


def clouds(points, count=3, seed=1):
    return np.random.default_rng(seed).normal(size=(count, points, 3)).astype(np.float32)


def grid(count=2, side=4):
    """Clouds of the corners of a grid, in random order: most distances are several points'."""
    corners = np.array(list(itertools.product(range(side), repeat=3)), np.float32)
    rng = np.random.default_rng(2)
    return np.stack([rng.permutation(corners) for _ in range(count)])


@pytest.mark.parametrize("points", [1, 3, 12, 100])
def test_numpy_gives_the_features_of_torch(points):
    encoder, x = torch_encoder(), clouds(points)
    expected = encoder(torch.from_numpy(x).mT).numpy()
    features = shared_encoder(arrays()).features(x)
    assert features.shape == (3, 10)
    assert features.dtype == np.float32
    assert np.allclose(features, expected, rtol=1e-4, atol=1e-4)
    assert np.ptp(expected, axis=0).max() > 0.1


def test_more_clouds_than_fit_at_once_have_the_features_of_each_alone():
    encoder, x = shared_encoder(arrays()), clouds(20, count=2 * _encoders.CLOUDS_AT_ONCE + 1)
    alone = np.concatenate([shared_encoder(arrays()).features(cloud[None]) for cloud in x])
    assert np.array_equal(encoder.features(x), alone)


def test_features_that_are_kept_are_those_of_the_same_clouds_alone():
    encoder, x = shared_encoder(arrays()), clouds(20)
    first = encoder.features(x)
    assert encoder.features(x.copy()) is first
    x[0, 0] += 1
    assert not np.array_equal(encoder.features(x), first)


@pytest.mark.parametrize("count", [1, 4, 30, 64, 100])
def test_of_equally_near_points_the_first_are_taken_from_near_to_far(count):
    places = grid()
    centre = places[:, :9]
    index = nearest(places, centre, count)
    squared = np.square(centre[:, :, None] - places[:, None]).sum(-1)
    expected = np.argsort(squared, axis=2, kind="stable")[..., :count]
    assert np.array_equal(index, expected)


def test_points_that_lie_together_are_told_apart_by_their_numbers():
    places = np.zeros((1, 6, 3), np.float32)
    places[0, 1, 0] = -0.0
    assert nearest(places, places[:, :2], 3).tolist() == [[[0, 1, 2], [0, 1, 2]]]


def test_neighbours_are_those_of_torch_where_none_are_equally_near():
    x = clouds(200)
    torch_places = torch.from_numpy(x).mT
    expected = local_encoder.nearest(torch_places, torch_places[..., :50], 16).sort(-1).values
    assert np.array_equal(np.sort(nearest(x, x[:, :50], 16)), expected.numpy())


def test_a_cloud_in_another_order_after_the_centres_has_the_same_neighbours():
    x = clouds(60, count=1)
    moved = np.concatenate([x[:, :12], x[:, :11:-1]], axis=1)
    encoder = shared_encoder(arrays())
    assert np.allclose(encoder.features(x), encoder.features(moved), rtol=1e-5, atol=1e-5)


def test_a_pooled_encoder_has_a_feature_for_each_sign():
    layer = (np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
    encoder = PooledEncoder([layer], np.array([1, -1, 1], np.float32))
    cloud = np.array([[[1, 2, -3], [0, 4, -1]]], np.float32)
    assert encoder.outputs == 3
    assert encoder.features(cloud).tolist() == [[1, -4, 0]]


def test_arrays_without_shared_ones_have_no_shared_encoder():
    assert shared_encoder({"10.encoder.0.weight": np.ones((2, 3), np.float32)}) is None
    encoder = shared_encoder(arrays())
    assert isinstance(encoder, GroupedEncoder)
    assert isinstance(encoder.levels[0], GroupedLevel)
    assert [level.centres for level in encoder.levels] == [12, 4, 1]
    assert encoder.outputs == 10


GROUPS = np.array([[12, 5], [4, 3], [1, 4]])
SAYS_NOT = "does not say centres and neighbours of each level"


@pytest.mark.parametrize(("changes", "words"), [
    ({"shared.groups": None}, SAYS_NOT),
    ({"shared.groups": np.zeros((0, 2), int)}, SAYS_NOT),
    ({"shared.groups": GROUPS[:, :1]}, SAYS_NOT),
    ({"shared.groups": GROUPS[:2]}, SAYS_NOT),
    ({"shared.groups": np.where(GROUPS == 5, 0, GROUPS)}, "numbers beyond 1 ... 8192"),
    ({"shared.groups": np.where(GROUPS == 5, -1, GROUPS)}, "numbers beyond 1 ... 8192"),
    ({"shared.groups": np.where(GROUPS == 12, 1 << 40, GROUPS)}, "numbers beyond 1 ... 8192"),
    ({"shared.groups": GROUPS * [[300, 300], [1, 1], [1, 1]]}, "asks for more than 65536 neighbours"),
    ({"shared.groups": np.concatenate([GROUPS, GROUPS])}, r"arrays shared.encoder.3.\* lack a layer"),
    ({"shared.encoder.1.0.weight": None}, r"arrays shared.encoder.1.\* lack a layer"),
    ({"shared.encoder.0.1.weight": None}, r"arrays shared.encoder.0.\* lack a layer"),
    ({"shared.encoder.1.0.bias": None}, "array shared.encoder.1.0.weight does not fit its layer"),
    ({"shared.encoder.0.0.weight": np.ones((6, 4), np.float32)}, "array shared.encoder.0.0.weight does not fit its layer"),
    ({"shared.encoder.2.0.weight": np.ones((9, 8), np.float32)}, "array shared.encoder.2.0.weight does not fit its layer"),
    ({"shared.encoder.0.0.weight": np.ones((6, 3), np.int8)}, "array encoder.0.0.scale does not fit its weight"),
    ({"shared.encoder.0.0.bias": np.full(6, np.inf, np.float32)}, r"arrays shared.\* are not finite"),
    ({"shared.encoder.0.0.weight": np.full((6, 3), np.nan, np.float32)}, r"arrays shared.\* are not finite"),
])
def test_arrays_that_are_no_encoder_are_refused_by_name(changes, words):
    with pytest.raises(DataError, match=words):
        shared_encoder(arrays(**changes))
