"""Things to sit and lie on: bed, bench, chair, sofa, stool."""

from __future__ import annotations

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.parts import legs, stretchers
from lcpc.data.shapes.primitives import (
    EMPTY,
    arc,
    block,
    blocks,
    box,
    cylinder,
    ellipsoid,
    join,
    loft,
    move,
    ring,
    rod,
    tube,
    turn,
)


def bed(dice: Dice) -> Mesh:
    """Mattress between headboard and footboard, with pillows; sometimes a bunk or a four-poster."""
    width, length = dice.between(0.8, 1.9), dice.between(1.8, 2.2)
    base, mattress = dice.between(0.1, 0.4), dice.between(0.15, 0.35)
    x, y = width / 2, length / 2
    parts = [block((-x, x), (-y, y), (base * dice.between(0.1, 0.7), base)), lying(dice, x, y, (base, base + mattress))]
    head = base + mattress + dice.between(0.1, 0.8)
    parts.append(block((-x - 0.05, x + 0.05), (y, y + dice.between(0.04, 0.2)), (0, head)))
    if dice.chance(0.5):
        foot = base + mattress * dice.between(0.5, 1.8)
        parts.append(block((-x - 0.05, x + 0.05), (-y - dice.between(0.04, 0.15), -y), (0, foot)))
    else:
        parts.append(legs(dice, width, length, base, 0.08))
    if dice.chance(0.2):
        parts.append(upper_deck(dice, x, y, mattress))
    if dice.chance(0.25):
        side = x + 0.35
        parts += [box((0.45, 0.4, base + mattress), (s * side, y - 0.2, 0)) for s in dice.pick((-1,), (1,), (-1, 1))]
    return join(*parts)


def lying(dice: Dice, x: float, y: float, z: tuple[float, float]) -> Mesh:
    """Mattress, pillows and perhaps a blanket that hangs over the sides."""
    parts = [block((-x, x), (-y, y), z)]
    count = dice.count(0, 3)
    places = np.linspace(-x, x, count + 2)[1:-1]
    parts += [ellipsoid((0.85 * x / max(count, 1), 0.22, 0.09), (p, y - 0.3, z[1] + 0.05), 6, 10) for p in places]
    if dice.chance(0.4):
        over = 0.04
        parts.append(block((-x - over, x + over), (-y, y * dice.between(0.1, 0.6)), (z[0] - 0.1, z[1] + over)))
    return join(*parts)


def upper_deck(dice: Dice, x: float, y: float, mattress: float) -> Mesh:
    """A second bed above the first, or only a canopy, on four posts."""
    height = dice.between(1.2, 1.8)
    posts = [box((0.07, 0.07, height + 0.3), (a, b, 0)) for a in (-x, x) for b in (-y, y)]
    thick = mattress if dice.chance(0.6) else 0.04
    return join(*posts, block((-x, x), (-y, y), (height, height + thick)))


def bench(dice: Dice) -> Mesh:
    """A long seat with or without back and arms, on legs, slabs or trestles."""
    width, depth, height = dice.between(1.1, 2.4), dice.between(0.35, 0.65), dice.between(0.38, 0.55)
    thick = dice.between(0.03, 0.12)
    parts = [slats(dice, width, depth, height, thick), bench_support(dice, width, depth, height)]
    if dice.chance(0.6):
        rise = dice.between(0.25, 0.6)
        back = move(turn(slats(dice, width, rise, 0, thick), "x", 90 - dice.between(0, 18)), y=depth / 2, z=height + rise / 2)
        parts.append(back)
    if dice.chance(0.4):
        arm = height + dice.between(0.15, 0.3)
        for x in (-width / 2, width / 2):
            parts += [box((0.06, depth, 0.04), (x, 0, arm)), box((0.05, 0.05, arm), (x, -depth / 2, 0))]
    return join(*parts)


def slats(dice: Dice, width: float, depth: float, z: float, thick: float) -> Mesh:
    """A board of `width` x `depth` at height z, solid or of 3 to 6 planks."""
    count = dice.pick(1, 1, 3, 4, 6)
    edges = np.linspace(-depth / 2, depth / 2, count + 1)
    gap = 0.0 if count == 1 else 0.2 * depth / count
    low = [(-width / 2, edge, z) for edge in edges[:-1]]
    return blocks(low, [(width / 2, edge - gap, z + thick) for edge in edges[1:]])


