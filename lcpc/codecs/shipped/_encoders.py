"""Encoders of shipped codecs up to the features that they pool, in plain numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.shipped._curve import Array, DenseLayer, layers_of, pooled, rectified
from lcpc.errors import DataError

SHARED = "shared."
"""Names of arrays that all lambdas have in common begin with it."""
GROUPS = "groups"
CLOUDS_AT_ONCE = 8
MOST_POINTS = 1 << 13
"""Most centres of a level, and most neighbours of a centre, that a file may ask for."""
MOST_NEIGHBOURS = 1 << 16
"""Most neighbours of all centres of a level together: memory grows with them."""

Features = NDArray[np.float32]


class Encoder(Protocol):
    """What runs at the points of a cloud."""

    @property
    def outputs(self) -> int:
        """N, the pooled features."""

    def features(self, clouds: NDArray[np.float32]) -> Features:
        """Features [n, N] of clouds [n, P, 3]."""


@dataclass(frozen=True, eq=False)
class PooledEncoder:
    """Layers at each point, then the maximum over all points. sign: [N]."""

    layers: Sequence[DenseLayer]
    sign: Features

    @property
    def outputs(self) -> int:
        """N, the pooled features."""
        return len(self.sign)

    def features(self, clouds: NDArray[np.float32]) -> Features:
        """Features [n, N] of clouds [n, P, 3]."""
        return pooled(clouds, self.layers, self.sign)


@dataclass(frozen=True, eq=False)
class GroupedLevel:
    """Layers at the neighbours of each centre, then the maximum over them."""

    centres: int
    neighbours: int
    layers: Sequence[DenseLayer]


@dataclass(eq=False)
class GroupedEncoder:
    """Levels of grouped neighbourhoods, see `lcpc.models.local_encoder`. All lambdas share it: the
    features of the last clouds are kept for the next lambda."""

    levels: Sequence[GroupedLevel]
    _last: tuple[Array, Features] | None = field(default=None, init=False, repr=False)

    @property
    def outputs(self) -> int:
        """N, the pooled features."""
        return len(self.levels[-1].layers[-1][1])

    def features(self, clouds: NDArray[np.float32]) -> Features:
        """Features [n, N] of clouds [n, P, 3]."""
        if self._last is None or not np.array_equal(self._last[0], clouds):
            starts = range(0, len(clouds), CLOUDS_AT_ONCE)
            pieces = [self._features(clouds[start:start + CLOUDS_AT_ONCE]) for start in starts]
            self._last = clouds.copy(), np.concatenate(pieces)
        return self._last[1]

    def _features(self, clouds: NDArray[np.float32]) -> Features:
        places, features = clouds, clouds[..., :0]
        for level in self.levels:
            h = grouped(places, features, level)
            *earlier, (weight, bias) = level.layers
            h_last = rectified(h.reshape(-1, h.shape[-1]), earlier)
            # [n S k, C] -> [n, S, C]
            largest = (h_last @ weight.T).reshape(*h.shape[:3], -1).max(axis=2)
            features = np.maximum(largest + bias, 0)
            places = places[:, :level.centres]
        return features[:, 0]


def grouped(places: NDArray[np.float32], features: Features,
            level: GroupedLevel) -> NDArray[np.float32]:
    """What a level sees of each neighbour: places [n, P, 3], features [n, P, C] to
    [n, S, k, 3 + C]."""
    seen = np.concatenate((places, features), axis=2)
    if level.centres == 1:
        return seen[:, None, :level.neighbours]
    centre = places[:, :level.centres]
    index = nearest(places, centre, level.neighbours)
    h = seen[np.arange(len(seen))[:, None, None], index]
    h[..., :3] -= centre[:, :, None]
    return h


def nearest(places: NDArray[np.float32], centre: NDArray[np.float32],
            count: int) -> NDArray[np.int64]:
    """Numbers [n, S, k] of the nearest points of each centre, from near to far; of equally near
    ones, the first.

    Squared distances are sums of float32 in one order, which every machine rounds alike. As whole
    numbers, floats that are not negative keep their order, so that distance and number are one key.
    """
    total = np.zeros((*centre.shape[:2], places.shape[1]), np.float32)
    for axis in range(3):
        total += np.square(centre[:, :, None, axis] - places[:, None, :, axis])
    key = total.view(np.int32).astype(np.int64) << 32 | np.arange(places.shape[1])
    count = min(count, places.shape[1])
    first = np.partition(key, count - 1)[..., :count]
    return np.sort(first) & 0xFFFFFFFF


def shared_encoder(arrays: Mapping[str, Array]) -> GroupedEncoder | None:
    """The encoder that all lambdas share, of a file that has one. Raises DataError for a broken
    one."""
    shared = {name.removeprefix(SHARED): array for name, array in arrays.items()
              if name.startswith(SHARED)}
    if not shared:
        return None
    if not all(np.isfinite(array).all() for array in shared.values()):
        raise DataError(f"arrays {SHARED}* are not finite")
    groups = shared.get(GROUPS, np.zeros((0, 2), int))
    if groups.shape[1:] != (2,) or not len(groups) or groups[-1, 0] != 1:
        raise DataError(f"array {SHARED}{GROUPS} does not say centres and neighbours of each level")
    if groups.min() < 1 or groups.max() > MOST_POINTS:
        raise DataError(f"array {SHARED}{GROUPS} has numbers beyond 1 ... {MOST_POINTS}")
    if groups.prod(axis=1, dtype=np.int64).max() > MOST_NEIGHBOURS:
        raise DataError(f"array {SHARED}{GROUPS} asks for more than {MOST_NEIGHBOURS} neighbours")
    levels: list[GroupedLevel] = []
    inputs = 3
    for number, (centres, neighbours) in enumerate(groups.tolist()):
        layers = layers_of(shared, f"encoder.{number}", SHARED, inputs, _outputs(shared, number))
        levels.append(GroupedLevel(centres, neighbours, layers))
        inputs = 3 + len(layers[-1][1])
    return GroupedEncoder(levels)


def _outputs(arrays: Mapping[str, Array], number: int) -> int:
    """Outputs of the last layer of a level, 0 without one."""
    layer, outputs = 0, 0
    while (bias := arrays.get(f"encoder.{number}.{layer}.bias")) is not None:
        layer, outputs = layer + 1, len(bias)
    return outputs
