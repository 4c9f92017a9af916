"""The contract's helpers: what a cloud is, when two are the same, and that a wrong decoder is caught."""

from dataclasses import dataclass

import numpy as np
import pytest

from lcpc.codecs.images import base as images
from lcpc.codecs.point_clouds.base import as_cloud, canonical, checked_scale, round_trip
from lcpc.codecs.point_clouds.draco import Draco
from lcpc.errors import BitstreamError, DataError


def test_order_copies_and_the_sign_of_zero_make_no_other_set():
    a = np.array([[0.0, 1, 2], [-1, 0, 0], [0, 1, 2]], dtype=np.float32)
    b = np.array([[-1, -0.0, 0], [-0.0, 1, 2]], dtype=np.float32)
    assert np.array_equal(canonical(a), canonical(b))
    assert not np.signbit(canonical(b)[:, 1]).any()


def test_a_point_more_makes_another_set():
    a = np.zeros((1, 3), np.float32)
    assert len(canonical(np.vstack([a, a + 1]))) == 2


BAD_CLOUDS = {
    "integers": (np.zeros((4, 3), np.int32), "float32 .* not int32"),
    "doubles": (np.zeros((4, 3)), "float32 .* not float64"),
    "channels first": (np.zeros((3, 4), np.float32), r"not float32 \(3, 4\)"),
    "a list": ([[0.0, 0, 0]], "not list"),
    "nothing": (np.zeros((0, 3), np.float32), "a cloud of 0 points"),
    "not finite": (np.full((4, 3), np.nan, np.float32), "not finite"),
}


@pytest.mark.parametrize(("points", "message"), BAD_CLOUDS.values(), ids=BAD_CLOUDS.keys())
def test_what_is_no_cloud_is_refused(points, message):
    with pytest.raises(DataError, match=message):
        as_cloud(points)


@pytest.mark.parametrize("scale", [0, 3, 512, -1])
def test_a_scale_that_is_no_setting_is_refused_with_the_known_ones(scale):
    with pytest.raises(DataError, match=f"S = {scale} is no setting .* 1, 2, 4"):
        checked_scale(scale)


@pytest.mark.parametrize(("scale", "shown"), [("16", "'16'"), ([16], r"\[16\]"), (None, "None"), (16.5, "16.5"), (np.array([1, 4]), "array")])
def test_what_is_no_number_of_the_scales_is_refused_as_it_is_written(scale, shown):
    with pytest.raises(DataError, match=f"S = {shown}.* is no setting"):
        checked_scale(scale)


def test_scales_become_plain_integers():
    assert [type(checked_scale(scale)) for scale in (4, np.int64(4), 4.0)] == [int] * 3


def test_draco_takes_scales_of_numpy():
    pytest.importorskip("DracoPy")
    cloud = np.random.default_rng(1).normal(size=(9, 3)).astype(np.float32)
    assert Draco().encode(cloud, np.int64(16)) == Draco().encode(cloud, 16)


@dataclass(frozen=True)
class WrongDecoder(Draco):
    def decode(self, stream, scale):
        return super().decode(stream, scale) + np.float32(0.01)


def test_a_decoder_that_gives_other_points_is_caught():
    cloud = np.random.default_rng(0).uniform(-1, 1, (20, 3)).astype(np.float32)
    with pytest.raises(BitstreamError, match="draco at 8: what was decoded is not the quantised input"):
        round_trip(WrongDecoder(), cloud, 8)


@pytest.mark.parametrize("size", [0, 1, 61, 62])
def test_small_image_streams_have_no_checksum(size):
    assert images.sealed(bytes(size)) == bytes(size)
    assert images.unsealed(bytes(size)) == bytes(size)


@pytest.mark.parametrize("size", [63, 64, 1000])
def test_an_altered_image_container_of_more_than_64_bytes_is_refused(size):
    body = bytes(range(256)) * 4
    container = images.sealed(body[:size])
    assert len(container) == size + 2
    assert images.unsealed(container) == body[:size]
    for place in range(0, len(container), 7):
        for bit in range(8):
            altered = bytearray(container)
            altered[place] ^= 1 << bit
            with pytest.raises(BitstreamError, match="checksum is not that of its content"):
                images.unsealed(bytes(altered))


@pytest.mark.parametrize("size", [63, 64])
def test_containers_of_a_size_that_no_encoder_writes_are_refused(size):
    with pytest.raises(BitstreamError, match="checksum"):
        images.unsealed(bytes(size))
