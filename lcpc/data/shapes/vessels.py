"""Round things that hold something: bottle, bowl, cone, cup, flower_pot, lamp, plant, vase."""

from __future__ import annotations

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.parts import foliage
from lcpc.data.shapes.primitives import (
    Span,
    arc,
    box,
    cylinder,
    ellipsoid,
    join,
    loft,
    move,
    revolve,
    ring,
    rod,
    stretch,
    tube,
)


def hollow(profile: list[Span], wall: float) -> Mesh:
    """An open vessel: the outside `profile` of (radius, z) from the foot to the rim, and an inside within `wall`."""
    inside = [(max(radius - wall, 0.01), z + wall * (z == profile[0][1])) for radius, z in reversed(profile)]
    return revolve([*profile, *inside])


def curve(dice: Dice, foot: float, belly: float, neck: float, rim: float, height: float) -> list[Span]:
    """A smooth (radius, z) profile through foot, belly, neck and rim at heights that vary."""
    at = np.array([0.0, dice.between(0.2, 0.5), dice.between(0.65, 0.88), 1.0])
    z = np.linspace(0, 1, 12)
    weights = np.polyfit(at, [foot, belly, neck, rim], 3)
    lowest = 0.4 * min(foot, belly, neck, rim)
    return [(max(float(np.polyval(weights, level)), lowest), float(level * height)) for level in z]


def vase(dice: Dice) -> Mesh:
    """A turned vessel with a belly and a neck, sometimes angular, with handles or with flowers."""
    height = dice.between(0.7, 1.6)
    foot, belly = dice.between(0.12, 0.3), dice.between(0.2, 0.5)
    neck, rim = dice.between(0.08, 0.32), dice.between(0.12, 0.4)
    body = hollow(curve(dice, foot, belly, neck, rim, height), dice.between(0.02, 0.05))
    if dice.chance(0.2):
        body = stretch(body, y=dice.between(0.4, 0.8))
    parts = [body]
    if dice.chance(0.15):
        side = tube(arc((belly * 0.8, 0, height * 0.6), 0.2 * height, (-90, 90)), 0.03)
        parts += [side, stretch(side, x=-1)]
    if dice.chance(0.3):
        parts.append(foliage(dice, height * 0.9, height * dice.between(0.4, 0.9), dice.between(0.3, 0.6)))
    return join(*parts)


def flower_pot(dice: Dice) -> Mesh:
    """A pot with earth and, mostly, a plant of about its own size; round or square, with a rim or a saucer."""
    height = dice.between(0.35, 0.8)
    rim = height * dice.between(0.45, 0.9)
    foot, power = rim * dice.between(0.55, 0.95), dice.pick(2.0, 2.0, 2.0, 8.0)
    parts = [pot(dice, foot, rim, height, power)]
    if dice.chance(0.75):
        parts.append(foliage(dice, height * 0.9, height * dice.between(0.5, 1.6), rim * dice.between(0.8, 1.8)))
    return join(*parts)


def pot(dice: Dice, foot: float, rim: float, height: float, power: float = 2.0) -> Mesh:
    """A frustum with earth inside, perhaps with a collar and a saucer."""
    parts = [loft([ring(2 * r, 2 * r, z, power) for r, z in ((foot, 0.0), (rim, height))], top=False)]
    earth = dice.between(0.75, 0.95)
    wide = 2 * (foot + (rim - foot) * earth)
    parts.append(loft([ring(wide, wide, height * earth, power), ring(wide, wide, height * earth + 0.005, power)]))
    if dice.chance(0.5):
        over = rim * dice.between(1.05, 1.15)
        parts.append(loft([ring(2 * over, 2 * over, height * s, power) for s in (0.85, 1.02)], False, False))
    if dice.chance(0.3):
        parts.append(revolve([(foot * 1.1, -0.02), (foot * dice.between(1.3, 1.6), 0.06)], top=False))
    return join(*parts)


def plant(dice: Dice) -> Mesh:
    """Mostly leaves: a plant larger than its pot, which may be missing."""
    size = dice.between(0.12, 0.4)
    height, spread = dice.between(0.7, 1.8), dice.between(0.4, 0.95)
    parts = [foliage(dice, size, height, spread)]
    if dice.chance(0.4):
        parts.append(foliage(dice, size, height * 0.7, spread * 0.8))
    if dice.chance(0.8):
        parts.append(pot(dice, size * dice.between(0.4, 0.7), size * dice.between(0.6, 1.0), size))
    return join(*parts)


