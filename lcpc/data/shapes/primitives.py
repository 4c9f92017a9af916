"""The few surfaces that all shapes are made of; each fills a box."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.data.meshes import Mesh, triangulate

Points: TypeAlias = NDArray[np.float64]

CORNERS: Points = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], np.float64)
SIDES = np.array([
    [0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4],
    [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5],
], np.int32)  # fmt: skip
ORIGIN: Points = np.zeros(3)
HALF: Points = np.array([0.5, 0.5, 1])
MIDDLE: Points = np.array([0.5, 0.5, 0])
AXES = {"x": (1, 2, 0), "y": (2, 0, 1), "z": (0, 1, 2)}
"""For each axis: the two axes across it, in right-handed order, and itself."""


@dataclass(frozen=True)
class Cuboid:
    """The space between two corners, [3] each."""

    low: Points
    high: Points

    @property
    def middle(self) -> Points:
        """The centre, [3]."""
        return (self.low + self.high) / 2

    def at(self, shares: Points) -> Points:
        """Points [..., 3] in shares of this box, from 0 to 1 along each axis."""
        size = self.high - self.low
        return self.low + shares * size

    def part(self, low: Points, high: Points) -> "Cuboid":
        """The box between two points in shares of this one: x and y from -1 to 1, z from 0 to 1."""
        return Cuboid(self.place(low), self.place(high))

    def place(self, shares: Points) -> Points:
        """Points [..., 3] in shares of this box: x and y from -1 to 1, z from 0 to 1."""
        return self.at(shares * HALF + MIDDLE)


def join(*parts: Mesh) -> Mesh:
    """One mesh of several parts."""
    vertices, triangles, start = [np.empty((0, 3))], [np.empty((0, 3), np.int32)], 0
    for part in parts:
        vertices.append(part.vertices)
        triangles.append(part.triangles + np.int32(start))
        start += len(part.vertices)
    return Mesh(np.concatenate(vertices), np.concatenate(triangles).astype(np.int32))


def turned(mesh: Mesh, axis: str, degrees: float, about: Points = ORIGIN) -> Mesh:
    """The mesh rotated about an axis through the point `about`, counter-clockwise."""
    if degrees == 0:
        return mesh
    first, second, _ = AXES[axis]
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    vertices = mesh.vertices - about
    u, v = vertices[:, first], vertices[:, second]
    rotated = cos * u - sin * v, sin * u + cos * v
    vertices[:, [first, second]] = np.stack(rotated, axis=1)
    return Mesh(vertices + about, mesh.triangles)


def mirrored(mesh: Mesh, axes: str, middle: Points) -> Iterator[Mesh]:
    """Mirror images across the planes through `middle`: "x", "y", or all three of "xy"."""
    for flipped in {"": (), "x": ("x",), "y": ("y",), "xy": ("x", "y", "xy")}[axes]:
        sign = np.array([-1.0 if axis in flipped else 1.0 for axis in "xyz"])
        around = mesh.vertices - middle
        yield Mesh(middle + around * sign, mesh.triangles)


def block(box: Cuboid) -> Mesh:
    """The box itself."""
    return Mesh(box.at(CORNERS), SIDES)


def sheet(grid: ArrayLike, around: bool = False) -> Mesh:
    """The surface through points [U, V, 3]; `around` joins the last column to the first."""
    grid = np.asarray(grid, np.float64)
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    if around:
        index = np.concatenate([index, index[:, :1]], axis=1)
    upper, lower = index[:-1], index[1:]
    a, b = upper[:, :-1], upper[:, 1:]
    d, c = lower[:, :-1], lower[:, 1:]
    first = np.stack([a, b, c], axis=-1)
    second = np.stack([a, c, d], axis=-1)
    triangles = np.stack([first, second]).reshape(-1, 3)
    return Mesh(grid.reshape(-1, 3), triangles)


def loft(rings: ArrayLike, ends: str = "both") -> Mesh:
    """The skin over closed rings [K, S, 3], with lids at `ends`: both, bottom, top or none."""
    rings = np.asarray(rings, np.float64)
    parts = [sheet(rings, around=True)]
    for ring, end in ((rings[0], "bottom"), (rings[-1], "top")):
        if ends in ("both", end):
            parts.append(Mesh(ring, triangulate(ring)))
    return join(*parts)


def round_body(box: Cuboid, axis: str = "z", profile: ArrayLike = ((1, 0), (1, 1)),
               power: float = 2.0, ends: str = "both", wall: float = 0.0, even: float = 0,
               sides: int = 18) -> Mesh:
    """A turned body: rings of (radius, level) along an axis, as shares of the box.

    The cross-section is an ellipse (`power` 2) that becomes a rectangle as `power` grows, and
    equally wide both ways if `even` is 1. With a `wall` (share of the radius) it is a vessel.
    """
    outline = np.asarray(profile, np.float64)
    if wall:
        inside = outline[::-1] * (1 - wall, 1)
        inside[-1, 1] += wall / 2
        outline = np.concatenate([outline, inside])
    radius, level = outline[:, :1], outline[:, 1:]
    first, second, along = AXES[axis]
    half = (box.high - box.low) / 2
    if even:
        half[[first, second]] = min(half[first], half[second])
    step = 2 * np.pi / sides
    angle = step * (np.arange(sides) + 0.5)
    rings = np.empty((len(outline), len(angle), 3))
    for across, wave in ((first, np.cos(angle)), (second, np.sin(angle))):
        edge = np.sign(wave) * np.abs(wave) ** (2 / power)
        rings[..., across] = box.middle[across] + half[across] * radius * edge
    rings[..., along] = box.low[along] + 2 * half[along] * level
    return loft(rings, ends)


def ball(box: Cuboid) -> Mesh:
    """An ellipsoid."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 8)
    profile = np.stack([np.cos(angle), (1 + np.sin(angle)) / 2], axis=1)
    return round_body(box, profile=profile, ends="none", sides=12)


