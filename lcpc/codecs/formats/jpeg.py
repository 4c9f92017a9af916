"""JPEG as Pillow writes it: 4:2:0, tables of the standard, at the qualities of the documents."""

from lcpc.codecs.formats._pillow import PillowCodec

NAME = "jpeg"
LABEL, COLOUR, MARKER = "JPEG", "#444444", "X"
QUALITIES = tuple(range(5, 100, 5))
LEAST_BITS = 12
"""Six blocks of 8 x 8 values, each of two codes or more."""


def codec(quality: int) -> PillowCodec:
    """JPEG at `quality`, 1 to 95."""
    setting = f"quality={quality} 4:2:0"
    options = (("quality", quality),)
    return PillowCodec(NAME, quality, "JPEG", "jpg", setting, options, least_bits=LEAST_BITS)