def bowl(dice: Dice) -> Mesh:
    """A shallow to half-round vessel, on a foot ring or not, sometimes with a wavy or square rim."""
    radius, height = dice.between(0.4, 0.7), dice.between(0.18, 0.6)
    bend, foot = dice.between(0.35, 0.9), dice.between(0.25, 0.6) * radius
    level = np.linspace(0, 1, 9)
    profile = [(float(foot + (radius - foot) * t**bend), float(height * t)) for t in level]
    body = hollow(profile, dice.between(0.01, 0.05))
    if dice.chance(0.2):
        body = stretch(body, y=dice.between(0.6, 0.9))
    if dice.chance(0.4):
        under = height * dice.between(0.08, 0.4)
        body = join(body, revolve([(foot * dice.between(0.7, 1.3), -under), (foot * 0.8, 0)]))
    if dice.chance(0.15):
        body = join(body, ellipsoid((foot, foot, height * 0.4), (0, 0, height * 0.6), 6, 10))
    return body


def cup(dice: Dice) -> Mesh:
    """A mug, a tea cup or a goblet: handle, saucer and stem come and go."""
    radius = dice.between(0.28, 0.48)
    height = dice.between(0.5, 1.1)
    foot = radius * dice.between(0.5, 1.0)
    bend = dice.between(0.3, 1.2)
    profile = [(float(foot + (radius - foot) * t**bend), float(height * t)) for t in np.linspace(0, 1, 7)]
    parts = [hollow(profile, dice.between(0.02, 0.06))]
    if dice.chance(0.65):
        size, middle = height * dice.between(0.2, 0.36), height * dice.between(0.45, 0.6)
        handle = tube(arc(((radius + foot) / 2, 0, middle), size, (-95, 95)), dice.between(0.025, 0.06))
        parts.append(stretch(handle, y=dice.between(0.8, 2.0)))
    if dice.chance(0.2):
        parts.append(revolve([(foot, -0.03), (radius * dice.between(1.5, 2.0), 0.06)], top=False))
    elif dice.chance(0.2):
        stem = dice.between(0.25, 0.7)
        parts += [cylinder(0.05, (-stem, 0)), cylinder(radius * 0.8, (-stem - 0.04, -stem), top=radius * 0.6)]
    return join(*parts)


def bottle(dice: Dice) -> Mesh:
    """Body, shoulder, neck and cap; round, oval or square, slim or stout, sometimes with a pump or a handle."""
    radius, height = dice.between(0.16, 0.4), dice.between(0.6, 1.2)
    neck, rise = radius * dice.between(0.25, 0.6), dice.between(0.15, 0.7)
    shoulder, power = height + dice.between(0.03, 0.35), dice.pick(2.0, 2.0, 2.0, 4.0, 10.0)
    waist = radius * dice.between(0.75, 1.05)
    profile = [(radius * 0.9, 0.0), (radius, 0.05), (waist, height / 2), (radius, height), (neck, shoulder)]
    flat = dice.pick(1.0, 1.0, dice.between(0.4, 0.8))
    rings = [ring(2 * r, 2 * r * flat, z, power if r > neck else 2.0) for r, z in profile]
    parts = [loft(rings), cylinder(neck, (shoulder, shoulder + rise), top=neck * dice.between(0.7, 1.0))]
    top = shoulder + rise
    if dice.chance(0.5):
        parts.append(cylinder(neck * dice.between(1.05, 1.4), (top - 0.1, top + 0.03)))
    if dice.chance(0.15):
        parts += [rod((0, 0, top), (0, 0, top + 0.15), 0.03), rod((0, 0, top + 0.15), (0.2, 0, top + 0.12), 0.03)]
    if dice.chance(0.12):
        parts.append(tube(arc((radius * 0.9, 0, height * 0.7), 0.25 * height, (-90, 90)), 0.04))
    return join(*parts)