def bench_support(dice: Dice, width: float, depth: float, height: float) -> Mesh:
    """Legs, two slabs, a closed base or three trestles."""
    kind = dice.pick("legs", "slabs", "closed", "trestles")
    if kind == "legs":
        return legs(dice, width, depth, height, dice.between(0.05, 0.12))
    if kind == "closed":
        return box((width * dice.between(0.8, 1), depth * dice.between(0.7, 1), height))
    places = (-0.4, 0.4) if kind == "slabs" else (-0.42, 0.0, 0.42)
    thick = dice.between(0.05, 0.2) if kind == "slabs" else 0.05
    return join(*(box((thick, depth * dice.between(0.7, 1), height), (p * width, 0, 0)) for p in places))


def chair(dice: Dice) -> Mesh:
    """Seat and back on legs or on a swivel base, with or without arms."""
    width, depth, height = dice.between(0.4, 0.7), dice.between(0.4, 0.65), dice.between(0.38, 0.55)
    thick, power = dice.between(0.03, 0.16), dice.pick(2.0, 4.0, 20.0)
    parts = [loft([ring(width, depth, z, power) for z in (height, height + thick)])]
    parts.append(chair_back(dice, width, depth, height + thick))
    swivel = dice.chance(0.3)
    parts.append(swivel_base(dice, height) if swivel else legs(dice, width, depth, height, dice.between(0.03, 0.08)))
    if not swivel and dice.chance(0.3):
        parts.append(stretchers(width, depth, height * dice.between(0.2, 0.6), 0.04))
    if dice.chance(0.45):
        parts.append(arms(dice, width, depth, height))
    return join(*parts)


def chair_back(dice: Dice, width: float, depth: float, z: float) -> Mesh:
    """A solid, slatted, ladder or round back that leans."""
    rise, thick = dice.between(0.3, 0.8), dice.between(0.02, 0.1)
    kind = dice.pick("solid", "slatted", "ladder", "round")
    x = width / 2
    if kind == "solid":
        back = box((width * dice.between(0.7, 1), thick, rise))
    elif kind == "round":
        back = move(turn(loft([ring(width, rise, h) for h in (0, thick)]), "x", 90), z=rise / 2 - 0.02)
    else:
        posts = [box((0.05, 0.04, rise), (s * (x - 0.025), 0, 0)) for s in (-1, 1)]
        back = join(*posts, rungs(dice, x, rise, upright=kind == "slatted"))
    return move(turn(back, "x", -dice.between(0, 18)), y=depth / 2 - thick / 2, z=z)


def rungs(dice: Dice, x: float, rise: float, upright: bool) -> Mesh:
    """The bars of an open back: upright below a top rail, or across."""
    count = dice.count(2, 6)
    if not upright:
        heights = np.linspace(0.25, 1, count) * rise
        return join(*(block((-x, x), (-0.015, 0.015), (h - 0.06, h)) for h in heights))
    bars = [rod((p, 0, 0), (p, 0, rise), 0.012, 5) for p in np.linspace(-x, x, count + 2)[1:-1]]
    return join(*bars, block((-x, x), (-0.02, 0.02), (rise - 0.1, rise)))


def swivel_base(dice: Dice, height: float) -> Mesh:
    """A column on a star of feet or on a disc."""
    column = cylinder(dice.between(0.02, 0.05), (0, height))
    reach = dice.between(0.22, 0.36)
    if dice.chance(0.35):
        return join(column, cylinder(reach, (0, 0.03)))
    turns = np.linspace(0, 2 * np.pi, dice.pick(4, 5, 5) + 1)[:-1]
    feet = [rod((0, 0, 0.1), (reach * np.cos(a), reach * np.sin(a), 0.06), 0.025) for a in turns]
    castors = [ellipsoid((0.035,) * 3, (reach * np.cos(a), reach * np.sin(a), 0.035), 5, 6) for a in turns]
    return join(column, *feet, *castors)


def arms(dice: Dice, width: float, depth: float, height: float) -> Mesh:
    """Two arm rests: solid panels, rails on posts, or bent bars."""
    kind, rise = dice.pick("panel", "rail", "bent"), dice.between(0.16, 0.3)
    y, z = depth / 2, height + rise
    parts = []
    for x in (-width / 2, width / 2):
        if kind == "panel":
            parts.append(block((x - 0.03, x + 0.03), (-y, y), (height, z)))
        elif kind == "rail":
            parts += [
                block((x - 0.03, x + 0.03), (-y, y), (z, z + 0.03)),
                rod((x, -y * 0.8, height), (x, -y * 0.8, z), 0.02),
            ]
        else:
            parts.append(tube(arc((x, 0, height), y, (0, 180), "yz"), 0.02))
    return join(*parts)


