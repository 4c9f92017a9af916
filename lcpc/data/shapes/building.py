"""Parts of a house and a shelter: curtain, door, stairs, tent."""

from __future__ import annotations

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.parts import fronts
from lcpc.data.shapes.primitives import (
    EMPTY,
    Points,
    arc,
    block,
    blocks,
    box,
    cylinder,
    ellipsoid,
    join,
    loft,
    move,
    quad,
    rod,
    sheet,
    stretch,
    tube,
)


def curtain(dice: Dice) -> Mesh:
    """One or two folded cloths below a rod or a valance, hanging free or gathered."""
    width, height = dice.between(0.9, 2.2), dice.between(1.3, 2.4)
    waves, deep = dice.count(3, 9), dice.between(0.03, 0.12)
    gather = dice.pick(0.0, 0.0, dice.between(0.2, 0.6))
    if dice.chance(0.25):
        parts = [cloth(dice, (-width / 2, width / 2), height, waves, deep, 0.0)]
    else:
        inner = width * dice.between(0.02, 0.25)
        left = cloth(dice, (-width / 2, -inner), height, waves, deep, gather)
        parts = [left, stretch(left, x=-1)]
    if dice.chance(0.6):
        reach = width * dice.between(0.5, 0.6)
        parts.append(rod((-reach, 0, height), (reach, 0, height), 0.03))
        parts += [ellipsoid((0.06, 0.06, 0.06), (s * reach, 0, height), 5, 7) for s in (-1, 1)]
    if dice.chance(0.35):
        valance = cloth(dice, (-width * 0.52, width * 0.52), height * dice.between(0.1, 0.25), waves * 2, deep, 0.0)
        parts.append(move(valance, y=-deep, z=height * 0.85))
    return join(*parts)


def cloth(dice: Dice, x: tuple[float, float], height: float, waves: int, deep: float, gather: float) -> Mesh:
    """A folded cloth; `gather` pulls it to its outer (first) side at a third of the height."""
    across, up = np.meshgrid(np.linspace(0, 1, 6 * waves), np.linspace(0, 1, 9))
    phase = dice.between(0, 6.28)
    pull = 1 - gather * np.exp(-(((up - 0.38) / 0.22) ** 2))
    fold = deep * np.sin(2 * np.pi * waves * across + phase + dice.normal(0.6) * up) * (0.5 + 0.5 * (1 - up))
    return sheet(np.stack([x[0] + (x[1] - x[0]) * across * pull, fold, height * up], axis=-1))


def door(dice: Dice) -> Mesh:
    """One or two leaves with panels, handles and a frame; shut or ajar, sometimes with an arch or a light above."""
    wide, height, thick = dice.between(0.7, 1.1), dice.between(1.8, 2.3), dice.between(0.03, 0.12)
    leaves = dice.pick(1, 1, 1, 2)
    x, parts = wide * leaves / 2, []
    for leaf in range(leaves):
        left = -x + leaf * wide
        parts.append(block((left, left + wide), (0, thick), (0, height)))
        if dice.chance(0.7):
            inset = (left + 0.1 * wide, left + 0.9 * wide)
            parts.append(fronts(dice, inset, (0.08 * height, 0.95 * height), 0, (dice.count(1, 2), dice.count(1, 4)), 0.05))
        side = left + wide * (0.9 if leaf == 0 else 0.1)
        parts.append(ellipsoid((0.05, 0.06, 0.03), (side, -0.05, height * 0.47), 5, 7))
    if dice.chance(0.6):
        bar, deep = dice.between(0.05, 0.14), dice.between(0.05, 0.2)
        parts += [
            block((s * (x + bar / 2) - bar / 2, s * (x + bar / 2) + bar / 2), (-deep / 2, deep), (0, height)) for s in (-1, 1)
        ]
        parts.append(block((-x - bar, x + bar), (-deep / 2, deep), (height, height + bar)))
    if dice.chance(0.2):
        rim = arc((0, thick / 2, height), x, (0, 180))
        parts.append(loft([rim + (0, -thick / 2, 0), rim + (0, thick / 2, 0)]))
    return join(*parts)


