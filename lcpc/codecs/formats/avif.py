"""AVIF as Pillow writes it: intra frames of AV1, full colour resolution, tuned for PSNR."""

from lcpc.codecs.formats._pillow import PillowCodec

NAME = "avif"
LABEL, COLOUR, MARKER = "AVIF", "#b03a2e", "s"
QUALITIES = (1, *range(5, 90, 5))
SPEED = 6
SUBSAMPLING = "4:4:4"
TUNE = "psnr"
"""Newer encoders tune for how images look by default, at 1 dB less; the figures show PSNR."""


def codec(quality: int) -> PillowCodec:
    """AVIF at `quality`, 0 to 100. One thread, so that the file does not depend on the machine."""
    options = (
        ("quality", quality), ("speed", SPEED), ("subsampling", SUBSAMPLING), ("max_threads", 1),
        ("advanced", {"tune": TUNE}),
    )
    setting = f"quality={quality} {SUBSAMPLING} tune={TUNE} speed={SPEED}"
    return PillowCodec(NAME, quality, "AVIF", "avif", setting, options)