def sofa(dice: Dice) -> Mesh:
    """A wide upholstered seat with back, arms and cushions; sometimes L-shaped or with one seat only."""
    width = dice.between(0.9, 2.6)
    depth, seat, back = dice.between(0.7, 1.0), dice.between(0.3, 0.48), dice.between(0.65, 1.0)
    arm, thick = dice.between(0.1, 0.3), dice.between(0.15, 0.3)
    x, y, lift = width / 2, depth / 2, dice.pick(0.0, 0.06, 0.14)
    parts = [block((-x, x), (-y, y), (lift, seat)), sofa_back(dice, x, y, seat, back, thick)]
    rise = dice.between(0.5, 0.75) if dice.chance(0.85) else seat
    parts += [block((s * x - arm / 2, s * x + arm / 2), (-y, y), (lift, rise)) for s in (-1, 1)]
    parts.append(cushions(dice, x - arm / 2, y - thick, seat))
    if lift:
        parts.append(legs(dice, width, depth, lift, 0.07))
    if width > 1.6 and dice.chance(0.25):
        reach, side = dice.between(0.5, 1.0), dice.pick(-1, 1)
        parts.append(block((side * x - 0.35, side * x + 0.35), (-y - reach, -y), (lift, seat)))
    return join(*parts)


def sofa_back(dice: Dice, x: float, y: float, seat: float, back: float, thick: float) -> Mesh:
    """The back: upright or leaning, straight or with a rounded top."""
    lean = dice.between(0, 12)
    board = block((-x, x), (-thick, 0), (0, back - seat))
    roll = turn(cylinder(thick * 0.6, (-x, x)), "y", 90) if dice.chance(0.3) else EMPTY
    leaning = turn(join(board, move(roll, y=-thick / 2, z=back - seat)), "x", -lean)
    return move(leaning, y=y, z=seat)


def cushions(dice: Dice, x: float, y: float, seat: float) -> Mesh:
    """Seat cushions side by side and perhaps loose ones."""
    count = dice.count(1, 3)
    edges = np.linspace(-x, x, count + 1)
    thick = dice.between(0.06, 0.16)
    low = [(edge + 0.015, -y - 0.1, seat) for edge in edges[:-1]]
    parts = [blocks(low, [(edge - 0.015, y, seat + thick) for edge in edges[1:]])]
    for _ in range(dice.pick(0, 0, 1, 2)):
        pillow = turn(ellipsoid((0.22, 0.07, 0.2), rings=6, sides=10), "x", -15)
        parts.append(move(pillow, dice.between(-0.7, 0.7) * x, y - 0.06, seat + thick + 0.17))
    return join(*parts)


def stool(dice: Dice) -> Mesh:
    """A round or square seat without back, low or as high as a bar, on legs, a ring or a column."""
    width, height = dice.between(0.28, 0.5), dice.between(0.35, 0.95)
    depth = width * dice.between(0.8, 1.0)
    thick, power = dice.between(0.03, 0.12), dice.pick(2.0, 2.0, 12.0)
    seat = loft([ring(width, depth, z, power) for z in (height, height + thick)])
    if dice.chance(0.3):
        base = join(swivel_base(dice, height), tube(arc((0, 0, height * 0.35), width * 0.4, (0, 360), "xy", 15), 0.012))
    elif dice.chance(0.3):
        base = three_legs(dice, width, height)
    else:
        base = join(legs(dice, width, depth, height, dice.between(0.03, 0.07)), stretchers(width, depth, height * 0.3, 0.03))
    low_back = dice.chance(0.15)
    back = box((width, 0.03, dice.between(0.1, 0.2)), (0, depth / 2, height + thick)) if low_back else EMPTY
    return join(seat, base, back)


def three_legs(dice: Dice, width: float, height: float) -> Mesh:
    """Three splayed legs with a ring."""
    foot, top = width * dice.between(0.4, 0.65), width * 0.3
    turns = np.radians([90, 210, 330])
    bars = [rod((foot * np.cos(a), foot * np.sin(a), 0), (top * np.cos(a), top * np.sin(a), height), 0.02) for a in turns]
    return join(*bars, tube(arc((0, 0, height * 0.4), foot * 0.85, (0, 360), "xy", 13), 0.012))
