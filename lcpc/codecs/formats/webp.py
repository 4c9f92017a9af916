"""WebP as Pillow writes it: lossy, at the encoder's slowest and best method."""

from lcpc.codecs.formats._pillow import PillowCodec

NAME = "webp"
LABEL, COLOUR, MARKER = "WebP", "#8e6bb0", "v"
QUALITIES = (1, *range(5, 100, 5))
METHOD = 6
LEAST_BITS = 3
"""A macroblock's modes, by VP8's fixed probabilities."""


def codec(quality: int) -> PillowCodec:
    """WebP at `quality`, 0 to 100."""
    setting = f"quality={quality} method={METHOD}"
    options = (("quality", quality), ("method", METHOD))
    return PillowCodec(NAME, quality, "WEBP", "webp", setting, options, least_bits=LEAST_BITS)
