"""What motion can predict of a tensor: not what enters the frame, and not what the image's border reaches."""

import numpy as np
from numpy.typing import NDArray

from lcpc.motion.lattice import Axis, Lattice
from lcpc.motion.transforms import Affine, Positions, motion

# Coordinates carry rounding errors of some 1e-13 px, and a position on the border itself still counts.
TOLERANCE = 1e-9


def predictable(affine: Affine, lattice: Lattice, reach_px: float = 0.0) -> NDArray[np.bool_]:
    """Positions that the motion predicts, bool [height, width].

    A position counts where all that it sees within `reach_px` of its centre lies inside the new frame and comes from inside
    the reference frame, and where the reference's positions that are interpolated see nothing outside that frame either.
    `reach_px` = 0 leaves out only what enters the frame; the layer's own reach leaves out all that padding touches.
    """
    positions = lattice.positions()
    moved = motion(affine, lattice.to_pixels(positions), lattice.centre)
    sources = positions + moved / (lattice.x.stride, lattice.y.stride)
    # A square window comes from a parallelogram; the frame is a rectangle, so its four corners decide.
    half = reach_px * np.abs(affine.inverse().linear).sum(axis=1)
    return (_within(positions, lattice, reach_px) & _within(sources, lattice, reach_px)
            & _in_frame(lattice.to_pixels(positions) + moved, half, lattice))


def _within(positions: Positions, lattice: Lattice, reach_px: float) -> NDArray[np.bool_]:
    return _between(positions[..., 0], lattice.x, reach_px) & _between(positions[..., 1], lattice.y, reach_px)


def _between(coordinate: NDArray[np.float64], axis: Axis, reach_px: float) -> NDArray[np.bool_]:
    first, last = axis.clean(reach_px)
    return (coordinate >= first - TOLERANCE) & (coordinate <= last + TOLERANCE)


def _in_frame(pixels: Positions, half: NDArray[np.float64], lattice: Lattice) -> NDArray[np.bool_]:
    x, y = pixels[..., 0], pixels[..., 1]
    left, top = half - TOLERANCE
    return ((x >= left) & (x <= lattice.x.size_px - 1 - left) & (y >= top) & (y <= lattice.y.size_px - 1 - top))