def stairs(dice: Dice) -> Mesh:
    """A straight, turning or winding flight, solid or open, with or without railings."""
    build = dice.pick(straight_stairs, straight_stairs, turning_stairs, winding_stairs)
    return build(dice)


def treads(dice: Dice, count: int, width: float, run: float, rise: float, solid: bool) -> Mesh:
    """Steps that climb towards +y, solid down to the floor or as boards."""
    low = [(-width / 2, i * run, 0.0 if solid else (i + 0.7) * rise) for i in range(count)]
    return blocks(low, [(width / 2, (i + 1) * run, (i + 1) * rise) for i in range(count)])


def railing(start: tuple[float, float, float], end: tuple[float, float, float], height: float, posts: int) -> Mesh:
    """A hand rail at `height` above the line from start to end, on posts."""
    line = np.linspace(start, end, posts)
    top = line + (0, 0, height)
    return join(rod(top[0], top[-1], 0.03), *(rod(a, b, 0.015, 5) for a, b in zip(line, top, strict=True)))


def straight_stairs(dice: Dice) -> Mesh:
    """One flight."""
    count, width = dice.count(4, 16), dice.between(0.7, 1.6)
    run, rise = dice.between(0.22, 0.34), dice.between(0.13, 0.22)
    solid = dice.chance(0.5)
    parts = [treads(dice, count, width, run, rise, solid)]
    end = (count * run, count * rise)
    if not solid:
        beams = [[(s * width / 2, 0, 0), (s * width / 2, *end), (s * width / 2, end[0], end[1] - 0.2)] for s in (-1, 1)]
        parts += [sheet([[a, b], [a, c]]) for a, b, c in beams]
    for side in dice.pick((), (-1,), (-1, 1)):
        x = side * width / 2
        parts.append(railing((x, 0, 0), (x, *end), dice.between(0.7, 0.95), dice.count(3, 9)))
    return join(*parts)


def turning_stairs(dice: Dice) -> Mesh:
    """Two flights at a right angle with a landing between them."""
    width, run, rise = dice.between(0.7, 1.1), dice.between(0.22, 0.3), dice.between(0.15, 0.2)
    lower, upper, solid = dice.count(3, 8), dice.count(3, 8), dice.chance(0.6)
    first = treads(dice, lower, width, run, rise, solid)
    y, z = lower * run, lower * rise
    landing = block((-width / 2, width / 2), (y, y + width), (0 if solid else z - 0.08, z))
    boards = [(width / 2 + i * run, y, 0.0 if solid else z + (i + 0.7) * rise) for i in range(upper)]
    tops = [(width / 2 + (i + 1) * run, y + width, z + (i + 1) * rise) for i in range(upper)]
    rail = railing((-width / 2, 0, 0), (-width / 2, y, z), 0.85, 4) if dice.chance(0.5) else EMPTY
    return join(first, landing, blocks(boards, tops), rail)


def winding_stairs(dice: Dice) -> Mesh:
    """Steps around a column."""
    count, radius, rise = dice.count(9, 18), dice.between(0.7, 1.1), dice.between(0.15, 0.22)
    step = np.radians(dice.between(18, 30)) * dice.pick(-1, 1)
    angle = step * np.arange(count + 1)
    rim = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), rise * np.arange(count + 1)])
    parts = [cylinder(0.08, (0, count * rise + 0.8))]
    for i in range(count):
        corners = np.array([(0, 0, rim[i, 2]), rim[i], (*rim[i + 1, :2], rim[i, 2])])
        parts.append(loft([corners, corners + (0, 0, 0.05)]))
    if dice.chance(0.6):
        parts.append(tube(rim + (0, 0, 0.85), 0.03))
        parts += [rod(point, point + (0, 0, 0.85), 0.015, 5) for point in rim[::2]]
    return join(*parts)


def tent(dice: Dice) -> Mesh:
    """A ridge tent, a dome, a tunnel, a pyramid or a canopy on poles."""
    build = dice.pick(ridge_tent, dome_tent, tunnel_tent, pyramid_tent, canopy)
    floor = dice.chance(0.4)
    return join(build(dice), box((2.0, 2.0, 0.02), (0, 0, -0.02)) if floor else EMPTY)