def tube(path: ArrayLike, radius: float, sides: int = 7) -> Mesh:
    """A round bar along the points `path` [K, 3]."""
    path = np.asarray(path, np.float64)
    along = unit(np.gradient(path, axis=0))
    # The axis that the path follows least is surely not parallel to it.
    least = np.abs(along).sum(axis=0).argmin()
    across = unit(np.cross(along, np.eye(3)[least]))
    upright = np.cross(along, across)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    circle = cos * across[:, None] + sin * upright[:, None]
    return loft(path[:, None] + radius * circle)


def unit(vectors: Points) -> Points:
    """Vectors [n, 3] divided by their lengths."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)


def rod(box: Cuboid, thick: float = 0.03) -> Mesh:
    """A straight bar of radius `thick` from one corner of the box to the opposite one."""
    return tube(np.stack([box.low, box.high]), thick)


def arc(box: Cuboid, axis: str = "y", from_degrees: float = 0, to_degrees: float = 180,
        thick: float = 0.03) -> Mesh:
    """A bar of radius `thick` bent along an ellipse about an axis, in the middle of the box."""
    first, second, _ = AXES[axis]
    angle = np.radians(np.linspace(from_degrees, to_degrees, 11))
    shares = np.full((len(angle), 3), 0.5)
    shares[:, first] += np.cos(angle) / 2
    shares[:, second] += np.sin(angle) / 2
    return tube(box.at(shares), thick)


def prism(box: Cuboid, outline: Points, axis: str = "z") -> Mesh:
    """A plate of the polygon `outline`, in shares of the box across an axis.

    Points are (x, y) for axis z, (y, z) for axis x and (x, z) for axis y.
    """
    first, second = {"x": (1, 2), "y": (0, 2), "z": (0, 1)}[axis]
    shares = np.zeros((2, len(outline), 3))
    shares[..., [first, second]] = outline
    along = "xyz".index(axis)
    shares[0, :, along] = 0 if axis == "z" else -1
    shares[1, :, along] = 1
    return loft(box.place(shares))


def cloth(box: Cuboid, waves: float = 5, gather: float = 0.0) -> Mesh:
    """A folded cloth; `gather` pulls it to the low side of x at a third of its height."""
    columns = 6 * round(waves)
    across, up = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, 9))
    from_tie = (up - 0.38) / 0.22
    pull = 1 - gather * np.exp(-(from_tie**2))
    phase = 2 * np.pi * round(waves) * across
    depth = 1 - 0.4 * up
    fold = 0.5 + 0.5 * depth * np.sin(phase + 0.6 * up)
    shares = np.stack([across * pull, fold, up], axis=-1)
    return sheet(box.at(shares))


def leaf(box: Cuboid, droop: float = 0.8) -> Mesh:
    """A blade that leaves the low side of x, rises to the top of the box, and droops."""
    t = np.linspace(0, 1, 6)
    breadth = np.sin(np.pi * np.clip(0.9 * t + 0.08, 0, 1))
    rise = t * (1 + droop) - droop * t**2
    left, right = 0.5 - breadth / 2, 0.5 + breadth / 2
    edges = [np.stack([t, edge, rise], axis=-1) for edge in (left, right)]
    return sheet(box.at(np.stack(edges, axis=1)))


KINDS: dict[str, Callable[..., Mesh]] = {
    "box": block, "round": round_body, "ball": ball, "rod": rod, "arc": arc,
    "prism": prism, "cloth": cloth, "leaf": leaf,
}  # fmt: skip
