"""Affine motions about the image centre, in pixels.

The centre of pixel i has coordinate i: an image of W x H pixels has its centre at
((W - 1)/2, (H - 1)/2). Positions are (x, y); x grows to the right, y downwards.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.float64]
Centre = tuple[float, float]


@dataclass(frozen=True)
class Affine:
    """Where the content at u goes: centre + [[xx, xy], [yx, yy]] (u - centre) + (dx, dy)."""

    xx: float = 1.0
    xy: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def __call__(self, positions: Positions, centre: Centre) -> Positions:
        """Positions [..., 2] after the motion."""
        x, y = positions[..., 0] - centre[0], positions[..., 1] - centre[1]
        moved = (self.xx * x + self.xy * y + self.dx, self.yx * x + self.yy * y + self.dy)
        return np.stack([moved[0] + centre[0], moved[1] + centre[1]], axis=-1)

    def then(self, after: "Affine") -> "Affine":
        """This motion first, `after` second, both about the same centre."""
        linear = after.linear @ self.linear
        shift = after.linear @ (self.dx, self.dy) + (after.dx, after.dy)
        return Affine(*linear.ravel().tolist(), *shift.tolist())

    def inverse(self) -> "Affine":
        """The motion back. Raises ValueError for one that folds the plane onto a line."""
        determinant = self.xx * self.yy - self.xy * self.yx
        if determinant == 0:
            raise ValueError(f"{self} maps the plane onto a line, so it cannot be undone")
        xx, xy = self.yy / determinant, -self.xy / determinant
        yx, yy = -self.yx / determinant, self.xx / determinant
        dx, dy = -(xx * self.dx + xy * self.dy), -(yx * self.dx + yy * self.dy)
        return Affine(xx, xy, yx, yy, dx, dy)

    @property
    def linear(self) -> NDArray[np.float64]:
        """The matrix [2, 2]."""
        return np.array([[self.xx, self.xy], [self.yx, self.yy]])


@dataclass(frozen=True)
class MotionLimits:
    """Random motion is uniform between -/+ these, factors between their two ends [ICASSP21]."""

    shift_px: float = 32.0
    factors: tuple[float, float] = (0.95, 1.05)
    shear_deg: float = 5.0
    rotation_deg: float = 10.0


@dataclass(frozen=True)
class MotionSample:
    """One random motion by its parameters; x before y."""

    dx_px: float
    dy_px: float
    scale_x: float
    scale_y: float
    shear_x_deg: float
    shear_y_deg: float
    rotation_deg: float

    def affine(self) -> Affine:
        """Scale, then shear, then rotate, then translate (choice: the documents give no order)."""
        shape = scaling(self.scale_x, self.scale_y).then(shear(self.shear_x_deg, self.shear_y_deg))
        return shape.then(rotation(self.rotation_deg)).then(translation(self.dx_px, self.dy_px))


def translation(dx_px: float, dy_px: float = 0.0) -> Affine:
    """Content moves right by `dx_px` and down by `dy_px`."""
    return Affine(dx=dx_px, dy=dy_px)


def rotation(degrees: float) -> Affine:
    """Content turns clockwise, as seen on a screen."""
    angle = math.radians(degrees)
    return Affine(math.cos(angle), -math.sin(angle), math.sin(angle), math.cos(angle))


def scaling(factor_x: float, factor_y: float = 1.0) -> Affine:
    """Content grows by these factors."""
    return Affine(xx=factor_x, yy=factor_y)


def shear(degrees_x: float, degrees_y: float = 0.0) -> Affine:
    """Rows slide along x by tan(degrees_x) a pixel of y, columns along y likewise."""
    return Affine(xy=math.tan(math.radians(degrees_x)), yx=math.tan(math.radians(degrees_y)))


def random_motion(rng: np.random.Generator, limits: MotionLimits = MotionLimits()) -> MotionSample:
    """One random motion within `limits`."""
    def within(limit: float) -> float:
        """A number from -limit to limit."""
        return float(rng.uniform(-limit, limit))

    dx_px, dy_px = within(limits.shift_px), within(limits.shift_px)
    scale_x, scale_y = float(rng.uniform(*limits.factors)), float(rng.uniform(*limits.factors))
    shear_x_deg, shear_y_deg = within(limits.shear_deg), within(limits.shear_deg)
    rotation_deg = within(limits.rotation_deg)
    return MotionSample(dx_px, dy_px, scale_x, scale_y, shear_x_deg, shear_y_deg, rotation_deg)


def motion(affine: Affine, positions: Positions, centre: Centre) -> Positions:
    """v(u) = T^-1(u) - u: from a position of the new frame to its content in the reference, px."""
    return affine.inverse()(positions, centre) - positions
