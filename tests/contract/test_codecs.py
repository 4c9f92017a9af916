"""One contract for every codec of point clouds; a new file in lcpc/codecs is found by itself."""

import numpy as np
import pytest

from lcpc.codecs.point_clouds.base import SCALES, canonical, round_trip
from lcpc.errors import BitstreamError, DataError
from lcpc.registry import load, names


def codec_of(name):
    module = load("lcpc.codecs.point_clouds", name)
    if not hasattr(module, "codec"):
        pytest.skip(f"{name} needs more than a cloud, such as a checkpoint or a picture: it has tests of its own")
    codec = module.codec({})
    if reason := codec.missing():
        pytest.skip(reason)
    return codec


@pytest.fixture(params=names("lcpc.codecs.point_clouds"))
def codec(request):
    return codec_of(request.param)


@pytest.fixture(params=[1, 2, 8, 100])
def cloud(request):
    points = np.random.default_rng(request.param).normal(size=(request.param, 3))
    return (points / (abs(points).max() * 2)).astype(np.float32)


@pytest.mark.parametrize("name", names("lcpc.codecs.point_clouds"))
def test_a_file_names_its_codec_and_says_how_it_is_shown(name):
    module = load("lcpc.codecs.point_clouds", name)
    assert module.NAME.replace("-", "_") == name
    if name != "proposed":  # drawn by its size
        assert all(isinstance(getattr(module, constant), str) for constant in ("LABEL", "COLOUR", "MARKER"))


def test_a_codec_is_found_under_its_own_name(codec):
    assert load("lcpc.codecs.point_clouds", codec.name).codec({}) == codec
    are_words = all(isinstance(setting, str) and setting for setting in codec.settings)
    assert codec.settings
    assert are_words or set(codec.settings) <= set(SCALES)


def test_a_codec_keeps_its_promise_at_every_setting(codec, cloud):
    for scale in codec.settings:
        stream, decoded = round_trip(codec, cloud, scale)
        assert isinstance(stream, bytes)
        assert decoded.dtype == np.float32
        assert decoded.shape[1:] == (3,)
        assert 0 < codec.rate_bits(stream, decoded, scale) <= 8 * len(stream)


def test_equal_clouds_give_equal_streams_and_leave_the_input_alone(codec, cloud):
    before = cloud.copy()
    middle = middle_of(codec)
    assert codec.encode(cloud, middle) == codec.encode(cloud.copy(), middle)
    assert np.array_equal(cloud, before)


def test_settings_go_from_coarse_to_fine(codec):
    cloud = np.random.default_rng(3).uniform(-0.5, 0.5, (50, 3)).astype(np.float32)
    errors = [abs(nearest(cloud, codec.expected(cloud, scale))).max() for scale in codec.settings[2::2]]
    assert errors == sorted(errors, reverse=True)


def test_a_stream_without_its_end_is_refused(codec, cloud):
    with pytest.raises(BitstreamError):
        codec.decode(codec.encode(cloud, middle_of(codec))[:-1], middle_of(codec))


@pytest.mark.parametrize("stream", [b"", b"\0", b"garbage" * 30])
def test_what_is_no_stream_is_refused(codec, stream):
    with pytest.raises(BitstreamError):
        codec.decode(stream, middle_of(codec))


def test_what_is_no_cloud_is_refused(codec):
    for points in (np.zeros((0, 3), np.float32), np.zeros((8, 3), np.int64), np.zeros((8, 2), np.float32)):
        with pytest.raises(DataError):
            codec.encode(points, middle_of(codec))


def middle_of(codec):
    """A setting that is neither the coarsest nor the finest."""
    return codec.settings[len(codec.settings) // 2]


def nearest(cloud, decoded):
    """Smallest distance of each point of `cloud` to a decoded one, [P]."""
    return np.linalg.norm(cloud[:, None] - canonical(decoded)[None], axis=2).min(axis=1)
