"""JPEG 2000 as Pillow writes it: lossy wavelet (9/7), decorrelated colours, a compression ratio."""

import struct
from collections.abc import Iterator

from lcpc.codecs.formats._boxes import OtherFormat, boxes, only
from lcpc.codecs.formats._pillow import PLAIN, PillowCodec

NAME = "jpeg2000"
LABEL, COLOUR, MARKER = "JPEG 2000", "#8a8a8a", "P"
QUALITIES = (200, 150, 120, 100, 80, 64, 50, 40, 32, 25, 20, 16, 13, 11)
"""Compression ratios against 24 bits a pixel: a larger one makes a smaller file."""

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
BOXES = [b"jP  ", b"ftyp", b"jp2h", b"jp2c"]
SIZE_MARKER, CODING_MARKER, DATA_MARKER = b"\xff\x4f\xff\x51", b"\xff\x52", b"\xff\x93"
TILE_MARKER, TILE_BYTES = b"\xff\x90", 12
OTHER_MARKERS = (b"\xff\x5c", b"\xff\x64")
"""Steps of quantization, and a comment."""


def codec(quality: int) -> PillowCodec:
    """JPEG 2000 at the compression ratio `quality`."""
    options = (("quality_mode", "rates"), ("quality_layers", [quality]), ("irreversible", True),
               ("mct", 1))
    return PillowCodec(NAME, quality, "JPEG2000", "jpg_2000", f"ratio={quality} 9/7", options,
                       sizes=sizes, **PLAIN)


def sizes(stream: bytes) -> Iterator[tuple[int, int]]:
    """(height, width) that the file promises: in its header's box, and in the stream itself.

    The stream must be of one tile of three components, with the usual blocks: all that takes memory
    then follows from its size. Source: ISO/IEC 15444-1, annexes A and I.
    """
    if not stream.startswith(SIGNATURE):
        raise OtherFormat("it does not begin with a JPEG 2000 signature")
    if [box.kind for box in boxes(stream)] != BOXES:
        raise ValueError("other boxes than those of a picture")
    height, width = struct.unpack_from(">II", only(b"ihdr", only(b"jp2h", stream)))
    yield height, width
    code = only(b"jp2c", stream)
    if not code.startswith(SIZE_MARKER):
        raise ValueError("a stream without a size")
    length, _, width, height, *others, parts = struct.unpack_from(">HH8IH", code, 4)
    if others != [0, 0, width, height, 0, 0] or parts != 3:
        raise ValueError("not one tile of three components")
    yield height, width
    check_coding(code, len(SIZE_MARKER) + length)


def check_coding(code: bytes, at: int) -> None:
    """Raises ValueError unless the markers from `at` on are those of one layer of usual blocks."""
    coding, blocks = code[at:at + 9], code[at + 10:at + 13]
    if coding != CODING_MARKER + b"\0\x0c\0\0\0\1\1" or blocks != b"\4\4\0":
        raise ValueError("not one layer of blocks of 64 x 64")
    at += 14
    while code[at:at + 2] in OTHER_MARKERS:
        at += 2 + int.from_bytes(code[at + 2:at + 4], "big")
    tile, data = code[at:at + 2], code[at + TILE_BYTES:at + TILE_BYTES + 2]
    if tile != TILE_MARKER or data != DATA_MARKER:
        raise ValueError("markers that change what was said of all tiles")
