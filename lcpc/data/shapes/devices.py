"""Machines of the house: keyboard, laptop, monitor, radio, range_hood, xbox."""

from __future__ import annotations

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.primitives import (
    EMPTY,
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
    turn,
)


def keys(dice: Dice, x: tuple[float, float], y: tuple[float, float], z: float, columns: int) -> Mesh:
    """Rows of keys standing on height z."""
    rows, tall = dice.count(4, 6), dice.between(0.006, 0.025)
    at_x, at_y = np.linspace(*x, columns + 1), np.linspace(*y, rows + 1)
    gap = 0.12 * (at_x[1] - at_x[0])
    low = np.array([(a, b, z) for a in at_x[:-1] for b in at_y[:-1]]) + (gap, gap, 0)
    step = np.array([at_x[1] - at_x[0], at_y[1] - at_y[0], 0])
    return blocks(low, low + step + (-2 * gap, -2 * gap, tall))


def keyboard(dice: Dice) -> Mesh:
    """A flat, sometimes wedge-shaped plate with rows of keys, with or without number pad and palm rest."""
    width, depth, thick = dice.between(0.75, 1.25), dice.between(0.26, 0.5), dice.between(0.02, 0.08)
    x, y = width / 2, depth / 2
    split = x * dice.between(0.35, 0.6) if dice.chance(0.65) else x
    rest, power = dice.pick(0.0, 0.0, 0.08, 0.16), dice.pick(8.0, 40.0)
    parts = [loft([ring(width, depth + 2 * rest, z, power, at=(0, -rest)) for z in (0, thick)])]
    parts.append(keys(dice, (-x * 0.96, split * 0.96), (-y * 0.9, y * 0.9), thick, 14))
    if split < x:
        parts.append(keys(dice, (split * 1.02, x * 0.96), (-y * 0.9, y * 0.9), thick, 4))
    board = turn(join(*parts), "x", dice.between(0, 10))
    if dice.chance(0.15):
        return join(board, ellipsoid((0.06, 0.1, 0.04), (x + dice.between(0.15, 0.25), -y * 0.2, 0.03), 6, 9))
    return board


def laptop(dice: Dice) -> Mesh:
    """A base with keys and a screen at any opening."""
    width, depth, thick = dice.between(0.9, 1.25), dice.between(0.65, 0.95), dice.between(0.03, 0.08)
    x, y = width / 2, depth / 2
    parts = [block((-x, x), (-y, y), (0, thick)), keys(dice, (-x * 0.88, x * 0.88), (-y * 0.1, y * 0.8), thick, 12)]
    if dice.chance(0.6):
        parts.append(box((width * 0.25, depth * 0.25, 0.008), (0, -y * 0.55, thick)))
    tall = depth * dice.between(0.85, 1.0)
    screen = block((-x, x), (-thick * 0.6, 0), (0, tall))
    glass = block((-x * 0.92, x * 0.92), (-thick * 0.7, -thick * 0.6), (tall * 0.08, tall * 0.92))
    parts.append(move(turn(join(screen, glass), "x", -dice.between(-25, 50)), y=y, z=thick))
    return join(*parts)


def monitor(dice: Dice) -> Mesh:
    """A flat screen on a foot, an old deep one, or two beside each other."""
    if dice.chance(0.2):
        return tube_monitor(dice)
    width, tall, thick = dice.between(0.7, 1.4), dice.between(0.5, 0.8), dice.between(0.03, 0.14)
    lift = dice.between(0.06, 0.35)
    screen = join(
        box((width, thick, tall), (0, 0, lift)),
        box((width * 0.92, thick * 1.2, tall * 0.88), (0, -thick * 0.15, lift + tall * 0.06)),
        box((width * dice.between(0.3, 0.7), thick + 0.05, tall * 0.5), (0, 0.05, lift + tall * 0.25)),
    )
    screen = move(turn(move(screen, z=-lift), "x", -dice.between(-5, 15)), z=lift)
    parts = [screen, screen_foot(dice, width, lift)]
    if dice.chance(0.12):
        beside = move(turn(screen, "z", dice.between(-25, 0)), x=width * 1.02)
        parts.append(beside)
    return join(*parts)


def screen_foot(dice: Dice, width: float, lift: float) -> Mesh:
    """A plate, a disc or two feet below the neck of a screen."""
    kind, wide = dice.pick("plate", "disc", "feet"), width * dice.between(0.25, 0.65)
    if kind == "feet":
        return join(*(box((0.05, 0.3, lift), (s * wide / 2, 0, 0)) for s in (-1, 1)))
    power = 2.0 if kind == "disc" else 20.0
    deep = dice.between(0.2, 0.4)
    plate = loft([ring(wide, deep, z, power) for z in (0, 0.03)])
    return join(plate, box((dice.between(0.05, 0.2), 0.06, lift + 0.1), (0, 0.04, 0)))


def tube_monitor(dice: Dice) -> Mesh:
    """A deep case that narrows to the back."""
    width, tall, deep = dice.between(0.7, 1.0), dice.between(0.6, 0.8), dice.between(0.4, 0.8)
    front = ring(width, tall, 0, 20.0)
    case = loft([front, front + (0, 0, 0.15), ring(width * 0.6, tall * 0.6, 0.15 + deep, 10.0)])
    foot = cylinder(width * 0.3, (-tall / 2 - 0.1, -tall / 2), (0, 0.3), top=width * 0.2)
    return move(join(turn(case, "x", 270), foot), z=tall / 2 + 0.1)


