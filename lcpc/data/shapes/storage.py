"""Things to keep things in: bookshelf, dresser, glass_box, night_stand, tv_stand, wardrobe."""

from __future__ import annotations

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.parts import books, carcass, fronts, legs, shelves
from lcpc.data.shapes.primitives import EMPTY, block, box, cylinder, ellipsoid, join, move


def cabinet(dice: Dice, size: tuple[float, float, float], grid: tuple[int, int], foot: float) -> Mesh:
    """A closed box with drawers or doors in its front, on feet, a plinth or the floor, with a top that stands over."""
    width, depth, height = size
    x, y, over = width / 2, depth / 2, dice.pick(0.0, 0.02, 0.05)
    parts = [
        block((-x, x), (-y, y), (foot, height)),
        block((-x - over, x + over), (-y - over, y), (height, height + 0.04)),
    ]
    parts.append(fronts(dice, (-x, x), (foot, height), -y, grid))
    if foot:
        parts.append(legs(dice, width, depth, foot, dice.between(0.04, 0.09)))
    return join(*parts)


def dresser(dice: Dice) -> Mesh:
    """A broad chest of drawers, sometimes with a mirror or with doors beside the drawers."""
    width, depth, height = dice.between(0.7, 1.8), dice.between(0.4, 0.6), dice.between(0.6, 1.35)
    grid = (dice.count(1, 3) if width > 1.0 else 1, dice.count(3, 6))
    parts = [cabinet(dice, (width, depth, height), grid, dice.pick(0.0, 0.08, 0.18))]
    if dice.chance(0.3):
        rise, broad = dice.between(0.4, 0.9), width * dice.between(0.4, 0.9)
        parts.append(block((-broad / 2, broad / 2), (depth / 2 - 0.06, depth / 2 - 0.02), (height, height + rise)))
    return join(*parts)


def night_stand(dice: Dice) -> Mesh:
    """A small cabinet: drawers, a drawer over an open space, or a little table; sometimes with a lamp on it."""
    width, depth, height = dice.between(0.35, 0.75), dice.between(0.35, 0.55), dice.between(0.4, 0.8)
    if dice.chance(0.45):
        parts = [cabinet(dice, (width, depth, height), (1, dice.count(1, 3)), dice.pick(0.0, 0.08, 0.2))]
    else:
        split = height * dice.between(0.5, 0.75)
        parts = [cabinet(dice, (width, depth, height), (1, 1), split), box((width, depth, 0.03), (0, 0, split * 0.3))]
        if dice.chance(0.5):
            parts.append(carcass(width, depth, (0, split), 0.03, back=dice.chance(0.6)))
    if dice.chance(0.12):
        stem = dice.between(0.15, 0.3)
        parts += [
            cylinder(0.03, (height, height + stem)),
            cylinder(0.15, (height + stem, height + stem + 0.18), top=0.09),
        ]
    return join(*parts)


def wardrobe(dice: Dice) -> Mesh:
    """A high cupboard with two to four doors, often drawers below, sometimes with an open part."""
    width, depth, height = dice.between(0.8, 2.2), dice.between(0.45, 0.7), dice.between(1.6, 2.4)
    doors, foot = dice.count(2, 4), dice.pick(0.0, 0.06, 0.15)
    if dice.chance(0.35):
        split = dice.between(0.2, 0.4) * height
        lower = cabinet(dice, (width, depth, split), (dice.count(1, 2), dice.count(1, 2)), foot)
        return join(lower, move(cabinet(dice, (width, depth, height - split), (doors, 1), 0.0), z=split))
    parts = [cabinet(dice, (width, depth, height), (doors, 1), foot)]
    if dice.chance(0.25):
        aside, side = dice.between(0.3, 0.6), dice.pick(-1, 1)
        parts.append(move(open_shelves(dice, aside, depth, height, 0.03), x=side * (width + aside) / 2))
    return join(*parts)


def open_shelves(dice: Dice, width: float, depth: float, height: float, board: float) -> Mesh:
    """A carcass with shelves at even or uneven heights."""
    count = dice.count(3, 6)
    heights = [float(h) + dice.normal(0.015) for h in np.linspace(0, height, count + 2)[1:-1]]
    return join(carcass(width, depth, (0, height), board, dice.chance(0.7)), shelves(width, depth, heights, board))


