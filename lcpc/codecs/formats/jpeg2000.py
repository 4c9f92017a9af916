"""JPEG 2000 as Pillow writes it: lossy wavelet (9/7), decorrelated colours, a compression ratio."""

from lcpc.codecs.formats._pillow import PillowCodec

NAME = "jpeg2000"
LABEL, COLOUR, MARKER = "JPEG 2000", "#8a8a8a", "P"
QUALITIES = (200, 150, 120, 100, 80, 64, 50, 40, 32, 25, 20, 16, 13, 11)
"""Compression ratios against 24 bits a pixel: a larger one makes a smaller file."""


def codec(quality: int) -> PillowCodec:
    """JPEG 2000 at the compression ratio `quality`."""
    options = (
        ("quality_mode", "rates"), ("quality_layers", [quality]), ("irreversible", True),
        ("mct", 1),
    )
    return PillowCodec(NAME, quality, "JPEG2000", "jpg_2000", f"ratio={quality} 9/7", options)