def radio(dice: Dice) -> Mesh:
    """A case with speakers and knobs, an antenna, a handle; long, square or upright like a hand set."""
    width, tall, deep = dice.between(0.4, 1.1), dice.between(0.3, 0.8), dice.between(0.12, 0.35)
    power = dice.pick(5.0, 30.0)
    case = turn(loft([ring(width, tall, z, power, at=(0, tall / 2)) for z in (0, deep)]), "x", 90)
    parts = [move(case, y=deep / 2)]
    for side in dice.pick((0.0,), (-0.3,), (-0.3, 0.3)):
        speaker = turn(cylinder(tall * dice.between(0.18, 0.36), (0, 0.03)), "x", 90)
        parts.append(move(speaker, side * width, -deep / 2, tall * 0.45))
    for _ in range(dice.count(0, 4)):
        knob = turn(cylinder(0.035, (0, 0.05), sides=8), "x", 90)
        parts.append(move(knob, dice.between(-0.4, 0.4) * width, -deep / 2, tall * dice.between(0.7, 0.9)))
    if dice.chance(0.65):
        x, rise = dice.pick(-1, 1) * width * 0.42, dice.between(0.4, 1.1)
        parts.append(rod((x, 0, tall * 0.9), (x * dice.between(-0.5, 1.5), 0, tall + rise), 0.015))
    if dice.chance(0.4):
        rise = tall + dice.between(0.08, 0.2)
        parts.append(block((-width * 0.35, width * 0.35), (-0.03, 0.03), (rise, rise + 0.04)))
        parts += [box((0.04, 0.04, rise - tall), (s * width * 0.33, 0, tall)) for s in (-1, 1)]
    return join(*parts)


def range_hood(dice: Dice) -> Mesh:
    """A hood below a chimney: pyramid, box, curved glass or slanted."""
    width, depth, tall = dice.between(0.7, 1.2), dice.between(0.45, 0.7), dice.between(0.12, 0.45)
    lip, pipe = dice.between(0.03, 0.12), dice.between(0.15, 0.35)
    kind = dice.pick("pyramid", "pyramid", "box", "dome", "slanted")
    rim = [ring(width, depth, z, 40.0) for z in (0, lip)]
    top = ring(pipe * 1.1, pipe, lip + tall, 40.0, at=(0, depth / 2 - pipe / 2))
    hoods = {
        "pyramid": [*rim, top],
        "box": [*rim, ring(width, depth * 0.8, lip + tall * 0.5, 40.0, at=(0, depth * 0.1))],
        "dome": [*rim, ring(width * 0.8, depth * 0.8, lip + tall * 0.6, 40.0, at=(0, depth * 0.1)), top],
        "slanted": [*rim, ring(width, depth * 0.3, lip + tall, 40.0, at=(0, depth * 0.35))],
    }
    parts = [loft(hoods[kind], bottom=dice.chance(0.5))]
    if dice.chance(0.85):
        chimney = dice.between(0.3, 1.1)
        square = dice.chance(0.75)
        at = (0.0, depth / 2 - pipe / 2)
        shape = ring(pipe, pipe, 0, 40.0 if square else 2.0, at=at)
        parts.append(loft([shape + (0, 0, lip + tall * 0.4), shape + (0, 0, lip + tall + chimney)]))
    return join(*parts)


def xbox(dice: Dice) -> Mesh:
    """A console lying or upright, with slots, feet and perhaps a controller beside it."""
    width, depth, tall = dice.between(0.8, 1.2), dice.between(0.6, 1.0), dice.between(0.18, 0.36)
    x, y = width / 2, depth / 2
    waist = dice.between(0.85, 1.0)
    levels = [(1.0, 0.0), (waist, tall / 2), (1.0, tall)]
    power = dice.pick(8.0, 30.0)
    parts = [loft([ring(width * s, depth * s, z, power) for s, z in levels])]
    parts.append(block((-x * 0.7, x * 0.2), (-y - 0.015, -y * waist), (tall * 0.55, tall * 0.7)))
    if dice.chance(0.6):
        parts.append(box((width * dice.between(0.3, 0.7), depth * dice.between(0.3, 0.7), 0.03), (0, 0, tall)))
    if dice.chance(0.3):
        parts.append(cylinder(dice.between(0.1, 0.25), (tall, tall + 0.02), (dice.normal(0.1), dice.normal(0.1))))
    console = join(*parts)
    if dice.chance(0.35):
        console = move(turn(console, "y", 90), z=x)
    return join(console, controller(dice, x + 0.35, -y * 0.5) if dice.chance(0.35) else EMPTY)


def controller(dice: Dice, x: float, y: float) -> Mesh:
    """A game pad: a body and two grips."""
    grips = [ellipsoid((0.06, 0.14, 0.05), (x + s * 0.13, y - 0.08, 0.05), 6, 8) for s in (-1, 1)]
    sticks = [cylinder(0.03, (0.06, 0.13), (x + s * 0.06, y), sides=7) for s in (-1, 1)]
    return join(ellipsoid((0.2, 0.1, 0.06), (x, y, 0.06), 6, 10), *grips, *(sticks if dice.chance(0.7) else []))
