"""Things to work at and to put things on: desk, mantel, piano, table."""

from __future__ import annotations

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.parts import fronts, legs, stretchers
from lcpc.data.shapes.primitives import (
    EMPTY,
    block,
    box,
    cylinder,
    ellipsoid,
    join,
    loft,
    move,
    prism,
    quad,
    ring,
    turn,
)
from lcpc.data.shapes.storage import open_shelves


def table(dice: Dice) -> Mesh:
    """A round, oval or rectangular top, low or high, on legs, a column, panels or trestles."""
    width, depth, height = dice.between(0.7, 2.2), dice.between(0.6, 1.1), dice.between(0.35, 0.85)
    power, thick = dice.pick(2.0, 3.0, 30.0, 30.0, 30.0), dice.between(0.02, 0.1)
    if power == 2.0 and dice.chance(0.6):
        depth = width
    parts = [loft([ring(width, depth, z, power, 24) for z in (height, height + thick)])]
    inner = 0.72 if power < 4 else 1.0
    parts.append(table_base(dice, width * inner, depth * inner, height))
    if dice.chance(0.12):
        parts.append(box((width * 0.7, depth * 0.7, 0.03), (0, 0, height * dice.between(0.2, 0.5))))
    if dice.chance(0.15):
        size = dice.between(0.08, 0.18)
        parts.append(ellipsoid((size, size, size * 1.4), (dice.normal(0.15), dice.normal(0.1), height + thick + size), 6, 9))
    return join(*parts)


def table_base(dice: Dice, width: float, depth: float, height: float) -> Mesh:
    """What carries a table."""
    kind = dice.pick("legs", "legs", "legs", "column", "panels", "trestle")
    if kind == "legs":
        thick = dice.between(0.04, 0.12)
        apron = box((width * 0.9, depth * 0.9, 0.08), (0, 0, height - 0.08)) if dice.chance(0.4) else EMPTY
        low = stretchers(width, depth, height * 0.2, 0.04) if dice.chance(0.2) else EMPTY
        return join(legs(dice, width, depth, height, thick), apron, low)
    if kind == "column":
        foot = min(width, depth) * dice.between(0.25, 0.42)
        return join(cylinder(dice.between(0.04, 0.15), (0, height)), cylinder(foot, (0, 0.05), top=foot * dice.between(0.3, 1)))
    x, thick = width * dice.between(0.3, 0.48), dice.between(0.03, 0.1)
    panels = [box((thick, depth * dice.between(0.5, 0.95), height), (s * x, 0, 0)) for s in (-1, 1)]
    beam = box((2 * x, thick, 0.1), (0, 0, height * 0.3)) if kind == "trestle" else EMPTY
    return join(*panels, beam)


def desk(dice: Dice) -> Mesh:
    """A rectangular or L-shaped top on panels or legs, with drawers, a front panel, a hutch or a screen."""
    width, depth, height = dice.between(1.0, 2.0), dice.between(0.5, 0.95), dice.between(0.65, 0.82)
    x, y, thick = width / 2, depth / 2, dice.between(0.02, 0.06)
    parts = [block((-x, x), (-y, y), (height, height + thick)), desk_base(dice, width, depth, height)]
    if dice.chance(0.5):
        parts.append(block((-x, x), (y - 0.1, y - 0.07), (height * dice.between(0.1, 0.6), height)))
    if dice.chance(0.25):
        hutch = open_shelves(dice, width, depth * 0.35, dice.between(0.3, 0.9), 0.03)
        parts.append(move(hutch, y=y - depth * 0.18, z=height + thick))
    if dice.chance(0.25):
        side, reach = dice.pick(-1, 1), dice.between(0.5, 1.1)
        wing = block((side * x - 0.5 * (side > 0), side * x + 0.5 * (side < 0)), (-y - reach, -y), (height, height + thick))
        parts += [wing, box((0.04, reach * 0.6, height), (side * (x - 0.03), -y - reach * 0.6, 0))]
    if dice.chance(0.2):
        parts += [box((0.5, 0.04, 0.32), (0, y / 2, height + 0.15)), box((0.1, 0.1, 0.15), (0, y / 2, height))]
    return join(*parts)


def desk_base(dice: Dice, width: float, depth: float, height: float) -> Mesh:
    """Drawers on one or both sides, with legs or panels on the other."""
    broad = dice.between(0.28, 0.45)
    sides = dice.pick((-1,), (1,), (-1, 1), ())
    foot = dice.pick(0.0, 0.0, 0.12, 0.35)
    parts = []
    for side in (-1, 1):
        if side in sides:
            x = side * (width - broad) / 2
            parts.append(block((x - broad / 2, x + broad / 2), (-depth * 0.46, depth * 0.46), (foot, height)))
            parts.append(fronts(dice, (x - broad / 2, x + broad / 2), (foot, height), -depth * 0.46, (1, dice.count(2, 4))))
        elif dice.chance(0.6):
            parts.append(box((0.04, depth * 0.9, height), (side * (width / 2 - 0.03), 0, 0)))
    return join(*parts, legs(dice, width, depth, height, dice.between(0.04, 0.08)) if foot or len(parts) < 2 else EMPTY)


