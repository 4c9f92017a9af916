"""The few surfaces that all shapes are made of; each fills a box."""

from __future__ import annotations

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
AXES = {"x": (1, 2, 0), "y": (2, 0, 1), "z": (0, 1, 2)}
"""For each axis: the two axes across it, in right-handed order, and itself."""


@dataclass(frozen=True)
class Box:
    """The space between two corners, [3] each."""

    low: Points
    high: Points

    @property
    def middle(self) -> Points:
        """The centre, [3]."""
        return (self.low + self.high) / 2

    def part(self, low: Points, high: Points) -> Box:
        """The box between two points in shares of this one: x and y from -1 to 1, z from 0 to 1."""
        origin = self.middle * np.array([1.0, 1, 0]) + self.low * np.array([0.0, 0, 1])
        unit = (self.high - self.low) * np.array([0.5, 0.5, 1])
        return Box(origin + low * unit, origin + high * unit)


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
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    around = mesh.vertices - about
    vertices = around.copy()
    vertices[:, first] = cos * around[:, first] - sin * around[:, second]
    vertices[:, second] = sin * around[:, first] + cos * around[:, second]
    return Mesh(vertices + about, mesh.triangles)


def mirrored(mesh: Mesh, axes: str, middle: Points) -> Iterator[Mesh]:
    """Mirror images across the planes through `middle`: "x", "y", or all three of "xy"."""
    for flipped in {"": (), "x": ("x",), "y": ("y",), "xy": ("x", "y", "xy")}[axes]:
        sign = np.array([-1.0 if axis in flipped else 1.0 for axis in "xyz"])
        yield Mesh(middle + (mesh.vertices - middle) * sign, mesh.triangles)


def block(box: Box) -> Mesh:
    """The box itself."""
    return Mesh(box.low + CORNERS * (box.high - box.low), SIDES)


def sheet(grid: ArrayLike, around: bool = False) -> Mesh:
    """The surface through points [U, V, 3]; `around` joins the last column to the first."""
    grid = np.asarray(grid, np.float64)
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    if around:
        index = np.concatenate([index, index[:, :1]], axis=1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    first = np.stack([a, b, c], axis=-1)
    second = np.stack([a, c, d], axis=-1)
    triangles = np.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)])
    return Mesh(grid.reshape(-1, 3), triangles)


def loft(rings: ArrayLike, ends: str = "both") -> Mesh:
    """The skin over closed rings [K, S, 3], with lids at `ends`: both, bottom, top or none."""
    rings = np.asarray(rings, np.float64)
    parts = [sheet(rings, around=True)]
    for ring, end in ((rings[0], "bottom"), (rings[-1], "top")):
        if ends in ("both", end):
            parts.append(Mesh(ring, triangulate(ring)))
    return join(*parts)


def round_body(
    box: Box,
    axis: str = "z",
    profile: ArrayLike = ((1, 0), (1, 1)),
    power: float = 2.0,
    ends: str = "both",
    wall: float = 0.0,
    even: float = 0,
    sides: float = 18,
) -> Mesh:
    """A turned body: rings of (radius, level) along an axis, as shares of the box.

    The cross-section is an ellipse (`power` 2) that becomes a rectangle as `power` grows, and
    equally wide both ways if `even` is 1. With a `wall` (share of the radius) it is a vessel.
    """
    outline = np.asarray(profile, np.float64)
    if wall:
        inside = outline[::-1] * (1 - wall, 1)
        inside[-1, 1] += wall / 2
        outline = np.concatenate([outline, inside])
    first, second, along = AXES[axis]
    half = (box.high - box.low) / 2
    if even:
        half[[first, second]] = min(half[first], half[second])
    angle = 2 * np.pi * (np.arange(int(sides)) + 0.5) / int(sides)
    rings = np.empty((len(outline), len(angle), 3))
    for axis_index, wave in ((first, np.cos(angle)), (second, np.sin(angle))):
        edge = np.sign(wave) * np.abs(wave) ** (2 / power)
        rings[..., axis_index] = box.middle[axis_index] + half[axis_index] * outline[:, :1] * edge
    rings[..., along] = box.low[along] + 2 * half[along] * outline[:, 1:]
    return loft(rings, ends)