def ridge_tent(dice: Dice) -> Mesh:
    """Two slopes, one or two gables, sometimes with side walls and a fly."""
    x, y, height = dice.between(0.7, 1.1), dice.between(0.9, 1.5), dice.between(0.9, 1.6)
    wall = dice.pick(0.0, 0.0, dice.between(0.2, 0.5))
    parts = []
    for s in (-1, 1):
        eave = [(s * x, -y, wall), (s * x, y, wall)]
        parts.append(quad((0, -y, height), (0, y, height), eave[1], eave[0]))
        parts.append(quad(eave[0], eave[1], (s * x, y, 0), (s * x, -y, 0)) if wall else EMPTY)
    for end in dice.pick((y,), (-y, y)):
        gable = [(-x, end, 0), (-x, end, wall), (0, end, height), (x, end, wall), (x, end, 0)]
        parts.append(sheet([[p, (0, end, 0)] for p in gable]))
    if dice.chance(0.4):
        parts += [rod((0, s * y, height), (0, s * (y + 0.6), 0), 0.012, 5) for s in (-1, 1)]
    return join(*parts)


def dome_tent(dice: Dice) -> Mesh:
    """A dome, round or with four to six ribs, sometimes with a porch."""
    radius, height = dice.between(0.9, 1.2), dice.between(0.7, 1.3)
    dome = stretch(dome_of(dice.pick(4, 6, 16)), radius, radius * dice.between(0.8, 1.2), height)
    if dice.chance(0.4):
        porch = stretch(dome_of(6), radius * 0.5, radius * 0.6, height * 0.6)
        return join(dome, move(porch, y=-radius * 0.8))
    return dome


def dome_of(sides: int) -> Mesh:
    """A half ball of radius 1 with so many sides."""
    up = np.linspace(0, np.pi / 2, 8)
    angle = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    rings: Points = np.array([[(np.cos(u) * np.cos(a), np.cos(u) * np.sin(a), np.sin(u)) for a in angle] for u in up])
    return sheet(rings, around=True)


def tunnel_tent(dice: Dice) -> Mesh:
    """A half tube of constant or falling height, closed at the back."""
    radius, length, low = dice.between(0.7, 1.0), dice.between(1.2, 2.2), dice.between(0.5, 1.0)
    sizes = np.linspace(1, low, 5)
    hoops = [arc((0, -length / 2 + i * length / 4, 0), radius * s, (0, 180)) for i, s in enumerate(sizes)]
    skin = stretch(sheet(hoops), z=dice.between(0.8, 1.5))
    return join(skin, loft([hoops[-1], hoops[-1] + (0, 0.01, 0)])) if dice.chance(0.6) else skin


def pyramid_tent(dice: Dice) -> Mesh:
    """Four to eight slopes from one pole, often on low walls."""
    sides, radius, height = dice.pick(4, 4, 6, 8), dice.between(0.9, 1.3), dice.between(0.9, 1.8)
    angle = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    foot = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(sides)])
    wall = (0, 0, dice.pick(0.0, 0.3, 0.6))
    apex = np.array([0, 0, height + wall[2]])
    return join(sheet([foot, foot + wall, 0.05 * foot + apex], around=True), rod((0, 0, 0), apex * 1.05, 0.02))


def canopy(dice: Dice) -> Mesh:
    """A roof on four poles, flat or pointed, with some walls."""
    x, y, eave = dice.between(0.8, 1.3), dice.between(0.8, 1.3), dice.between(0.9, 1.3)
    peak = eave + dice.between(0.1, 0.7)
    corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
    parts = [rod((a, b, 0), (a, b, eave), 0.03, 6) for a, b in corners]
    for (a, b), (c, d) in zip(corners, corners[1:] + corners[:1], strict=True):
        parts.append(quad((a, b, eave), (c, d, eave), (0, 0, peak), (0, 0, peak)))
        if dice.chance(0.3):
            parts.append(quad((a, b, 0), (c, d, 0), (c, d, eave), (a, b, eave)))
    return join(*parts)
