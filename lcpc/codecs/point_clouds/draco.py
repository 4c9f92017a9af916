"""Google's Draco through DracoPy: byte for byte the encoder that the documents ran.

S asks for log2(S) bits a coordinate: 2^bits levels span the longest side of the bounding box
[MMSP23]. At S = 1 the documents' cloud is one point (their accuracy is chance); 0 bits would mean
"not quantised" to Draco, so that cloud is coded as points that all lie in the origin. Input points
that are equal come back once, or all where order is kept.
"""

import importlib.util
from dataclasses import dataclass

import numpy as np

from lcpc.codecs.point_clouds.base import (
    MAX_POINTS,
    SCALES,
    Cloud,
    PointCloudCodec,
    Tools,
    as_cloud,
    checked_scale,
)
from lcpc.errors import BitstreamError, MissingTool

NAME = "draco"
LABEL = "Draco"
COLOUR = "#0072b2"
MARKER = "v"
LEVEL = 10
HEADERS = (b"DRACO\x02\x03\x00\x00\x00\x00", b"DRACO\x02\x03\x00\x01\x00\x00")
"""What a point cloud of version 2.3 begins with: in the order of its points, or as a k-d tree."""
COUNT_AT = 11
"""Position of the number of points (int32, little-endian) in a stream."""
ATTRIBUTES_AT, ATTRIBUTES = 15, bytes([1, 1, 0, 9, 3, 0, 0])
"""One attribute: position, float32, three coordinates. The library would take memory for others."""
TREE_COUNT_AT = 27
"""Position of the number of points in a k-d tree, once more."""


@dataclass(frozen=True)
class Draco:
    """The documents' own setting: compression level 10, order of the points free."""

    name: str = NAME
    settings: tuple[int, ...] = SCALES

    def missing(self) -> str:
        """Why Draco can't run here and the way out, or ""."""
        if importlib.util.find_spec("DracoPy"):
            return ""
        return ("the Python package DracoPy is not installed. Install it; its rows are marked "
                "'skipped' until then.")

    def encode(self, points: Cloud, scale: int) -> bytes:
        """The stream of a cloud."""
        if reason := self.missing():
            raise MissingTool(reason)
        return encode(points, scale, LEVEL)

    def decode(self, stream: bytes, scale: int) -> Cloud:
        """The decoded cloud, in another order; `scale` is not needed."""
        return decode(stream)

    def rate_bits(self, stream: bytes, decoded: Cloud, scale: int) -> float:
        """The documents count the whole file."""
        return 8 * len(stream)

    def expected(self, points: Cloud, scale: int) -> Cloud:
        """The quantised cloud, in the order of `points`."""
        return reconstruct(points, scale)


def codec(tools: Tools) -> PointCloudCodec:
    """Draco as the documents ran it. It needs no external program."""
    return Draco()


def encode(points: Cloud, scale: int, level: int, preserve_order: bool = False) -> bytes:
    """Draco's stream at log2(scale) bits a coordinate and compression level 0..10."""
    import DracoPy

    cloud = as_cloud(points)
    bits = checked_scale(scale).bit_length() - 1
    if bits == 0:
        cloud, bits = np.zeros_like(cloud), 1
    return DracoPy.encode(cloud, quantization_bits=bits, compression_level=level,
                          preserve_order=preserve_order)


def decode(stream: bytes) -> Cloud:
    """The points of a Draco stream, float32 [P, 3]. Raises BitstreamError for anything else."""
    import DracoPy

    _check_header(stream)
    size, count = len(stream), _count(stream)
    try:
        points = DracoPy.decode(stream).points
    except (Exception, MemoryError) as error:
        raise BitstreamError(f"Draco can't decode these {size} bytes ({error}): "
                             "were they cut?") from None
    if points is None or points.dtype != np.float32 or points.shape != (count, 3):
        raise BitstreamError(f"Draco decoded no cloud of {count} points from these {size} bytes")
    return points


def reconstruct(points: Cloud, scale: int) -> Cloud:
    """What Draco decodes, computed without it, to the last bit; in the order of `points`."""
    cloud = as_cloud(points)
    steps = np.float32(checked_scale(scale) - 1)
    low = cloud.min(axis=0)
    side = (cloud.max(axis=0) - low).max()
    if steps == 0 or side == 0:
        return np.zeros_like(cloud) if steps == 0 else cloud.copy()
    cells = np.floor((cloud - low) * (steps / side) + np.float32(0.5))
    return cells * (side / steps) + low


def _check_header(stream: bytes) -> None:
    """Raises BitstreamError unless a stream begins as the encoder would: the library takes memory
    for whatever it promises."""
    attributes = stream[ATTRIBUTES_AT : ATTRIBUTES_AT + len(ATTRIBUTES)]
    if not stream.startswith(HEADERS) or attributes != ATTRIBUTES:
        raise BitstreamError(f"these {len(stream)} bytes are no point cloud of Draco's, of "
                             "version 2.3 with positions alone")
    count = _count(stream)
    if not 1 <= count <= MAX_POINTS:
        raise BitstreamError(f"a Draco stream promises {count} points: "
                             f"1 to {MAX_POINTS} are decoded")
    if stream.startswith(HEADERS[1]) and _count(stream, TREE_COUNT_AT) != count:
        raise BitstreamError(f"a Draco stream promises {count} points, its tree others")


def _count(stream: bytes, at: int = COUNT_AT) -> int:
    return int.from_bytes(stream[at : at + 4], "little")
