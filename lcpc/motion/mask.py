"""Positions of a tensor that motion can predict: they see neither new content nor the border."""

import numpy as np
from numpy.typing import NDArray

from lcpc.motion.lattice import Lattice, LatticeAxis
from lcpc.motion.transforms import Affine, Positions, motion

TOLERANCE = 1e-9
"""Coordinates have rounding errors of some 1e-13 px, and positions on the border count."""


def predictable(affine: Affine, lattice: Lattice, reach_px: float = 0.0) -> NDArray[np.bool_]:
    """Positions that the motion predicts, bool [height, width].

    A position counts where all that it sees within `reach_px` of its centre lies inside the new
    frame and comes from inside the reference frame, and where the interpolated positions of the
    reference see nothing outside that frame. `reach_px` = 0 excludes only content that enters the
    frame; the reach of the layer excludes all that padding touches.
    """
    positions = lattice.positions()
    moved = motion(affine, lattice.to_pixels(positions), lattice.centre)
    sources = positions + moved / (lattice.x.stride, lattice.y.stride)
    # A square window comes from a parallelogram, of which the four corners decide.
    half = reach_px * np.abs(affine.inverse().linear).sum(axis=1)
    is_clean = _within(positions, lattice, reach_px) & _within(sources, lattice, reach_px)
    return is_clean & _in_frame(lattice.to_pixels(positions) + moved, half, lattice)


def _within(positions: Positions, lattice: Lattice, reach_px: float) -> NDArray[np.bool_]:
    x, y = positions[..., 0], positions[..., 1]
    return _between(x, lattice.x, reach_px) & _between(y, lattice.y, reach_px)


def _between(coordinate: NDArray[np.float64], axis: LatticeAxis,
             reach_px: float) -> NDArray[np.bool_]:
    first, last = axis.clean(reach_px)
    return (coordinate >= first - TOLERANCE) & (coordinate <= last + TOLERANCE)


def _in_frame(pixels: Positions, half: NDArray[np.float64], lattice: Lattice) -> NDArray[np.bool_]:
    x, y = pixels[..., 0], pixels[..., 1]
    left, top = half - TOLERANCE
    right, bottom = lattice.x.size_px - 1 - left, lattice.y.size_px - 1 - top
    return (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