def ball(box: Box) -> Mesh:
    """An ellipsoid."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 8)
    profile = np.stack([np.cos(angle), (1 + np.sin(angle)) / 2], axis=1)
    return round_body(box, profile=profile, ends="none", sides=12)


def tube(path: ArrayLike, radius: float, sides: int = 7) -> Mesh:
    """A round bar along the points `path` [K, 3]."""
    path = np.asarray(path, np.float64)
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    helper = np.eye(3)[np.argmin(np.abs(along).sum(axis=0))]
    across = np.cross(along, helper)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    angle = 2 * np.pi * np.arange(sides) / sides
    upright = np.cross(along, across)
    circle = np.cos(angle)[:, None] * across[:, None] + np.sin(angle)[:, None] * upright[:, None]
    return loft(path[:, None] + radius * circle)


def rod(box: Box, thick: float = 0.03) -> Mesh:
    """A straight bar of radius `thick` from one corner of the box to the opposite one."""
    return tube(np.stack([box.low, box.high]), thick)


def arc(
    box: Box,
    axis: str = "y",
    from_degrees: float = 0,
    to_degrees: float = 180,
    thick: float = 0.03,
) -> Mesh:
    """A bar of radius `thick` bent along an ellipse about an axis, in the middle of the box."""
    first, second, _ = AXES[axis]
    angle = np.radians(np.linspace(from_degrees, to_degrees, 11))
    path = np.tile(box.middle, (len(angle), 1))
    half = (box.high - box.low) / 2
    path[:, first] += half[first] * np.cos(angle)
    path[:, second] += half[second] * np.sin(angle)
    return tube(path, thick)


def prism(box: Box, outline: Points, axis: str = "z") -> Mesh:
    """A plate of the polygon `outline`, in shares of the box across an axis.

    Points are (x, y) for axis z, (y, z) for axis x and (x, z) for axis y.
    """
    first, second = {"x": (1, 2), "y": (0, 2), "z": (0, 1)}[axis]
    shares = np.zeros((2, len(outline), 3))
    shares[..., [first, second]] = outline
    along = "xyz".index(axis)
    shares[:, :, along] = [[0 if axis == "z" else -1], [1]]
    origin = box.middle * (1, 1, 0) + box.low * (0, 0, 1)
    return loft(origin + shares * (box.high - box.low) * (0.5, 0.5, 1))


def cloth(box: Box, waves: float = 5, gather: float = 0.0) -> Mesh:
    """A folded cloth; `gather` pulls it to the low side of x at a third of its height."""
    columns = 6 * round(waves)
    across, up = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, 9))
    pull = 1 - gather * np.exp(-(((up - 0.38) / 0.22) ** 2))
    fold = 0.5 + 0.5 * np.sin(2 * np.pi * round(waves) * across + 0.6 * up) * (1 - 0.4 * up)
    shares = np.stack([across * pull, fold, up], axis=-1)
    return sheet(box.low + shares * (box.high - box.low))


def leaf(box: Box, droop: float = 0.8) -> Mesh:
    """A blade that leaves the low side of x, rises to the top of the box, and droops."""
    t = np.linspace(0, 1, 6)
    breadth = np.sin(np.pi * np.clip(0.9 * t + 0.08, 0, 1))
    rise = t * (1 + droop) - droop * t**2
    edges = [np.stack([t, 0.5 + side * breadth / 2, rise], axis=-1) for side in (-1, 1)]
    return sheet(box.low + np.stack(edges, axis=1) * (box.high - box.low))


KINDS: dict[str, Callable[..., Mesh]] = {
    "box": block, "round": round_body, "ball": ball, "rod": rod, "arc": arc,
    "prism": prism, "cloth": cloth, "leaf": leaf,
}  # fmt: skip
