"""AVIF as Pillow writes it: intra frames of AV1, full colour resolution, tuned for PSNR."""

from collections.abc import Iterator

from lcpc.codecs.formats._boxes import BitReader, OneItem
from lcpc.codecs.formats._pillow import PLAIN, PillowCodec

NAME = "avif"
LABEL, COLOUR, MARKER = "AVIF", "#b03a2e", "s"
QUALITIES = (1, *range(5, 90, 5))
SPEED = 6
SUBSAMPLING = "4:4:4"
TUNE = "psnr"
"""Newer encoders tune for how images look by default, at 1 dB less; the figures show PSNR."""
SEQUENCE_HEADER, STILL, HEADER_BYTES = 1, 0b11, 16


def codec(quality: int, speed: int = SPEED) -> PillowCodec:
    """AVIF at `quality`, 0 to 100, and `speed`, 0 (slowest) to 10.

    One thread, so that the file does not depend on the machine.
    """
    options = (
        ("quality", quality), ("speed", speed), ("subsampling", SUBSAMPLING), ("max_threads", 1),
        ("advanced", {"tune": TUNE}),
    )
    setting = f"quality={quality} {SUBSAMPLING} tune={TUNE} speed={speed}"
    return PillowCodec(NAME, quality, "AVIF", "avif", setting, options, sizes=sizes, **PLAIN)


def sizes(stream: bytes) -> Iterator[tuple[int, int]]:
    """(height, width) that the file promises: in its properties, and in the AV1 stream itself.

    Source: AV1 bitstream specification, 5.3 (open bitstream units) and 5.5 (sequence header).
    """
    item = OneItem.read(stream, b"avif", b"av01")
    yield from item.sizes()
    headers = [unit for kind, unit in units(item.data) if kind == SEQUENCE_HEADER]
    if len(headers) != 1:
        raise ValueError(f"{len(headers)} sequence headers")
    bits = BitReader(headers[0][:HEADER_BYTES])
    bits.take(3)  # profile
    if bits.take(2) != STILL:
        raise ValueError("not the short header of a still picture")
    bits.take(5)  # level
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    yield height, width


def units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, content) of the open bitstream units, each of which has its size in LEB128."""
    at = 0
    while at < len(data):
        head, size, shift = data[at], 0, 0
        if head & 0b10000111 != 0b10:
            raise ValueError("a unit without a size, or of a layer")
        at += 1
        while True:
            digit = data[at]
            size |= (digit & 127) << shift
            shift, at = shift + 7, at + 1
            if digit < 128:
                break
        if size > len(data) - at:
            raise ValueError(f"a unit of {size} bytes, where {len(data) - at} are left")
        yield head >> 3, data[at:at + size]
        at += size
