"""WebP as Pillow writes it: lossy, at the encoder's slowest and best method."""

from lcpc.codecs.formats._pillow import PillowCodec

LABEL = "WebP"
COLOUR = "#8e6bb0"
MARKER = "v"
QUALITIES = (1, *range(5, 100, 5))
METHOD = 6


def codec(quality: int) -> PillowCodec:
    """WebP at `quality`, 0 to 100."""
    setting = f"quality={quality} method={METHOD}"
    return PillowCodec("webp", quality, "WEBP", "webp", setting, (("quality", quality), ("method", METHOD)))
