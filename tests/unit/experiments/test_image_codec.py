"""Rows of image codecs: real streams weighed, decoded pictures compared, and means over images that
leave nothing out."""

from dataclasses import dataclass

import numpy as np
import pytest

from lcpc.codecs import image_quality
from lcpc.codecs.images.base import RateEstimate
from lcpc.data.images import Photo
from lcpc.errors import BitstreamError
from lcpc.experiments import image_codec as rate_distortion
from lcpc.metrics.distortion import psnr_db


@dataclass
class Coarse:
    """Keeps the upper bits of every pixel; its stream is one byte longer than its estimate says."""

    step: int = 16
    name: str = "coarse"
    quality: int = 1
    honest: bool = True
    has_stream: bool = True

    def expected(self, picture):
        return picture // self.step * self.step + self.step // 2

    def encode(self, picture):
        return (
            bytes([0])
            + self.expected(picture).tobytes()
            + np.array(picture.shape[:2], np.uint16).tobytes()
        )

    def decode(self, stream):
        height, width = np.frombuffer(stream[-4:], np.uint16)
        picture = np.frombuffer(stream[1:-4], np.uint8).reshape(height, width, 3)
        return picture if self.honest else picture ^ 1

    def estimate(self, picture):
        return RateEstimate(8 * picture.size + 32, 16)


def photo(name, height, width, seed=0):
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(seed).integers(0, 30, (height, width, 3))
    return Photo(
        name, np.clip(np.stack([x, y, x + y], -1) + noise, 0, 255).astype(np.uint8), "", ""
    )


def test_rates_are_bits_a_pixel_of_the_estimate_the_stream_and_the_side_information():
    row = rate_distortion.measured(Coarse(), photo("a", 170, 200))
    pixels = 170 * 200
    assert row["bpp"] == pytest.approx(24 + 48 / pixels)
    assert row["side_bpp"] == pytest.approx(16 / pixels)
    assert row["stream_bpp"] == pytest.approx(24 + 40 / pixels)
    assert row["encode_s"] >= 0
    assert row["decode_s"] >= 0


def test_quality_is_measured_for_each_image_and_then_averaged():
    photos = [photo("a", 170, 200), photo("b", 161, 161, seed=2)]
    samples = rate_distortion.evaluate(Coarse(), photos)
    values = [
        psnr_db(np.mean((Coarse().expected(one.rgb).astype(float) - one.rgb) ** 2))
        for one in photos
    ]
    assert samples["psnr_rgb_db"].tolist() == pytest.approx(values)
    means = rate_distortion.means(samples)
    assert means["psnr_rgb_db"] == pytest.approx(np.mean(values))
    assert means["ms_ssim_db"] == pytest.approx(samples["ms_ssim_db"].mean())
    assert means["ms_ssim_rgb"] == pytest.approx(samples["ms_ssim_rgb"].mean())
    assert (means["image_count"], means["note"]) == (2, "")


def test_an_image_too_small_for_ms_ssim_stays_out_of_that_mean_alone_and_the_note_says_so():
    samples = rate_distortion.evaluate(Coarse(), [photo("a", 170, 200), photo("b", 160, 300)])
    assert samples["ms_ssim_rgb"].isna().tolist() == [False, True]
    means = rate_distortion.means(samples)
    assert means["ms_ssim_rgb"] == samples["ms_ssim_rgb"][0]
    assert means["note"] == "MS-SSIM leaves out 1 images with a side below 161 pixels"


def test_a_stream_that_decodes_to_something_else_is_a_defect_that_is_told():
    with pytest.raises(
        BitstreamError,
        match="coarse at 1: a stream does not decode to the picture that its encoder foresaw",
    ):
        rate_distortion.evaluate(Coarse(honest=False), [photo("a", 20, 20)])


def test_the_ideal_has_an_estimate_and_a_picture_but_no_stream():
    row = rate_distortion.measured(Coarse(has_stream=False), photo("a", 170, 200))
    assert row["stream_bpp"] is None
    assert row["encode_s"] is None
    assert row["bpp"] > 0
    assert row["psnr_rgb_db"] > 20


def test_equal_pictures_are_equal_and_different_sizes_are_refused():
    picture = photo("a", 170, 200).rgb
    assert image_quality.quality(picture, picture) == {
        "psnr_rgb_db": np.inf,
        "ms_ssim_rgb": 1.0,
        "ms_ssim_db": np.inf,
    }
    with pytest.raises(ValueError, match="can't be compared"):
        image_quality.quality(picture[:-1], picture)


def test_ms_ssim_falls_as_the_step_grows_and_lies_between_0_and_1():
    one = photo("a", 170, 200).rgb
    values = [image_quality.ms_ssim(Coarse(step).expected(one), one) for step in (2, 16, 64, 128)]
    assert values == sorted(values, reverse=True)
    assert 0 < values[-1] < values[0] <= 1
