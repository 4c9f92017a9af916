"""Parts that several classes share: legs, carcasses, drawer fronts, books, foliage."""

from __future__ import annotations

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.primitives import EMPTY, Span, block, blocks, box, cylinder, ellipsoid, join, rod, sheet


def legs(dice: Dice, width: float, depth: float, height: float, thickness: float) -> Mesh:
    """Four legs below a top at `height`: square, round, tapered or splayed, more or less inset."""
    kind = dice.pick("square", "round", "splayed", "tapered")
    inset = dice.between(0.5, 1.6) * thickness
    out = dice.between(0.0, 0.12) * height if kind == "splayed" else 0.0
    x, y = width / 2 - inset, depth / 2 - inset
    corners = [(-x, -y), (x, -y), (-x, y), (x, y)]
    if kind == "square":
        return join(*(box((thickness, thickness, height), (a, b, 0)) for a, b in corners))
    foot = thickness / 2 * (dice.between(0.4, 0.8) if kind == "tapered" else 1.0)
    if kind == "splayed":
        return join(*(rod((a + np.sign(a) * out, b + np.sign(b) * out, 0), (a, b, height), foot) for a, b in corners))
    return join(*(cylinder(foot, (0, height), (a, b), top=thickness / 2, sides=8) for a, b in corners))


def stretchers(width: float, depth: float, height: float, thickness: float) -> Mesh:
    """Bars that join four legs near the floor."""
    x, y = width / 2 - thickness, depth / 2 - thickness
    sides = [rod((s * x, -y, height), (s * x, y, height), thickness / 2, 6) for s in (-1, 1)]
    return join(*sides, rod((-x, 0, height), (x, 0, height), thickness / 2, 6))


def carcass(width: float, depth: float, z: Span, board: float, back: bool = True) -> Mesh:
    """An open cupboard: two sides, bottom, top and perhaps a back; the front is open."""
    x, y = width / 2, depth / 2
    parts = [block((-x, -x + board), (-y, y), z), block((x - board, x), (-y, y), z)]
    parts += [block((-x, x), (-y, y), (z[0], z[0] + board)), block((-x, x), (-y, y), (z[1] - board, z[1]))]
    if back:
        parts.append(block((-x, x), (y - board / 2, y), z))
    return join(*parts)


def shelves(width: float, depth: float, heights: list[float], board: float) -> Mesh:
    """Boards at the given heights."""
    return join(EMPTY, *(box((width, depth, board), (0, 0, z)) for z in heights))


def fronts(dice: Dice, x: Span, z: Span, y: float, grid: tuple[int, int], gap: float = 0.02) -> Mesh:
    """Drawers or doors, `grid` = (columns, rows), standing proud of the plane y, each with a knob, a bar or nothing."""
    columns, rows = grid
    proud = dice.between(0.01, 0.04)
    edges_x, edges_z = np.linspace(*x, columns + 1), np.linspace(*z, rows + 1)
    low = [(edges_x[i] + gap, y - proud, edges_z[j] + gap) for i in range(columns) for j in range(rows)]
    high = [(edges_x[i + 1] - gap, y, edges_z[j + 1] - gap) for i in range(columns) for j in range(rows)]
    return join(blocks(low, high), handles(dice, np.array(low), np.array(high)))


def handles(dice: Dice, low: np.ndarray, high: np.ndarray) -> Mesh:
    """One handle in the middle of each front, low and high being its corners [n, 3]."""
    size = dice.between(0.015, 0.035)
    half = {"knob": (size, size, size), "bar": (4 * size, size, size / 2), "upright": (size / 2, size, 4 * size)}
    kind = dice.pick("knob", "bar", "upright", "none")
    if kind == "none":
        return EMPTY
    centre = (low + high) / 2
    centre[:, 1] = low[:, 1] - size
    reach = np.minimum(half[kind], (high - low) * (0.4, 9, 0.4))
    return blocks(centre - reach, centre + reach)


