"""Why JPEG 2000 lies above its published curve: the reversible wavelet on 8-bit YCbCr gives the published points again."""

import numpy as np
import pytest

from lcpc.codecs.formats import jpeg2000
from lcpc.codecs.formats._pillow import PillowCodec
from lcpc.codecs.images.base import mean_squared_error
from lcpc.data.images import kodak
from lcpc.metrics.distortion import psnr_db
from lcpc.results.store import Results
from lcpc.units import bits_from_bytes, bits_per_pixel

# BT.601, levels 16 to 235 and 16 to 240: what a video tool makes of RGB unless it is told otherwise.
TO_YCBCR = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
SPAN, ZERO = np.array([219, 224, 224]) / 255, np.array([16, 128, 128])
RATIOS = {150: 0.1595, 20: 1.1982}
"""Compression ratio, and the rate of the published point that has it."""


def levels(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def as_published(rgb, ratio):
    """(bits a pixel, PSNR over RGB) of a picture as YCbCr through the reversible wavelet (5/3)."""
    options = (("quality_mode", "rates"), ("quality_layers", [ratio]), ("irreversible", False), ("mct", 0))
    codec = PillowCodec("jpeg2000", ratio, "JPEG2000", "jpg_2000", "5/3", options)
    stream = codec.encode(levels(rgb @ TO_YCBCR.T * SPAN + ZERO))
    decoded = levels((codec.decode(stream) - ZERO) / SPAN @ np.linalg.inv(TO_YCBCR).T)
    return bits_per_pixel(bits_from_bytes(len(stream)), *rgb.shape[:2]), psnr_db(mean_squared_error(decoded, rgb))


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_published_points_come_out_within_two_hundredths_of_a_decibel(shared, root, ratio):
    if reason := jpeg2000.codec(ratio).missing():
        pytest.skip(reason)
    rows = Results(root, "published").published("rate_distortion_kodak")
    rows = rows[rows["codec"] == "jpeg2000"]
    point = rows.iloc[(rows["bpp"] - RATIOS[ratio]).abs().argmin()]
    rate, psnr = np.mean([as_published(photo.rgb, ratio) for photo in kodak.load(shared / "data" / "kodak")], axis=0)
    assert rate == pytest.approx(point["bpp"], rel=2e-3)
    assert psnr == pytest.approx(point["psnr_rgb_db"], abs=0.02)
