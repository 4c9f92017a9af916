"""Image files of any origin: grey, CMYK, 16 bits, palettes, transparency and turned ones become RGB, the rest is refused."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from lcpc.data import pictures
from lcpc.errors import DataError, MissingData


def saved(image, kind="PNG", **more):
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def rgb():
    y, x = np.mgrid[:8, :12]
    return np.stack([20 * x, 30 * y, 255 - 20 * x], -1).astype(np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_rgb_comes_as_it_is(kind):
    assert np.array_equal(pictures.decode(saved(Image.fromarray(rgb()), kind), "a"), rgb())


def test_greyscale_becomes_three_equal_channels():
    grey = rgb()[:, :, 0]
    assert np.array_equal(pictures.decode(saved(Image.fromarray(grey)), "a"), np.stack([grey] * 3, -1))


def test_sixteen_bits_become_eight_over_the_whole_range():
    wide = np.array([[0, 257, 32768, 65535]], dtype=np.uint16)
    assert pictures.decode(saved(Image.fromarray(wide)), "a")[0, :, 0].tolist() == [0, 1, 128, 255]


def test_sixteen_bits_of_a_tiff_whose_white_is_zero_are_turned_over():
    wide = np.array([[65535, 32768, 0]], dtype=np.uint16)
    content = saved(Image.fromarray(wide), "TIFF", tiffinfo={262: 0})
    with Image.open(io.BytesIO(content)) as image:
        assert (image.mode, image.tag_v2[262]) == ("I;16", 0)
    assert pictures.decode(content, "a")[0, :, 0].tolist() == [0, 127, 255]


def test_a_transparent_value_of_sixteen_bits_lies_on_white():
    wide = np.array([[0, 257, 65535]], dtype=np.uint16)
    content = saved(Image.fromarray(wide), transparency=257)
    assert pictures.decode(content, "a")[0, :, 0].tolist() == [0, 255, 255]


@pytest.mark.parametrize("most", [255, 65535, 2**31 - 1])
def test_integers_of_32_bits_have_no_range_and_are_refused_by_name(most):
    content = saved(Image.fromarray(np.array([[0, most]], dtype=np.int32)), "TIFF")
    with pytest.raises(DataError, match="image sea.tif holds integers of 32 bits without a range; save it with 8 or 16"):
        pictures.decode(content, "sea.tif")


def test_cmyk_becomes_rgb():
    decoded = pictures.decode(saved(Image.new("CMYK", (5, 4), (255, 0, 0, 0)), "JPEG"), "a")
    assert decoded.shape == (4, 5, 3)
    assert abs(decoded[0, 0].astype(int) - (0, 255, 255)).max() < 8


def test_transparency_lies_on_white():
    clear = Image.new("RGBA", (2, 1), (10, 20, 30, 0))
    assert pictures.decode(saved(clear), "a").tolist() == [[[255] * 3] * 2]


def test_palettes_become_colours():
    assert np.array_equal(pictures.decode(saved(Image.fromarray(rgb()).quantize(256)), "a").shape, (8, 12, 3))


def test_a_photograph_is_turned_as_exif_says():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = pictures.decode(saved(Image.fromarray(rgb()), exif=exif), "a")
    assert np.array_equal(turned, np.rot90(rgb(), -1))


def test_one_pixel_is_a_picture():
    assert pictures.decode(saved(Image.new("RGB", (1, 1), (1, 2, 3))), "a").tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize("content", [b"", b"no image at all", b"GIF89a" + bytes(40)])
def test_what_is_no_image_is_refused_by_name(content):
    with pytest.raises(DataError, match=r"image holiday\.png is none of PNG, JPEG"):
        pictures.decode(content, "holiday.png")


def test_a_cut_file_is_refused_by_name():
    content = saved(Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)))
    with pytest.raises(DataError, match=r"image holiday\.png can't be read .*take it out"):
        pictures.decode(content[:len(content) // 2], "holiday.png")


def test_a_small_file_that_promises_a_huge_picture_is_refused_before_it_is_unpacked():
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 12000, 12000, 8, 2, 0, 0, 0)) + chunk(b"IEND", b"")
    with pytest.raises(DataError, match="bomb has 12000 x 12000 pixels; at most 67108864"):
        pictures.decode(bomb, "bomb")


def test_real_numbers_without_a_range_are_refused():
    with pytest.raises(DataError, match="holds real numbers without a range"):
        pictures.decode(saved(Image.fromarray(np.ones((3, 3), np.float32)), "TIFF"), "a")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingData, match=r"none\.png is not there"):
        pictures.read(tmp_path / "none.png")
