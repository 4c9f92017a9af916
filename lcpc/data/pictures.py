"""Image files of any origin as uint8 RGB: turned as EXIF says, grey and CMYK made RGB.

A file whose values have no known range is refused by name.
"""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import DataError, MissingData

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "PPM")
"""What Pillow may take a file for; its rarer readers are kept away from files of unknown origin."""

LIMIT_BYTES = 1 << 28
LIMIT_PIXELS = 1 << 26
WIDE_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N")
"""Pillow's modes of greyscale with 16 bits; its own conversion clips them to 255."""
WHITE = 65535
PHOTOMETRIC_TAG, WHITE_IS_ZERO = 262, 0
"""TIFF's PhotometricInterpretation; Pillow heeds it for 8 bits, not for 16."""


def read(path: Path) -> NDArray[np.uint8]:
    """Pixels [H, W, 3] of an image file. Raises MissingData or DataError naming the file."""
    if not path.is_file():
        raise MissingData(f"image {path} is not there; check the folder's name")
    if (size := path.stat().st_size) > LIMIT_BYTES:
        raise DataError(f"image {path} has {size} bytes; at most {LIMIT_BYTES} are read")
    return decode(path.read_bytes(), str(path))


def decode(content: bytes, name: str) -> NDArray[np.uint8]:
    """Pixels [H, W, 3] of an image file's bytes.

    Raises DataError naming it if it is broken, too large or has no known range of values.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(image, name)
            return _rgb(image, name)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError(f"image {name} is none of {', '.join(FORMATS)}; "
                        "convert it or take it out of the folder") from error
    except Exception as error:  # Pillow's readers raise many kinds for broken files
        reason = " ".join(str(error).split())
        raise DataError(f"image {name} can't be read ({reason}); "
                        "take it out of the folder") from error


def _check_size(image: "Image", name: str) -> None:
    """Before the pixels are unpacked: a small file can promise a picture that fills the memory."""
    width, height = image.size
    if width * height > LIMIT_PIXELS:
        raise DataError(f"image {name} has {width} x {height} pixels; "
                        f"at most {LIMIT_PIXELS} are read. Make it smaller")


def _rgb(image: "Image", name: str) -> NDArray[np.uint8]:
    from PIL import ImageOps

    tags = getattr(image, "tag_v2", {})
    is_tiff_of_32_bits = image.mode == "I" and image.format == "TIFF"
    if image.mode == "F" or is_tiff_of_32_bits:
        numbers = "real numbers" if image.mode == "F" else "integers of 32 bits"
        raise DataError(f"image {name} holds {numbers} without a range; save it with 8 or 16 bits")
    turned = ImageOps.exif_transpose(image)
    if turned.mode in WIDE_MODES:
        grey = np.asarray(turned).astype(np.int64).clip(0, WHITE)
        if tags.get(PHOTOMETRIC_TAG) == WHITE_IS_ZERO:
            grey = WHITE - grey
        if "transparency" in turned.info:
            grey[grey == turned.info["transparency"]] = WHITE
        narrow = ((grey + 128) // 257).astype(np.uint8)  # 65535 becomes 255
        return np.repeat(narrow[:, :, None], 3, axis=2)
    if "A" in turned.getbands() or "transparency" in turned.info:
        turned = _on_white(turned)
    return np.array(turned.convert("RGB"))


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
