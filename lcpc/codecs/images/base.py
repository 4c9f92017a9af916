"""The contract of a codec for images: what it takes, what it gives, and what all of its streams begin with.

A learned codec is one file of this room with a function `codec(weights) -> ImageCodec`, where `weights` is a trained base
(`lcpc.codecs.image_base.TrainedBase`) or distribution model; others have `codec(setting)`. Streams are whole: they and the
weights are all that decoding needs.

>>> head = header(512, 768)
>>> len(head), read_header(head + b"more")
(4, (512, 768, b'more'))
"""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.errors import BitstreamError, DataError

Picture: TypeAlias = NDArray[np.uint8]
"""An sRGB image [H, W, 3], H and W at least 1."""

MAX_SIDE_PX = 1 << 14
MAX_PIXELS = 1 << 25
"""A picture of more is refused, and so is a stream that promises more, before memory is taken for it."""


@dataclass(frozen=True)
class Parts:
    """The model's estimate of a picture's rate in bits: what the latent y costs, and the side information beside it."""

    rate_bits_y: float
    rate_bits_side: float

    @property
    def rate_bits(self) -> float:
        """Both together."""
        return self.rate_bits_y + self.rate_bits_side


class ImageCodec(Protocol):
    """Turns a picture into bytes and back at one setting."""

    @property
    def name(self) -> str:
        """Name in result rows, such as bmshj2018-factorized."""

    @property
    def quality(self) -> float:
        """Its setting: the quality of a learned codec's base, or what the encoder of a file format calls quality."""

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError for what is no picture."""

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for what it can't have written."""

    def parts(self, picture: Picture) -> Parts | None:
        """The estimate of the stream's bits by the model; None for codecs that have none."""

    def reconstruct(self, picture: Picture) -> Picture | None:
        """What decoding must give, worked out without a stream; None for file formats, whose encoders keep it to themselves."""


def as_picture(picture: NDArray[np.generic]) -> Picture:
    """`picture` as it is, contiguous. Raises DataError where it is not uint8 [H, W, 3] of a size that is coded."""
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        shape = getattr(picture, "shape", "no shape")
        raise DataError(f"a picture is uint8 [H, W, 3], not {getattr(picture, 'dtype', type(picture).__name__)} {shape}")
    height, width = picture.shape[:2]
    if not is_codable(height, width):
        raise DataError(f"a picture of {width} x {height} pixels can't be coded: sides are 1 to {MAX_SIDE_PX} pixels, "
                        f"at most {MAX_PIXELS} pixels in all")
    return np.ascontiguousarray(picture)


def is_codable(height: int, width: int) -> bool:
    """Whether a picture of this size is coded."""
    return 1 <= height <= MAX_SIDE_PX and 1 <= width <= MAX_SIDE_PX and height * width <= MAX_PIXELS


def header(height: int, width: int) -> bytes:
    """What a learned stream begins with: the size of the picture."""
    return numeral(height) + numeral(width)


def read_header(stream: bytes) -> tuple[int, int, bytes]:
    """(height, width, the rest). Raises BitstreamError where the stream promises no picture that is coded."""
    height, rest = read_numeral(stream)
    width, rest = read_numeral(rest)
    if not is_codable(height, width):
        raise BitstreamError(f"the stream promises a picture of {width} x {height} pixels: it is damaged or of another codec")
    return height, width, rest


def take(stream: bytes, count: int, what: str) -> tuple[bytes, bytes]:
    """(the first `count` bytes, the rest). Raises BitstreamError naming `what` they hold where there are fewer."""
    if len(stream) < count:
        raise BitstreamError(f"the stream is cut: {what} has {count} bytes, {len(stream)} are left")
    return stream[:count], stream[count:]


def mean_squared_error(decoded: Picture, picture: Picture) -> float:
    """Over all pixels and R, G, B, in squared levels of 255."""
    return float(np.mean((decoded.astype(np.float64) - picture.astype(np.float64)) ** 2))
