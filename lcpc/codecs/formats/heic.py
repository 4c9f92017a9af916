"""HEIC as libheif writes it with x265: intra frames of H.265, full colour resolution, for PSNR."""

import struct
from collections.abc import Iterator

from lcpc.codecs.formats._boxes import BitReader, OneItem
from lcpc.codecs.formats._pillow import PLAIN
from lcpc.codecs.formats._plugin import PluginCodec

NAME = "heic"
LABEL, COLOUR, MARKER = "HEIC (x265)", "#d35400", "^"
QUALITIES = (1, 10, 20, *range(30, 70, 5))
PRESET, SUBSAMPLING, TUNE = "slow", "4:4:4", "psnr"
PARAMETER_SETS, SEQUENCE_PARAMETERS = range(32, 35), 33
CONFIG_BYTES, FOUR_BYTES, PROFILE_BITS, HEADER_BYTES = 22, 3, 96, 64
MOST_FILLED = 63
"""Rows and columns that fill the last blocks of a picture at most, and are cut off again."""


def codec(quality: int) -> PluginCodec:
    """HEIC at `quality`, 0 to 99. One thread, so that the file does not depend on the machine."""
    setting = f"quality={quality} {SUBSAMPLING} preset={PRESET} tune={TUNE}"
    options = (("quality", quality),
               ("enc_params", {
                   "preset": PRESET, "tune": TUNE, "chroma": "444", "x265:pools": "none"}))
    return PluginCodec(NAME, quality, "HEIF", "pillow_heif", setting, options, "pillow-heif",
                       sizes=sizes, **PLAIN)


def sizes(stream: bytes) -> Iterator[tuple[int, int]]:
    """(height, width) that the file promises: in its properties, and in the H.265 stream itself.

    Both count rows and columns that fill the last blocks; as many as there may be are left out.

    Source: ISO/IEC 14496-15, 8.3 (configuration record); H.265, 7.3 (parameter sets).
    """
    item = OneItem.read(stream, b"heix", b"hvc1")
    configs = [box.content for box in item.properties if box.kind == b"hvcC"]
    units = [unit for config in configs for unit in parameter_sets(config)]
    headers = [unit for unit in units if kind_of(unit) == SEQUENCE_PARAMETERS]
    if len(headers) != 1:
        raise ValueError(f"{len(headers)} sets of parameters of the sequence")
    for height, width in (*item.sizes(), coded_size(headers[0])):
        yield max(1, height - MOST_FILLED), max(1, width - MOST_FILLED)
    at = 0
    while at < len(item.data):
        (size,) = struct.unpack_from(">I", item.data, at)
        if kind_of(item.data[at + 4:at + 6]) in PARAMETER_SETS:
            raise ValueError("parameters among the picture's data")
        at += 4 + size


def parameter_sets(config: bytes) -> Iterator[bytes]:
    """The units in a configuration record (hvcC)."""
    if config[CONFIG_BYTES - 1] & 0b11 != FOUR_BYTES:
        raise ValueError("units whose sizes have no four bytes")
    at = CONFIG_BYTES + 1
    for _ in range(config[CONFIG_BYTES]):
        _, count = struct.unpack_from(">BH", config, at)
        at += 3
        for _ in range(count):
            (size,) = struct.unpack_from(">H", config, at)
            yield config[at + 2:at + 2 + size]
            at += 2 + size


def kind_of(unit: bytes) -> int:
    """The type of a unit."""
    return unit[0] >> 1 & 63


def coded_size(unit: bytes) -> tuple[int, int]:
    """(height, width) in a set of parameters of the sequence."""
    bits = BitReader(unit[2:2 + HEADER_BYTES].replace(b"\0\0\3", b"\0\0"))
    bits.take(4)  # of the video
    if bits.take(3):
        raise ValueError("several layers of time in a still picture")
    bits.take(1 + PROFILE_BITS)
    bits.exp_golomb()  # its number
    if bits.exp_golomb() == 3:  # 4:4:4
        bits.take(1)
    width, height = bits.exp_golomb(), bits.exp_golomb()
    return height, width
