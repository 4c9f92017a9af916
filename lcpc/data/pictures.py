"""Image files of any origin as uint8 RGB: turned as EXIF says, grey and CMYK made RGB; what can't be is refused by name."""

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
"""Pillow's modes of greyscale with 16 bits; it clips them to 255 where it converts them itself."""


def read(path: Path) -> NDArray[np.uint8]:
    """Pixels [H, W, 3] of an image file. Raises MissingData or DataError naming the file and what is wrong with it."""
    if not path.is_file():
        raise MissingData(f"image {path} is not there; check the folder's name")
    if (size := path.stat().st_size) > LIMIT_BYTES:
        raise DataError(f"image {path} has {size} bytes; at most {LIMIT_BYTES} are read")
    return decode(path.read_bytes(), str(path))


def decode(content: bytes, name: str) -> NDArray[np.uint8]:
    """Pixels [H, W, 3] of an image file's bytes. Raises DataError naming it where it is broken, too large or no photograph."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(image, name)
            return _rgb(image, name)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError(f"image {name} is none of {', '.join(FORMATS)}; convert it or take it out of the folder") from error
    except Exception as error:  # Pillow's readers raise many kinds for broken files
        raise DataError(f"image {name} can't be read ({' '.join(str(error).split())}); take it out of the folder") from error


def _check_size(image: "Image", name: str) -> None:
    """Before the pixels are unpacked: a small file can promise a picture that fills the memory."""
    width, height = image.size
    if width * height > LIMIT_PIXELS:
        raise DataError(f"image {name} has {width} x {height} pixels; at most {LIMIT_PIXELS} are read. Make it smaller")


def _rgb(image: "Image", name: str) -> NDArray[np.uint8]:
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(image)
    if turned.mode == "F":
        raise DataError(f"image {name} holds real numbers without a range; save it with 8 or 16 bits")
    if turned.mode in WIDE_MODES:
        return np.repeat(_narrowed(np.asarray(turned))[:, :, None], 3, axis=2)
    if "A" in turned.getbands() or "transparency" in turned.info:
        turned = _on_white(turned)
    return np.array(turned.convert("RGB"))


def _narrowed(grey: NDArray[np.integer]) -> NDArray[np.uint8]:
    """16 bits to 8: 65535 becomes 255."""
    return ((grey.astype(np.int64).clip(0, 65535) + 128) // 257).astype(np.uint8)


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
