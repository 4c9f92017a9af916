"""The contract of a codec for images, learned or a file format; containers of learned streams.

A learned codec is one file of `lcpc.codecs.images`. It has

    NAME, LABEL, COLOUR, MARKER          its name in rows, and how figures draw it
    WEIGHTS: tuple[str, ...]             trainings whose weights it needs, such as "image_base"
    codec(*checkpoints) -> ImageCodec    made of one checkpoint for each of WEIGHTS, in that order

A file format is one file of `lcpc.codecs.formats`. It has NAME, LABEL, COLOUR, MARKER, its
QUALITIES, and `codec(quality) -> ImageCodec`. A stream and the weights are all that decoding needs.

>>> head = header(512, 768)
>>> len(head), read_header(head + b"more")
(4, (512, 768, b'more'))
"""

from binascii import crc_hqx
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.errors import BitstreamError, DataError

if TYPE_CHECKING:
    from lcpc.codecs.image_base import TrainedBase

Picture: TypeAlias = NDArray[np.uint8]
"""An sRGB image [H, W, 3], H and W at least 1."""

CONTAINER = 2
"""Version of the containers of learned streams, for the provenance of rows; 1 had no checksum."""
CHECKSUM_BYTES = 2
LARGEST_UNSEALED = 62
MAX_SIDE_PX = 1 << 14
MAX_PIXELS = 1 << 25
"""Larger pictures are refused, and streams that promise them before memory is taken."""


class Checkpoint(NamedTuple):
    """Weights as a training wrote them, and where they are, for messages."""

    content: Mapping[str, Any]
    where: str


@dataclass(frozen=True)
class RateEstimate:
    """The model's estimate of a picture's rate in bits: of the latent y and of side information."""

    rate_bits_y: float
    rate_bits_side: float

    @property
    def rate_bits(self) -> float:
        """The rate of both together."""
        return self.rate_bits_y + self.rate_bits_side


class ImageCodec(Protocol):
    """Turns a picture into bytes and back at one setting."""

    @property
    def name(self) -> str:
        """Name in result rows, such as bmshj2018-factorized."""

    @property
    def quality(self) -> int:
        """Quality of a learned codec's base, or the setting of a file format's encoder."""

    @property
    def setting(self) -> str:
        """The same and other settings in words, such as `quality=50 4:2:0`."""

    @property
    def origin(self) -> str:
        """Whose weights a learned codec uses; "" for file formats."""

    @property
    def has_stream(self) -> bool:
        """False for a bound that has an estimate only."""

    def missing(self) -> str:
        """Why it can't run here and the way out, or ""."""

    def libraries(self) -> dict[str, str]:
        """Versions of the libraries that make the stream, for the provenance of rows."""

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError unless `picture` is uint8 [H, W, 3]."""

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for a stream that `encode` can't write."""

    def estimate(self, picture: Picture) -> RateEstimate | None:
        """The model's estimate of the stream's bits; None for file formats."""

    def expected(self, picture: Picture) -> Picture | None:
        """The picture that decoding must give; None for file formats, which do not say."""


@dataclass(frozen=True, eq=False)
class OnBase:
    """What all codecs on one trained base share: they send the same latent."""

    base: "TrainedBase"
    has_stream: ClassVar[bool] = True

    @property
    def quality(self) -> int:
        """Quality of the base."""
        return self.base.quality

    @property
    def setting(self) -> str:
        """Quality of the base, in words."""
        return f"quality={self.quality}"

    @property
    def origin(self) -> str:
        """Whose weights the base has."""
        return self.base.origin

    def missing(self) -> str:
        """Always "": the weights are there."""
        return ""

    def libraries(self) -> dict[str, str]:
        """Always {}: the provenance of all rows names torch and CompressAI."""
        return {}

    def expected(self, picture: Picture) -> Picture:
        """The decoded picture, without a stream."""
        return self.base.picture(self.base.symbols(picture), *picture.shape[:2])


def as_picture(picture: NDArray[np.generic]) -> Picture:
    """`picture`, contiguous. Raises DataError unless it is uint8 [H, W, 3] within limits."""
    is_array = isinstance(picture, np.ndarray)
    if not is_array or picture.dtype != np.uint8 or picture.shape[2:] != (3,):
        kind = getattr(picture, "dtype", type(picture).__name__)
        shape = getattr(picture, "shape", "no shape")
        raise DataError(f"a picture is uint8 [H, W, 3], not {kind} {shape}")
    height, width = picture.shape[:2]
    if not is_codable(height, width):
        raise DataError(
            f"a picture of {width} x {height} pixels can't be coded: sides are 1 to {MAX_SIDE_PX} "
            f"pixels, at most {MAX_PIXELS} pixels in all")
    return np.ascontiguousarray(picture)


def is_codable(height: int, width: int) -> bool:
    """Whether a picture of this size is coded."""
    has_sides = min(height, width) >= 1 and max(height, width) <= MAX_SIDE_PX
    return has_sides and height * width <= MAX_PIXELS


def header(height: int, width: int) -> bytes:
    """The beginning of a learned stream: the size of the picture."""
    return numeral(height) + numeral(width)


def read_header(stream: bytes) -> tuple[int, int, bytes]:
    """(height, width, the rest). Raises BitstreamError for a size that is never coded."""
    height, rest = read_numeral(stream)
    width, rest = read_numeral(rest)
    if not is_codable(height, width):
        raise BitstreamError(
            f"the stream promises a picture of {width} x {height} pixels: "
            "it is damaged or of another codec")
    return height, width, rest


def sealed(body: bytes) -> bytes:
    """A container of a learned stream: from 65 bytes on it ends in a CRC of 16 bits.

    Smaller streams have none, and no container has 63 or 64 bytes.
    """
    if len(body) <= LARGEST_UNSEALED:
        return body
    return body + crc_hqx(body, 0xFFFF).to_bytes(CHECKSUM_BYTES, "big")


def unsealed(stream: bytes) -> bytes:
    """What `sealed` took. Raises BitstreamError for a container that was altered."""
    if len(stream) <= LARGEST_UNSEALED:
        return stream
    body = stream[:-CHECKSUM_BYTES]
    if len(body) <= LARGEST_UNSEALED or sealed(body) != stream:
        raise BitstreamError(
            f"the stream of {len(stream)} bytes was cut, extended or damaged: its checksum is not "
            "that of its content")
    return body


def take(stream: bytes, count: int, part: str) -> tuple[bytes, bytes]:
    """(the first `count` bytes, the rest). Raises BitstreamError naming `part` if it is cut."""
    if len(stream) < count:
        raise BitstreamError(
            f"the stream is cut: {part} has {count} bytes, {len(stream)} are left")
    return stream[:count], stream[count:]


def mean_squared_error(decoded: Picture, picture: Picture) -> float:
    """Over all pixels and R, G, B, in squared levels of 255."""
    difference = decoded.astype(np.float64) - picture.astype(np.float64)
    return float(np.mean(difference**2))
