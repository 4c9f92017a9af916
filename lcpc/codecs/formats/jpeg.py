"""JPEG as Pillow writes it: 4:2:0, tables of the standard, at the qualities of the documents' own points."""

from lcpc.codecs.formats._pillow import PillowCodec

LABEL = "JPEG"
COLOUR = "#444444"
MARKER = "X"
QUALITIES = tuple(range(5, 100, 5))


def codec(quality: int) -> PillowCodec:
    """JPEG at `quality`, 1 to 95."""
    return PillowCodec("jpeg", quality, "JPEG", "jpg", f"quality={quality} 4:2:0", (("quality", quality),))
