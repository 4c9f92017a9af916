"""WebP as Pillow writes it: lossy, at the encoder's slowest and best method."""

from lcpc.codecs.formats._pillow import PillowCodec

NAME = "webp"
LABEL, COLOUR, MARKER = "WebP", "#8e6bb0", "v"
QUALITIES = (1, *range(5, 100, 5))
METHOD = 6


def codec(quality: int) -> PillowCodec:
    """WebP at `quality`, 0 to 100."""
    setting = f"quality={quality} method={METHOD}"
    options = (("quality", quality), ("method", METHOD))
    return PillowCodec(NAME, quality, "WEBP", "webp", setting, options)
