"""JPEG 2000 as Pillow writes it: the lossy wavelet (9/7) over decorrelated colours, aimed at a compression ratio."""

from lcpc.codecs.formats._pillow import PillowCodec

LABEL = "JPEG 2000"
COLOUR = "#8a8a8a"
MARKER = "P"
QUALITIES = (200, 150, 120, 100, 80, 64, 50, 40, 32, 25, 20, 16, 13, 11)
"""Compression ratios against 24 bits a pixel: a larger one makes a smaller file."""


def codec(quality: int) -> PillowCodec:
    """JPEG 2000 at the compression ratio `quality`."""
    options = (("quality_mode", "rates"), ("quality_layers", [quality]), ("irreversible", True), ("mct", 1))
    return PillowCodec("jpeg2000", quality, "JPEG2000", "jpg_2000", f"ratio={quality} 9/7", options)
