"""Small files of image formats that promise large pictures, in their boxes or in their streams, are
refused before their libraries see them."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

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


@pytest.mark.parametrize("name", FORMATS)
def test_files_of_every_setting_are_decoded(name):
    codec_of(name)
    module, height, width = registry.load("lcpc.codecs.formats", name), 64, 96
    ramp = np.linspace(40, 150, height)[:, None, None] + np.linspace(0, 40, width)[:, None]
    picture = (ramp + noise((height, width)) // 8).astype(np.uint8)
    for quality in module.QUALITIES:
        codec = module.codec(quality)
        assert codec.decode(codec.encode(picture)).shape == picture.shape, codec.setting


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
    assert next(codec.sizes(stream)) == size
    check(lambda: codec.decode(stream))
    if size[0] * size[1] > codec.free_pixels:
        with pytest.raises(BitstreamError, match=f"can't hold {size[1]} x {size[0]} pixels"):
            codec.decode(stream)


SMALL_HEAD = ((1, 1), (7, 5), (0, 3), (15, 5), (3, 2))
"""The size SMALL, and usual colours."""
WHOLE = {"usual": (0, 1), "type": (0, 2), "coding": (0, 1), "flags": (0, 2), "upsampling": (0, 2),
         "scales": (19, 6), "passes": (0, 2), "crop": (0, 1), "blending": (0, 2), "last": (1, 1)}
PATCHES = {"usual": (0, 1), "type": (2, 2), "coding": (1, 1), "flags": (0, 2), "upsampling": (0, 2),
           "shift": (0, 2), "crop": (1, 1), "width": (16, 10), "height": (16, 10), "kept": (7, 3),
           "name": (0, 2), "filters": (0, 6), "extensions": (0, 2), "permuted": (0, 1)}
"""Fields of frames as the encoder writes them: values, and their bits."""
ONE_SECTION = bits_of((0, 2), (5, 10)) + b"12345"


def jpeg_xl(*frames):
    """A stream of frames, each fields of one kind and what follows them."""
    parts = [bits_of(*fields.values()) + after for fields, after in frames]
    return b"\xff\x0a" + bits_of(*SMALL_HEAD) + b"".join(parts)


def with_patches(after=ONE_SECTION, **changes):
    return jpeg_xl(({**PATCHES, **changes}, after), (WHOLE, b""))


def test_frames_of_a_jpeg_xl_are_read():
    sizes = codec_of("jpegxl").sizes
    assert list(sizes(jpeg_xl((WHOLE, b"")))) == [SMALL]
    assert list(sizes(jpeg_xl(({"usual": (1, 1)}, b"")))) == [SMALL]
    assert list(sizes(with_patches())) == [SMALL, (4, 4)]
    eight_groups = bits_of(*[(0, 2), (1, 10)] * (2 + 1 + 8)) + bytes(11)
    many = with_patches(eight_groups, width=(1 | 256 << 2, 13), height=(1, 13))
    assert list(sizes(many)) == [SMALL, (256, 512)]


def test_patches_of_a_picture_are_read_and_decoded():
    codec = codec_of("jpegxl")
    page = Image.new("RGB", (400, 300), "white")
    for top in range(0, 300, 14):
        ImageDraw.Draw(page).text((4, top), "the same letters in each line of a page", fill="black")
    picture = np.array(page)
    stream = codec.encode(picture)
    size, *of_patches = codec.sizes(stream)
    assert size == picture.shape[:2]
    assert len(of_patches) == 1
    assert codec.decode(stream).shape == picture.shape


LONG = (2 | 1000 << 2, 16)
HOSTILE_FRAMES = {
    "patches larger than the file": (with_patches(width=LONG, height=LONG), "can't hold 3304 x 3304"),
    "two frames of patches": (jpeg_xl(*[(PATCHES, ONE_SECTION)] * 2, (WHOLE, b"")), "neither patches"),
    "a frame of blocks' means": (jpeg_xl(({**WHOLE, "type": (1, 2)}, b"")), "neither patches"),
    "a crop": (jpeg_xl(({**WHOLE, "crop": (1, 1)}, bytes(9))), "not one frame in one pass"),
    "splines": (jpeg_xl(({**WHOLE, "flags": (1 | 15 << 2, 6)}, b"")), "not one frame in one pass"),
    "several passes": (jpeg_xl(({**WHOLE, "passes": (3, 2)}, b"")), "not one frame in one pass"),
    "more after the picture": (jpeg_xl(({**WHOLE, "last": (0, 1)}, b"")), "after the picture"),
    "patches with a filter": (with_patches(filters=(2, 6)), "patches with a name, filters"),
    "sections in another order": (with_patches(permuted=(1, 1)), "sections in another order"),
    "patches of means": (with_patches(flags=(1, 2)), "not plain pixels"),
    "a section after the end": (with_patches(bits_of((3, 2), (1 << 29, 30))), "a header that is cut"),
    "another colour space": (b"\xff\x0a" + bits_of(*SMALL_HEAD[:-1], (0, 2)) + bytes(50), "colours"),
}


@pytest.mark.parametrize("case", HOSTILE_FRAMES)
def test_a_jpeg_xl_of_frames_that_the_encoder_does_not_write(case):
    stream, reason = HOSTILE_FRAMES[case]
    codec = codec_of("jpegxl")
    check(lambda: codec.decode(stream))
    with pytest.raises(BitstreamError, match=f"^jpegxl: .*{reason}"):
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
