"""Exhaustive block matching: at each position, the displacement whose block differs least."""

from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lcpc.motion.transforms import Positions

Raster = NDArray[np.float64]


def match(current: NDArray[np.floating], reference: NDArray[np.floating], block: int,
          reach: int) -> Positions:
    """Motion (x, y) from each position of `current` to its match in `reference`: [H, W, 2].

    current, reference: [C, H, W]; block: odd side; reach: largest displacement along an axis.
    Only whole blocks inside both frames are compared, by the sum of squared differences over all
    channels; NaN where `current` has no whole block. Of equal matches the shortest wins, so content
    without texture does not move. Raises ValueError for different shapes and for a block that is
    even or larger than the frame.
    """
    _, height, width = current.shape
    if current.shape != reference.shape:
        raise ValueError(f"frames of {current.shape} and {reference.shape} can't be matched")
    if block % 2 == 0 or block > min(height, width):
        raise ValueError(f"block is {block}; take an odd side of at most {min(height, width)}")
    half = block // 2
    new, old = current.astype(np.float64), reference.astype(np.float64)
    least = np.full((height - 2 * half, width - 2 * half), np.inf)
    field = np.zeros((*least.shape, 2))
    for dx, dy in displacements(reach):
        cost = _cost(new, old, block, dx, dy)
        better = cost < least
        least[better], field[better] = cost[better], (dx, dy)
    return np.pad(field, ((half, half), (half, half), (0, 0)), constant_values=np.nan)


def displacements(reach: int) -> list[tuple[int, int]]:
    """All (dx, dy) of the search, short ones first."""
    steps = range(-reach, reach + 1)
    return sorted(product(steps, steps), key=lambda step: step[0] ** 2 + step[1] ** 2)


def _cost(current: Raster, reference: Raster, block: int, dx: int, dy: int) -> Raster:
    _, height, width = current.shape
    rows = slice(max(0, -dy), height - max(0, dy))
    columns = slice(max(0, -dx), width - max(0, dx))
    moved = reference[:, rows.start + dy:rows.stop + dy, columns.start + dx:columns.stop + dx]
    difference = np.full((height, width), np.inf)
    if moved.size:
        difference[rows, columns] = np.square(current[:, rows, columns] - moved).sum(axis=0)
    return _box(difference, block)


def _box(values: Raster, block: int) -> Raster:
    """Sum over each whole block; infinite where a part of it is."""
    across = sliding_window_view(values, block, axis=1).sum(axis=-1)
    return sliding_window_view(across, block, axis=0).sum(axis=-1)