def cone(dice: Dice) -> Mesh:
    """A cone, plain, blunt, stepped or as it stands on roads."""
    radius, height, sides = dice.between(0.3, 0.7), dice.between(0.6, 1.6), dice.pick(8, 16, 24)
    tip = radius * dice.pick(0.0, 0.0, 0.1, 0.2)
    parts = [revolve([(radius, 0.0), (tip, height)], bottom=dice.chance(0.6), top=tip > 0, sides=sides)]
    if dice.chance(0.4):
        parts.append(box((radius * 2.4, radius * 2.4, 0.06), (0, 0, -0.06)))
    elif dice.chance(0.3):
        parts.append(cylinder(radius * 1.25, (-0.06, 0)))
    if dice.chance(0.2):
        parts.append(move(revolve([(radius * 0.72, 0), (radius * 0.5, height * 0.2)], False, False), z=height * 0.35))
    if dice.chance(0.1):
        parts.append(ellipsoid((radius * 0.95, radius * 0.95, radius * 0.6), (0, 0, 0)))
    return join(*parts)


def lamp(dice: Dice) -> Mesh:
    """A table, floor, desk or hanging lamp."""
    build = dice.pick(standing_lamp, standing_lamp, desk_lamp, hanging_lamp)
    return build(dice)


def shade(dice: Dice, z: float, size: float) -> Mesh:
    """A shade whose lower rim is at height z: drum, cone, dome or globe."""
    kind = dice.pick("drum", "cone", "cone", "dome", "globe")
    if kind == "globe":
        return ellipsoid((size, size, size * 0.9), (0, 0, z + size * 0.9))
    tall = size * dice.between(0.7, 1.6)
    if kind == "dome":
        return revolve([(size, z), (size * 0.9, z + tall * 0.4), (size * 0.5, z + tall * 0.8), (0.02, z + tall)], False, False)
    top = size * (dice.between(0.85, 1.0) if kind == "drum" else dice.between(0.25, 0.7))
    return revolve([(size, z), (top, z + tall)], bottom=False, top=False)


def standing_lamp(dice: Dice) -> Mesh:
    """A foot, a stem (a rod, or turned like a vase) and a shade."""
    size, stem = dice.between(0.18, 0.4), dice.between(0.3, 1.6)
    foot = size * dice.between(0.5, 1.0)
    base = cylinder(foot, (0, 0.04), top=foot * dice.between(0.4, 1.0))
    if stem < 0.7 and dice.chance(0.6):
        middle = dice.between(0.08, 0.22)
        post = revolve(curve(dice, dice.between(0.08, 0.16), middle, 0.06, 0.04, stem))
    else:
        post = cylinder(dice.between(0.015, 0.035), (0, stem), sides=8)
    return join(base, post, shade(dice, stem * dice.between(0.85, 1.0), size))


def desk_lamp(dice: Dice) -> Mesh:
    """A foot, two arms with a joint, and a tilted shade."""
    lower, upper = dice.between(0.4, 0.8), dice.between(0.3, 0.7)
    lean, bend = np.radians(dice.between(-30, 20)), np.radians(dice.between(40, 110))
    joint = np.array([np.sin(lean) * lower, 0, np.cos(lean) * lower])
    head = joint + upper * np.array([np.sin(bend), 0, np.cos(bend)])
    size = dice.between(0.1, 0.2)
    dome = revolve([(size, 0), (size * 0.7, size), (0.03, size * 1.5)], False, False)
    foot = cylinder(dice.between(0.14, 0.25), (0, dice.between(0.02, 0.08)))
    bars = [rod((0, 0, 0), joint, 0.02), rod(joint, head, 0.02)]
    return join(foot, *bars, move(dome, head[0], head[1], head[2] - size * 1.4))


def hanging_lamp(dice: Dice) -> Mesh:
    """A cord from the ceiling with one shade, or several on arms."""
    size, cord = dice.between(0.2, 0.5), dice.between(0.3, 1.2)
    ceiling = cylinder(0.08, (cord + size, cord + size + 0.04))
    line = cylinder(0.015, (size, cord + size), sides=6)
    if dice.chance(0.6):
        return join(ceiling, line, shade(dice, 0.0, size))
    one, parts = shade(dice, 0.0, size * 0.4), []
    for angle in np.linspace(0, 2 * np.pi, dice.count(3, 6) + 1)[:-1]:
        x, y = size * np.cos(angle), size * np.sin(angle)
        parts += [move(one, x, y, 0.1), rod((0, 0, size), (x, y, 0.1 + size * 0.3), 0.015)]
    return join(ceiling, line, *parts)