def bookshelf(dice: Dice) -> Mesh:
    """An open case of shelves in one to three bays, empty or with books; sometimes low or with doors below."""
    width, depth, height = dice.between(0.5, 1.7), dice.between(0.22, 0.45), dice.between(0.9, 2.3)
    board, rows, bays = dice.between(0.02, 0.05), dice.count(2, 6), dice.count(1, 3) if width > 0.9 else 1
    x, y = width / 2, depth / 2
    levels, edges = np.linspace(0, height, rows + 1), np.linspace(-x, x, bays + 1)
    parts = [
        carcass(width, depth, (0, height), board, dice.chance(0.65)),
        shelves(width, depth, list(levels[1:-1]), board),
    ]
    parts += [block((e - board / 2, e + board / 2), (-y, y), (0, height)) for e in edges[1:-1]]
    full = dice.pick(0.0, 0.0, 0.4, 0.8)
    for i, j in ((i, j) for i in range(bays) for j in range(rows)):
        if dice.chance(full):
            parts.append(
                books(dice, (edges[i] + board, edges[i + 1] - board), (-0.8 * y, y), (levels[j] + board, levels[j + 1]))
            )
    if dice.chance(0.2):
        parts.append(fronts(dice, (-x, x), (0, float(levels[1])), -y, (max(2, bays), 1)))
    return join(*parts)


def tv_stand(dice: Dice) -> Mesh:
    """A low, broad case, open or closed in parts, sometimes with a screen or a tower of shelves on it."""
    width, depth, height = dice.between(0.8, 2.0), dice.between(0.35, 0.6), dice.between(0.35, 0.8)
    foot = dice.pick(0.0, 0.05, 0.15)
    if dice.chance(0.35):
        parts = [cabinet(dice, (width, depth, height), (dice.count(2, 4), dice.count(1, 2)), foot)]
    else:
        bays = dice.count(1, 3)
        parts = [carcass(width, depth, (foot, height), 0.04, dice.chance(0.6))]
        parts += [block((p - 0.02, p + 0.02), (-depth / 2, depth / 2), (foot, height)) for p in edges_of(width, bays)]
        parts.append(shelves(width, depth, [foot + (height - foot) * dice.between(0.35, 0.65)], 0.03))
        parts.append(legs(dice, width, depth, foot, 0.06) if foot else EMPTY)
    if dice.chance(0.2):
        wide, tall = width * dice.between(0.5, 0.85), dice.between(0.4, 0.7)
        parts += [box((wide, 0.06, tall), (0, 0, height + 0.08)), box((wide * 0.4, 0.2, 0.08), (0, 0, height))]
    elif dice.chance(0.2):
        parts.append(move(open_shelves(dice, width, depth * 0.7, dice.between(0.5, 1.0), 0.03), y=depth * 0.15, z=height))
    return join(*parts)


def edges_of(width: float, bays: int) -> list[float]:
    """Places of the upright boards between `bays` equal bays."""
    return [float(place) for place in np.linspace(-width / 2, width / 2, bays + 1)[1:-1]]


def glass_box(dice: Dice) -> Mesh:
    """A show case of panes: with a frame along its edges, a lid, a plinth or something inside."""
    width, depth, height = dice.between(0.5, 1.5), dice.between(0.4, 1.1), dice.between(0.25, 1.3)
    x, y, pane = width / 2, depth / 2, dice.between(0.01, 0.05)
    parts = [block((a - pane, a + pane), (-y, y), (0, height)) for a in (-x, x)]
    parts += [block((-x, x), (b - pane, b + pane), (0, height)) for b in (-y, y)]
    parts.append(block((-x, x), (-y, y), (0, pane)))
    if dice.chance(0.6):
        parts.append(block((-x - pane, x + pane), (-y - pane, y + pane), (height, height + 2 * pane)))
    if dice.chance(0.3):
        parts.append(box((width * dice.between(0.9, 1.1), depth * dice.between(0.9, 1.1), 0.3), (0, 0, -0.3)))
    if dice.chance(0.3):
        size = dice.between(0.1, 0.3)
        parts.append(ellipsoid((size * width, size * depth, size * height), (0, 0, size * height), 7, 10))
    if dice.chance(0.35):
        bar = dice.between(0.02, 0.05)
        parts += [box((bar, bar, height * 1.02), (a, b, 0)) for a in (-x, x) for b in (-y, y)]
    return join(*parts)