def books(dice: Dice, x: Span, y: Span, z: Span) -> Mesh:
    """A row of upright books of uneven height that fills part of the space."""
    count = dice.count(4, 9)
    edges = np.linspace(x[0], x[0] + (x[1] - x[0]) * dice.between(0.4, 1.0), count + 1)
    low = [(edges[i], y[0] + dice.between(0, 0.3) * (y[1] - y[0]), z[0]) for i in range(count)]
    high = [(edges[i + 1], y[1], z[0] + dice.between(0.55, 0.92) * (z[1] - z[0])) for i in range(count)]
    return blocks(low, high)


def leaf(dice: Dice, start: np.ndarray, heading: float, length: float, width: float, rise: float) -> Mesh:
    """A blade that leaves `start` in direction `heading` (radians), rises and droops."""
    t = np.linspace(0, 1, 6)[:, None]
    droop = dice.between(0.3, 1.4) * length
    along = np.array([np.cos(heading), np.sin(heading), 0.0])
    across = np.array([-np.sin(heading), np.cos(heading), 0.0])
    spine = start + t * length * along + (t * rise - t**2 * droop) * np.array([0.0, 0.0, 1.0])
    breadth = width / 2 * np.sin(np.pi * np.clip(t * 0.9 + 0.08, 0, 1)) * across
    return sheet(np.stack([spine - breadth, spine + breadth], axis=1))


def foliage(dice: Dice, z: float, height: float, spread: float) -> Mesh:
    """What grows out of a pot at height z: blades, a bush, a stem with a crown, or bare stems with blossoms."""
    grow = dice.pick(blades, bush, crown, blossoms, blades)
    return grow(dice, z, height, spread)


def blades(dice: Dice, z: float, height: float, spread: float) -> Mesh:
    """Long leaves from one point, as of a palm or an aloe."""
    start = np.array([0.0, 0.0, z])
    width = dice.between(0.05, 0.22) * spread
    leaves = (
        leaf(dice, start, dice.between(0, 6.28), spread * dice.between(0.4, 1), width, height * dice.between(0.6, 1.8))
        for _ in range(dice.count(7, 20))
    )
    return join(*leaves)


def bush(dice: Dice, z: float, height: float, spread: float) -> Mesh:
    """A heap of round clumps."""
    clumps = [ellipsoid((0.5 * spread, 0.5 * spread, height / 2), (0, 0, z + height / 2), 7, 9)]
    for _ in range(dice.count(2, 7)):
        at = (dice.normal(0.35) * spread, dice.normal(0.35) * spread, z + dice.between(0.2, 0.9) * height)
        size = dice.between(0.18, 0.4) * spread
        clumps.append(ellipsoid((size, size, size), at, 6, 8))
    return join(*clumps)


def crown(dice: Dice, z: float, height: float, spread: float) -> Mesh:
    """A trunk with leaves at its top."""
    top = z + dice.between(0.4, 0.75) * height
    lean = dice.normal(0.1) * height
    trunk = rod((0, 0, z), (lean, 0, top), dice.between(0.03, 0.07) * spread)
    start = np.array([lean, 0.0, top])
    width = dice.between(0.1, 0.3) * spread
    leaves = (
        leaf(dice, start, dice.between(0, 6.28), spread * dice.between(0.5, 1), width, height * dice.between(0.2, 1.0))
        for _ in range(dice.count(8, 18))
    )
    return join(trunk, *leaves)


def blossoms(dice: Dice, z: float, height: float, spread: float) -> Mesh:
    """Stems that fan out, each with a blossom."""
    parts = []
    for _ in range(dice.count(3, 9)):
        end = (dice.normal(0.4) * spread, dice.normal(0.4) * spread, z + dice.between(0.6, 1.0) * height)
        size = dice.between(0.06, 0.18) * spread
        parts += [rod((0, 0, z), end, 0.02 * spread, 5), ellipsoid((size, size, 0.7 * size), end, 5, 7)]
    return join(*parts)
