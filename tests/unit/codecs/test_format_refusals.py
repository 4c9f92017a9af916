"""Small files of image formats that promise large pictures, in their boxes or in their streams, are
refused before their libraries see them."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from lcpc import registry
from lcpc.codecs.images.base import MAX_PIXELS
from lcpc.errors import BitstreamError, DataError
from tests.unit.codecs.refusal_cost import check

FORMATS = registry.names("lcpc.codecs.formats")
WITH_BOXES = ("avif", "heic", "jpeg2000")
WITH_SIZES = (*WITH_BOXES, "jpegxl")
SMALL, PLAIN = (64, 128), (768, 1024)
"""Heights and widths; a flat picture of the second takes some hundred bytes."""


def codec_of(name):
    module = registry.load("lcpc.codecs.formats", name)
    codec = module.codec(module.QUALITIES[0])
    if reason := codec.missing():
        pytest.skip(reason)
    return codec


def noise(size):
    return np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)


def promising(stream, small, large):
    """A file with the size of its picture changed wherever it stands."""
    for kind in (">H", "<H", ">I", "<I"):
        for order in (1, -1):
            old, new = (b"".join(struct.pack(kind, side) for side in size[::order])
                        for size in (small, large))
            stream = stream.replace(old, new)
    return stream


def refused(codec, stream):
    """A file that is decoded after all, to whatever picture, is one of few pixels."""
    assert codec.decode(stream).size <= 3 * codec.free_pixels
    raise BitstreamError("it is a file")


@pytest.mark.parametrize("large", [(8192, 4096), (16384, 16384), (512, 1024)])
@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"jpegxl"}))
def test_a_file_that_promises_a_large_picture(name, large):
    codec, small = codec_of(name), (24, 40) if name in ("jpeg", "webp") else SMALL
    stream = codec.encode(noise(small))
    assert codec.decode(stream).shape == (*small, 3)
    changed = promising(stream, small, large)
    assert changed != stream
    check(lambda: refused(codec, changed))


@pytest.mark.parametrize("name", WITH_SIZES)
@pytest.mark.parametrize("size", [(1, 1), (24, 40), (90, 131), SMALL, (300, 200)])
def test_the_size_that_a_file_promises_is_that_of_its_picture(name, size):
    codec = codec_of(name)
    promised = list(codec.sizes(codec.encode(noise(size))))
    if name == "heic":
        assert all(max(1, side - 63) <= found <= side
                   for sides in promised for side, found in zip(size, sides, strict=True))
    else:
        assert set(promised) == {size}


def lying(name):
    """A flat picture whose boxes promise a small one, and the same that tells the truth."""
    codec = replace(codec_of(name), free_pixels=MAX_PIXELS)
    stream = codec.encode(np.zeros((*PLAIN, 3), np.uint8))
    kind, order = (b"ihdr", 1) if name == "jpeg2000" else (b"ispe\0\0\0\0", -1)
    old, new = (kind + struct.pack(">II", *size[::order]) for size in (PLAIN, SMALL))
    assert stream.count(old) == 1
    return stream.replace(old, new), stream


@pytest.mark.parametrize("name", WITH_BOXES)
def test_a_stream_that_holds_a_larger_picture_than_its_boxes_say(name):
    for stream in lying(name):
        assert len(stream) < 1000
        check(lambda stream=stream: codec_of(name).decode(stream))
        with pytest.raises(BitstreamError, match=rf"^{name}: \d+ bytes can't hold \d+ x \d+ pixels"):
            codec_of(name).decode(stream)


def bits_of(*fields):
    """Numbers as JPEG XL packs them, the least significant bit first."""
    value, at = 0, 0
    for number, count in fields:
        value, at = value | number << at, at + count
    return value.to_bytes(-(-at // 8), "little")


JPEG_XL = {
    "30 bits": (bits_of((0, 1), (3, 2), (8191, 30), (0, 3), (3, 2), (4095, 30)), (8192, 4096)),
    "18 bits": (bits_of((0, 1), (2, 2), (16383, 18), (0, 3), (2, 2), (1023, 18)), (16384, 1024)),
    "a ratio": (bits_of((0, 1), (1, 2), (4095, 13), (7, 3)), (4096, 8192)),
    "13 bits": (bits_of((0, 1), (1, 2), (767, 13), (0, 3), (1, 2), (1023, 13)), PLAIN),
    "9 bits": (bits_of((0, 1), (0, 2), (511, 9), (3, 3)), (512, 682)),
    "eights": (bits_of((1, 1), (7, 5), (0, 3), (15, 5)), SMALL),
}


@pytest.mark.parametrize("case", JPEG_XL)
def test_a_jpeg_xl_that_promises_a_large_picture(case):
    codec, (head, size) = codec_of("jpegxl"), JPEG_XL[case]
    stream = b"\xff\x0a" + head + bytes(100)
    assert list(codec.sizes(stream)) == [size]
    check(lambda: codec.decode(stream))
    if size[0] * size[1] > codec.free_pixels:
        with pytest.raises(BitstreamError, match=f"can't hold {size[1]} x {size[0]} pixels"):
            codec.decode(stream)


def test_a_jpeg_xl_in_boxes_is_no_file_of_the_codec():
    with pytest.raises(BitstreamError, match="^jpegxl: .*no file of it"):
        codec_of("jpegxl").decode(b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100))


SIZE_OF_TILES = struct.pack(">IIIIIIII", 128, 64, 0, 0, 128, 64, 0, 0)
CODING = b"\xff\x52\0\x0c\0\0\0\1\1"
EDITS = {
    "avif: a grid": ("avif", b"av01Color", b"gridColor", "an item that is no av01"),
    "avif: several items": ("avif", b"\x44\0\0\1", b"\x44\0\0\2", "not in one place"),
    "avif: no still picture": ("avif", b"\x12\0\x0a\x09\x38", b"\x12\0\x0a\x09\x00", "still picture"),
    "avif: a second header": ("avif", b"\x12\0\x0a\x09", b"\x0a\0\x0a\x09", "2 sequence headers"),
    "heic: an item of another code": ("heic", b"hvc1", b"unci", "an item that is no hvc1"),
    "heic: parameters in the data": ("heic", b"\x28\x01\xaf", b"\x42\x01\xaf", "among the picture's"),
    "jpeg2000: many tiles": ("jpeg2000", SIZE_OF_TILES, SIZE_OF_TILES[:16] + b"\0\0\0\1" * 2 + bytes(8),
                             "not one tile"),
    "jpeg2000: precincts": ("jpeg2000", CODING, CODING[:4] + b"\1" + CODING[5:], "usual blocks|blocks of"),
    "jpeg2000: layers": ("jpeg2000", CODING, CODING[:6] + b"\xff\xff" + CODING[8:], "blocks of"),
    "jpeg2000: another coding": ("jpeg2000", b"\xff\x5c", b"\xff\x53", "markers that change"),
    "jpeg2000: two streams": ("jpeg2000", b"jp2h", b"jp2c", "other boxes"),
}


@pytest.mark.parametrize("case", EDITS)
def test_files_are_built_as_the_encoders_build_them(case):
    name, old, new, reason = EDITS[case]
    codec = codec_of(name)
    stream = codec.encode(noise(SMALL))
    assert stream.count(old) == 1
    with pytest.raises(BitstreamError, match=f"^{name}: the file is cut or damaged .*({reason})"):
        codec.decode(stream.replace(old, new))


def test_a_picture_that_is_too_plain_to_be_decoded_again_is_not_coded():
    with pytest.raises(DataError, match="jpeg2000 holds this picture of 1024 x 768 pixels in"):
        codec_of("jpeg2000").encode(np.zeros((*PLAIN, 3), np.uint8))
