"""JPEG XL as libjxl writes it: lossy, XYB colours, at the encoder's usual effort."""

from collections.abc import Iterator

from lcpc.codecs.formats._boxes import Bits, OtherFormat
from lcpc.codecs.formats._pillow import PLAIN
from lcpc.codecs.formats._plugin import PluginCodec

NAME = "jpegxl"
LABEL, COLOUR, MARKER = "JPEG XL", "#c0778a", "D"
QUALITIES = (1, *range(10, 100, 10), 95)
EFFORT = 7
SIGNATURE, HEADER_BYTES = b"\xff\x0a", 16
SIDE_BITS = (9, 13, 18, 30)
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


def codec(quality: int) -> PluginCodec:
    """JPEG XL at `quality`, 0 to 99. One thread, as for the others' times."""
    setting = f"quality={quality} effort={EFFORT}"
    options = (("quality", quality), ("effort", EFFORT), ("num_threads", 1))
    return PluginCodec(NAME, quality, "JXL", "pillow_jxl", setting, options, "pillow-jxl-plugin",
                       sizes=sizes, **PLAIN)


def sizes(stream: bytes) -> Iterator[tuple[int, int]]:
    """(height, width) that the stream promises.

    Frames within it may be larger; their headers are not read. Source: ISO/IEC 18181-1, D.2 (size).
    """
    if not stream.startswith(SIGNATURE):
        raise OtherFormat("it does not begin with a JPEG XL signature")
    bits = Bits(stream[2:HEADER_BYTES], "little")
    in_eights = bool(bits.take(1))
    height = side(bits, in_eights)
    ratio = bits.take(3)
    across, down = RATIOS[ratio - 1]
    yield height, height * across // down if ratio else side(bits, in_eights)


def side(bits: Bits, in_eights: bool) -> int:
    """A height or width in pixels."""
    if in_eights:
        return 8 * (bits.take(5) + 1)
    return bits.take(SIDE_BITS[bits.take(2)]) + 1
