"""The few surfaces that all shapes are made of. Up is +z, the front of a thing looks to -y."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcpc.data.meshes import Mesh

Span: TypeAlias = tuple[float, float]
Points: TypeAlias = NDArray[np.float64]
Vector: TypeAlias = Sequence[float] | Points

CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], np.float64)
SIDES = np.array(
    [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2],
     [1, 3, 7], [1, 7, 5]],
    np.int32,
)  # fmt: skip
EMPTY = Mesh(np.empty((0, 3)), np.empty((0, 3), np.int32))


def join(*parts: Mesh) -> Mesh:
    """One mesh of several parts."""
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    triangles = [part.triangles + np.int32(start) for part, start in zip(parts, starts[:-1], strict=True)]
    return Mesh(np.concatenate([part.vertices for part in parts]), np.concatenate(triangles).astype(np.int32))


def move(mesh: Mesh, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
    """The mesh shifted."""
    return Mesh(mesh.vertices + (x, y, z), mesh.triangles)


def stretch(mesh: Mesh, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Mesh:
    """The mesh scaled along the axes, about the origin."""
    return Mesh(mesh.vertices * (x, y, z), mesh.triangles)


def turn(mesh: Mesh, axis: str, degrees: float) -> Mesh:
    """The mesh rotated about the axis "x", "y" or "z" through the origin, counter-clockwise."""
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    vertices = mesh.vertices.copy()
    vertices[:, first] = cos * mesh.vertices[:, first] - sin * mesh.vertices[:, second]
    vertices[:, second] = sin * mesh.vertices[:, first] + cos * mesh.vertices[:, second]
    return Mesh(vertices, mesh.triangles)


def block(x: Span, y: Span, z: Span) -> Mesh:
    """A box between two planes along each axis."""
    low = np.array([x[0], y[0], z[0]])
    return Mesh(low + CORNERS * (np.array([x[1], y[1], z[1]]) - low), SIDES)


def box(size: Vector, at: Vector = (0.0, 0.0, 0.0)) -> Mesh:
    """A box of `size` (width, depth, height) standing at `at`, the centre of its bottom."""
    width, depth, height = size
    x, y, z = at
    return block((x - width / 2, x + width / 2), (y - depth / 2, y + depth / 2), (z, z + height))


def blocks(low: ArrayLike, high: ArrayLike) -> Mesh:
    """Many boxes at once between the corners low [n, 3] and high [n, 3]: keys, books, slats."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    vertices = low[:, None] + CORNERS * (high - low)[:, None]
    starts = 8 * np.arange(len(low), dtype=np.int32)
    return Mesh(vertices.reshape(-1, 3), (starts[:, None, None] + SIDES).reshape(-1, 3))


def sheet(grid: ArrayLike, around: bool = False) -> Mesh:
    """The surface through a grid of points [U, V, 3]; `around` joins the last column to the first."""
    grid = np.asarray(grid, np.float64)
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    if around:
        index = np.concatenate([index, index[:, :1]], axis=1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return Mesh(grid.reshape(-1, 3), triangles)


def quad(a: Vector, b: Vector, c: Vector, d: Vector) -> Mesh:
    """A flat or twisted panel with the corners a, b, c, d in order."""
    return sheet(np.array([[a, b], [d, c]]))


def fan(ring: ArrayLike) -> Mesh:
    """A lid on a closed ring of points [S, 3], star-shaped about its mean."""
    ring = np.asarray(ring, np.float64)
    edge = np.arange(len(ring), dtype=np.int32)
    hub = np.full(len(ring), len(ring), np.int32)
    return Mesh(np.vstack([ring, ring.mean(axis=0)]), np.stack([edge, np.roll(edge, -1), hub], axis=1))


def loft(rings: ArrayLike, bottom: bool = True, top: bool = True) -> Mesh:
    """The skin over closed rings [K, S, 3], with lids at the first and the last ring where asked."""
    rings = np.asarray(rings, np.float64)
    lids = [fan(rings[end]) for end, wanted in ((0, bottom), (-1, top)) if wanted]
    return join(sheet(rings, around=True), *lids)


def ring(width: float, depth: float, z: float, power: float = 2.0, sides: int = 20, at: Span = (0.0, 0.0)) -> Points:
    """A closed curve [sides, 3] at height z: an ellipse (power 2) that becomes a rectangle as the power grows."""
    angle = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    cos, sin = np.cos(angle), np.sin(angle)
    x = np.sign(cos) * np.abs(cos) ** (2 / power) * width / 2 + at[0]
    y = np.sign(sin) * np.abs(sin) ** (2 / power) * depth / 2 + at[1]
    return np.stack([x, y, np.full(sides, z)], axis=1)


def revolve(profile: Sequence[Span], bottom: bool = True, top: bool = True, sides: int = 18) -> Mesh:
    """A surface of revolution about z through the (radius, z) points of `profile`."""
    return loft([ring(2 * radius, 2 * radius, z, sides=sides) for radius, z in profile], bottom, top)


def cylinder(radius: float, z: Span, at: Span = (0.0, 0.0), top: float | None = None, sides: int = 14) -> Mesh:
    """An upright cylinder, or a cone frustum where the `top` radius differs."""
    upper = radius if top is None else top
    return move(revolve([(radius, z[0]), (upper, z[1])], sides=sides), at[0], at[1])


def ellipsoid(radii: Vector, at: Vector = (0.0, 0.0, 0.0), rings: int = 8, sides: int = 12) -> Mesh:
    """An ellipsoid with half axes `radii` about the point `at`."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings)
    ball = revolve([(float(np.cos(a)), float(np.sin(a))) for a in angle], bottom=False, top=False, sides=sides)
    return move(stretch(ball, *radii), *at)


def tube(path: ArrayLike, radius: float | Sequence[float], sides: int = 7) -> Mesh:
    """A round bar along the points `path` [K, 3], with one radius or one per point."""
    path = np.asarray(path, np.float64)
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    helper = np.eye(3)[np.argmin(np.abs(along).sum(axis=0))]
    across = np.cross(along, helper)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    angle = 2 * np.pi * np.arange(sides) / sides
    turned = np.cross(along, across)
    circle = np.cos(angle)[:, None] * across[:, None] + np.sin(angle)[:, None] * turned[:, None]
    return loft(path[:, None] + circle * np.broadcast_to(radius, len(path))[:, None, None])


def rod(start: Vector, end: Vector, radius: float, sides: int = 7) -> Mesh:
    """A straight round bar."""
    return tube(np.array([start, end]), radius, sides)


def arc(centre: Vector, radius: float, degrees: Span, plane: str = "xz", steps: int = 9) -> Points:
    """Points [steps, 3] on a circle in the plane "xy", "xz" or "yz", from one angle to another."""
    angle = np.radians(np.linspace(*degrees, steps))
    points = np.tile(np.asarray(centre, np.float64), (steps, 1))
    points[:, "xyz".index(plane[0])] += radius * np.cos(angle)
    points[:, "xyz".index(plane[1])] += radius * np.sin(angle)
    return points


def prism(outline: ArrayLike, z: Span) -> Mesh:
    """A plate of a star-shaped outline [S, 2] in the xy plane, between two heights."""
    outline = np.asarray(outline, np.float64)
    return loft([np.column_stack([outline, np.full(len(outline), height)]) for height in z])
