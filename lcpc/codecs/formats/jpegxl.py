"""JPEG XL as libjxl writes it: lossy, XYB colours, at the encoder's usual effort."""

from lcpc.codecs.formats._plugin import PluginCodec

NAME = "jpegxl"
LABEL, COLOUR, MARKER = "JPEG XL", "#c0778a", "D"
QUALITIES = (1, *range(10, 100, 10), 95)
EFFORT = 7


def codec(quality: int) -> PluginCodec:
    """JPEG XL at `quality`, 0 to 99. One thread, as for the others' times."""
    setting = f"quality={quality} effort={EFFORT}"
    options = (("quality", quality), ("effort", EFFORT), ("num_threads", 1))
    return PluginCodec(NAME, quality, "JXL", "pillow_jxl", setting, options, "pillow-jxl-plugin")
