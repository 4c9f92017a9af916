"""HEIC as libheif writes it with x265: intra frames of H.265, full colour resolution, for PSNR."""

from lcpc.codecs.formats._plugin import PluginCodec

NAME = "heic"
LABEL, COLOUR, MARKER = "HEIC (x265)", "#d35400", "^"
QUALITIES = (1, 10, 20, *range(30, 70, 5))
PRESET, SUBSAMPLING, TUNE = "slow", "4:4:4", "psnr"


def codec(quality: int) -> PluginCodec:
    """HEIC at `quality`, 0 to 99. One thread, so that the file does not depend on the machine."""
    setting = f"quality={quality} {SUBSAMPLING} preset={PRESET} tune={TUNE}"
    options = (
        ("quality", quality),
        ("enc_params", {
            "preset": PRESET, "tune": TUNE, "chroma": "444", "x265:pools": "none"}),
    )
    return PluginCodec(NAME, quality, "HEIF", "pillow_heif", setting, options, "pillow-heif")