def mantel(dice: Dice) -> Mesh:
    """The frame of a fireplace: two pillars, a beam and a shelf, often a hearth, a back and a breast above."""
    width, height, depth = dice.between(1.1, 2.0), dice.between(0.9, 1.4), dice.between(0.12, 0.4)
    pillar, beam = dice.between(0.14, 0.4), dice.between(0.12, 0.4)
    x, y, over = width / 2, depth / 2, dice.between(0.03, 0.15)
    parts = [
        block((s * (x - pillar / 2) - pillar / 2, s * (x - pillar / 2) + pillar / 2), (-y, y), (0, height)) for s in (-1, 1)
    ]
    parts.append(block((-x, x), (-y, y), (height - beam, height)))
    parts.append(block((-x - over, x + over), (-y - over, y), (height, height + dice.between(0.03, 0.1))))
    if dice.chance(0.5):
        parts.append(block((-x - over, x + over), (-y - dice.between(0.1, 0.5), y), (-0.06, 0)))
    if dice.chance(0.5):
        parts.append(block((-x, x), (y - 0.03, y), (0, height)))
    if dice.chance(0.5):
        steps = [(0.03, 0.12), (height - beam * 0.5, height - beam * 0.3)]
        parts += [
            box((pillar * 1.2, depth * 1.2, z[1] - z[0]), (s * (x - pillar / 2), 0, z[0])) for s in (-1, 1) for z in steps
        ]
    if dice.chance(0.25):
        broad = width * dice.between(0.5, 0.9)
        parts.append(block((-broad / 2, broad / 2), (0, y), (height, height + dice.between(0.4, 1.0))))
    return join(*parts)


def piano(dice: Dice) -> Mesh:
    """An upright or a grand piano, sometimes with its stool."""
    body = grand(dice) if dice.chance(0.5) else upright(dice)
    if dice.chance(0.35):
        seat = dice.between(0.42, 0.52)
        stool = join(box((0.7, 0.32, 0.07), (0, 0, seat)), legs(dice, 0.7, 0.32, seat, 0.06))
        return join(body, move(stool, y=-dice.between(0.75, 1.0)))
    return body


def upright(dice: Dice) -> Mesh:
    """Case, key bed and the two consoles below it."""
    width, height, depth = dice.between(1.35, 1.6), dice.between(1.0, 1.4), dice.between(0.25, 0.4)
    keys, reach = dice.between(0.6, 0.72), dice.between(0.2, 0.35)
    x, front = width / 2, -depth / 2
    parts = [
        block((-x, x), (front, depth / 2), (0, height)),
        block((-x, x), (front - reach, front), (keys, keys + 0.12)),
    ]
    parts += [block((s * x - 0.05, s * x + 0.05), (front - reach, front), (0, keys + 0.2)) for s in (-1, 1)]
    parts.append(block((-x * 0.9, x * 0.9), (front - reach, front - 0.05), (keys + 0.12, keys + 0.15)))
    if dice.chance(0.5):
        parts.append(block((-x * 0.4, x * 0.4), (front - 0.06, front), (keys + 0.2, keys + 0.45)))
    return join(*parts, block((-x - 0.03, x + 0.03), (front - 0.03, depth / 2), (height, height + 0.03)))


def grand(dice: Dice) -> Mesh:
    """The curved case on three legs, its lid open or closed."""
    length, base, deep = dice.between(1.2, 2.4), dice.between(0.55, 0.7), dice.between(0.22, 0.4)
    t = np.linspace(0, 1, 9)
    curve = np.column_stack([0.75 - 0.95 * t**1.5, 0.3 * length + 0.7 * length * np.sin(np.pi * t / 2)])
    outline = np.vstack([[(-0.75, 0), (0.75, 0)], curve, [(-0.5, length), (-0.75, 0.8 * length)]])
    parts = [prism(outline, (base, base + deep)), block((-0.75, 0.75), (-0.25, 0), (base, base + 0.12))]
    for at in ((-0.6, 0.1), (0.6, 0.1), (-0.4, 0.85 * length)):
        parts.append(cylinder(dice.between(0.05, 0.09), (0, base), at))
    if dice.chance(0.6):
        lid = turn(move(prism(outline, (0, 0.03)), x=0.75), "y", -dice.between(20, 50))
        parts.append(move(lid, x=-0.75, z=base + deep))
    if dice.chance(0.5):
        top = base + deep + dice.between(0.2, 0.35)
        parts.append(quad((-0.4, 0.25, base + deep), (0.4, 0.25, base + deep), (0.4, 0.35, top), (-0.4, 0.35, top)))
    return move(join(*parts), y=-length * 0.4)
