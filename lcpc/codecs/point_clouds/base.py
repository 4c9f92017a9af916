"""The contract of a codec for point clouds: what it takes, what it gives, and what must be equal afterwards.

A codec is one file of this room with a function `codec(tools) -> PointCloudCodec`; `tools` holds the paths of external
programs from the run's config, by name. A codec makes bytes; whoever calls it weighs them:

>>> from lcpc.codecs import draco
>>> codec = draco.codec({})
>>> cloud = np.array([[0, 0, 0], [0.5, 1, 0.25]], dtype=np.float32)
>>> stream, decoded = round_trip(codec, cloud, scale=4)
>>> codec.counted_bits(stream) == 8 * len(stream), canonical(decoded)[1].tolist()
(True, [0.6666666865348816, 1.0, 0.3333333432674408])
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import BitstreamError, DataError

Cloud: TypeAlias = NDArray[np.float32]
"""Points [P, 3], P >= 1, finite."""

Tools: TypeAlias = Mapping[str, str]

SCALES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""S, the settings of the input codecs [MMSP23]."""

MAX_POINTS = 1 << 20
"""No cloud of the experiments has more; a stream that promises more is refused before memory is taken for it."""


class PointCloudCodec(Protocol):
    """Turns a cloud into bytes and back. The scale S is known to both sides; all else is in the stream."""

    @property
    def name(self) -> str:
        """Name in result rows, such as draco-best."""

    @property
    def settings(self) -> tuple[int, ...]:
        """The scales S that make its curve."""

    def missing(self) -> str:
        """Why it can't run here and the way out, or ""."""

    def encode(self, points: Cloud, scale: int) -> bytes:
        """The whole stream of a cloud. Raises DataError for what is no cloud, MissingTool if `missing()`."""

    def decode(self, stream: bytes, scale: int) -> Cloud:
        """The decoded cloud, in any order. Raises BitstreamError for what it can't have written."""

    def counted_bits(self, stream: bytes) -> int:
        """Bits of the stream that the documents count as its rate."""

    def expected(self, points: Cloud, scale: int) -> Cloud:
        """What decoding must give, worked out without the codec (the quantised cloud, in any order)."""


def as_cloud(points: NDArray[np.generic]) -> Cloud:
    """`points` as they are, contiguous. Raises DataError where they are not finite float32 [P, 3] with P >= 1."""
    if not isinstance(points, np.ndarray) or points.dtype != np.float32 or points.ndim != 2 or points.shape[1] != 3:
        shape = getattr(points, "shape", "no shape")
        raise DataError(f"a cloud is float32 [P, 3], not {getattr(points, 'dtype', type(points).__name__)} {shape}")
    if not 1 <= len(points) <= MAX_POINTS:
        raise DataError(f"a cloud of {len(points)} points can't be coded: 1 to {MAX_POINTS} are")
    if not np.isfinite(points).all():
        raise DataError("a cloud has coordinates that are not finite: check the data set")
    return np.ascontiguousarray(points)


def checked_scale(scale: int) -> int:
    """`scale` as it is. Raises DataError where it is none of SCALES."""
    if scale not in SCALES:
        raise DataError(f"S = {scale} is no setting of the input codecs: {', '.join(map(str, SCALES))} are")
    return scale


def canonical(points: NDArray[np.floating]) -> Cloud:
    """The same points as a set in one order: sorted by x, y, z, each once, -0 as 0; float32 [at most P, 3].

    Networks that end in a max-pool over points see the set only, so clouds with equal canonical form are classified
    alike.
    """
    return np.unique(np.asarray(points, dtype=np.float32) + np.float32(0), axis=0)


def round_trip(codec: PointCloudCodec, points: Cloud, scale: int) -> tuple[bytes, Cloud]:
    """(stream, decoded cloud); raises BitstreamError where the decoded points are not the quantised ones."""
    stream = codec.encode(points, scale)
    decoded = codec.decode(stream, scale)
    if not np.array_equal(canonical(decoded), canonical(codec.expected(points, scale))):
        raise BitstreamError(f"{codec.name} at S = {scale}: what was decoded is not the quantised input. "
                             "Is it another version of the tool?")
    return stream, decoded
