"""Conversions between the units in names of columns."""

BITS_PER_BYTE = 8


def bits_from_bytes(count: int) -> int:
    """Bits in `count` bytes."""
    return BITS_PER_BYTE * count


def bits_per_pixel(rate_bits: float, height_px: int, width_px: int) -> float:
    """Rate of one image in bits per pixel. Raises ValueError for an image without pixels."""
    if height_px <= 0 or width_px <= 0:
        raise ValueError(f"an image of {height_px} x {width_px} pixels has no rate per pixel")
    return rate_bits / (height_px * width_px)
