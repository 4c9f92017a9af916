"""The contract of a codec for point clouds: what it takes, gives, and what must be equal.

A codec is one file of this package. It has

    NAME                     name in result rows, such as draco-best for the file draco_best.py
    LABEL, COLOUR, MARKER    how figures and tables show it
    codec(tools) -> PointCloudCodec
                             the codec; `tools` are the paths of external programs by name

and may have

    THREADS                  how many clouds are coded in parallel, by an external program
    defect_of_rate(rate_bits, stream_bits) -> str
                             why rates of a manifest can't be true, or "" (lcpc.codecs.recorded)
    recorded(config, root, points) -> Recordings | None
                             results that come with lcpc, used where no program is named
    weights(config, points) -> names
                             weights that a run trains for it, if it does
    trained(context, points, clouds) -> PointCloudCodec
                             the codec of those weights; it needs no `codec` then

A codec of an external program has `is_named` (whether the user named a program, which is then
never replaced by recordings) and `program()` (its version and sha256).

Codecs make bytes, others measure them:

>>> from lcpc.codecs.point_clouds import draco
>>> codec = draco.codec({})
>>> cloud = np.array([[0, 0, 0], [0.5, 1, 0.25]], dtype=np.float32)
>>> stream, decoded = round_trip(codec, cloud, 4)
>>> codec.rate_bits(stream, decoded, 4) == 8 * len(stream), canonical(decoded)[1].tolist()
(True, [0.6666666865348816, 1.0, 0.3333333432674408])
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import BitstreamError, ConfigError, DataError

Network = TypeVar("Network")

Cloud: TypeAlias = NDArray[np.float32]
"""Points [P, 3], P >= 1, finite."""

Decoded: TypeAlias = NDArray[np.float32]
"""A cloud [P', 3], or the latent y_hat [N] of a codec made for classification."""

Tools: TypeAlias = Mapping[str, str]

SCALES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""S, the settings of the input codecs [MMSP23]."""

MAX_POINTS = 1 << 20
"""Largest cloud that is coded or decoded; streams that promise more are refused unread."""


class PointCloudCodec(Protocol):
    """Turns a cloud into bytes and back. The setting (S, lambda) is known to both sides."""

    @property
    def name(self) -> str:
        """Name in result rows, such as draco-best."""

    @property
    def settings(self) -> Sequence[Any]:
        """The settings that make its curve: scales S, or lambdas."""

    def missing(self) -> str:
        """Why it can't run here and the way out, or ""."""

    def encode(self, points: Cloud, setting: Any) -> bytes:
        """The stream of a cloud. Raises DataError for other arrays, MissingTool if `missing()`."""

    def decode(self, stream: bytes, setting: Any) -> Decoded:
        """What the stream holds. Raises BitstreamError for one that the codec did not write."""

    def rate_bits(self, stream: bytes, decoded: Decoded, setting: Any) -> float:
        """Bits that the documents count as its rate."""

    def expected(self, points: Cloud, setting: Any) -> Decoded:
        """What decoding must give, computed without the stream; points in any order."""


@dataclass(frozen=True, eq=False)
class CurveCodec(Generic[Network]):
    """The codecs of one trained curve: a network for each lambda, which is the setting."""

    size: str
    points: int
    """P that it was trained at."""
    models: Mapping[float, Network]

    @property
    def settings(self) -> tuple[float, ...]:
        """The lambdas, in the order of the curve."""
        return tuple(self.models)

    def missing(self) -> str:
        """It needs nothing but its weights."""
        return ""

    def classify(self, y_hat: NDArray[np.float32], setting: float) -> NDArray[np.float32]:
        """Logits [n, K] of decoded latents [n, N]."""
        import torch

        network: Any = self.model(setting)
        logits: NDArray[np.float32] = network.classify(torch.from_numpy(y_hat)).numpy()
        return logits

    def model(self, lambda_: float) -> Network:
        """The network of a lambda. Raises ConfigError naming those that there are."""
        if lambda_ not in self.models:
            trained = ", ".join(f"{value:g}" for value in self.models)
            raise ConfigError(f"the trained curve has no lambda {lambda_:g}; it has {trained}")
        return self.models[lambda_]


class Coded(NamedTuple):
    """One cloud through a codec: rate as the documents count it, size of the stream, decoding."""

    rate_bits: float
    stream_bits: int
    decoded: Decoded


class Recordings(Protocol):
    """Results of a codec that ran elsewhere: rates from a file, decoded clouds read or computed."""

    @property
    def settings(self) -> Sequence[Any]:
        """Its settings: scales S, or words."""

    @property
    def note(self) -> str:
        """What its rows say."""

    def provenance(self, root: Path) -> dict[str, Any]:
        """Files of the recording by path, each with its digest."""

    def check(self, samples: Sequence[str], settings: Sequence[Any]) -> None:
        """Raises DataError where results of these samples are missing."""

    def coded(self, sample: str, points: Cloud, setting: Any) -> Coded:
        """The recorded result of a cloud."""


def as_cloud(points: NDArray[np.generic]) -> Cloud:
    """`points`, contiguous. Raises DataError unless they are finite float32 [P, 3] with P >= 1."""
    if not isinstance(points, np.ndarray):
        raise DataError(f"a cloud is float32 [P, 3], not {type(points).__name__}")
    if points.dtype != np.float32 or points.ndim != 2 or points.shape[1] != 3:
        raise DataError(f"a cloud is float32 [P, 3], not {points.dtype} {points.shape}")
    if not 1 <= len(points) <= MAX_POINTS:
        raise DataError(f"a cloud of {len(points)} points can't be coded: 1 to {MAX_POINTS} are")
    if not np.isfinite(points).all():
        raise DataError("a cloud has coordinates that are not finite: check the data set")
    return np.ascontiguousarray(points)


def checked_scale(scale: Any) -> int:
    """`scale` as a plain int, of NumPy's too. Raises DataError unless it is one of SCALES."""
    if not np.isscalar(scale) or scale not in SCALES:
        known = ", ".join(map(str, SCALES))
        raise DataError(f"S = {scale!r:.40} is no setting of the input codecs: {known} are")
    return SCALES[SCALES.index(scale)]


def canonical(points: NDArray[np.floating]) -> Cloud:
    """The same set of points in one order: sorted by x, y, z, each once, -0 as 0; [at most P, 3].

    Networks that end in a max-pool over points see the set only: equal sets get equal classes.
    """
    return np.unique(np.asarray(points, dtype=np.float32) + np.float32(0), axis=0)


def same(decoded: Decoded, expected: Decoded) -> bool:
    """Whether two clouds are the same set of points, or two latents the same values."""
    if decoded.ndim == 2:
        decoded, expected = canonical(decoded), canonical(expected)
    return np.array_equal(decoded, expected)


def round_trip(codec: PointCloudCodec, points: Cloud, setting: Any) -> tuple[bytes, Decoded]:
    """(stream, decoded array). Raises BitstreamError where decoding does not give what it must."""
    stream = codec.encode(points, setting)
    decoded = codec.decode(stream, setting)
    if not same(decoded, codec.expected(points, setting)):
        raise BitstreamError(f"{codec.name} at {setting}: what was decoded is not the quantised "
                             "input. Is it another version of the tool?")
    return stream, decoded


def measure(codec: PointCloudCodec, points: Cloud, setting: Any) -> Coded:
    """Code one cloud, decode it again, check it, and count its bits."""
    stream, decoded = round_trip(codec, points, setting)
    return Coded(codec.rate_bits(stream, decoded, setting), 8 * len(stream), decoded)
