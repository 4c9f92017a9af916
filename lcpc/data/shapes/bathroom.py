"""Basins and what stands beside them: bathtub, sink, toilet."""

from __future__ import annotations

import itertools

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.primitives import (
    EMPTY,
    Span,
    arc,
    block,
    box,
    cylinder,
    ellipsoid,
    join,
    loft,
    move,
    ring,
    rod,
    sheet,
    tube,
    turn,
)


def basin(width: float, depth: float, z: Span, power: float, taper: float, wall: float) -> Mesh:
    """An open shell from the floor z[0] to the rim z[1]; the foot is `taper` times as wide as the rim."""
    low, high = z
    rings = [ring(width * taper, depth * taper, low, power), ring(width, depth, (low + high) / 2, power)]
    rings += [ring(width + wall, depth + wall, high, power), ring(width - wall, depth - wall, high, power)]
    rings.append(ring(width * taper - wall, depth * taper - wall, low + wall, power))
    return loft(rings)


def tap(dice: Dice, y: float, z: float, size: float) -> Mesh:
    """A spout that bends forward from (0, y, z), with one or two handles or none."""
    bend = arc((0, y - size / 2, z + size), size / 2, (0, 150), "yz")
    parts = [tube(np.vstack([[(0, y, z)], bend]), size * 0.12)]
    spread = size * dice.between(0.6, 1.2)
    parts += [rod((s * spread, y, z), (s * spread, y, z + size * 0.4), size * 0.1) for s in dice.pick((), (1,), (-1, 1))]
    return join(*parts)


def bathtub(dice: Dice) -> Mesh:
    """A long basin: free standing on feet, on the floor, or in a surround; round, oval, slipper or angular."""
    length, width, height = dice.between(1.3, 1.9), dice.between(0.65, 0.95), dice.between(0.4, 0.7)
    power, taper = dice.pick(2.0, 2.5, 4.0, 10.0), dice.between(0.7, 0.95)
    tub = basin(length, width, (0, height), power, taper, 0.06)
    if dice.chance(0.25):
        rise = dice.between(0.1, 0.35)
        tub.vertices[:, 2] *= 1 + rise * (tub.vertices[:, 0] / length) * dice.pick(0.8, 1.6)
    parts = [tub]
    if dice.chance(0.35):
        parts.append(surround(dice, length, width, height))
    elif dice.chance(0.4):
        lift = dice.between(0.08, 0.18)
        corners = [(a * length * 0.3, b * width * 0.25) for a in (-1, 1) for b in (-1, 1)]
        parts += [cylinder(0.06, (-lift, 0.1), at, top=0.03) for at in corners]
    if dice.chance(0.4):
        parts.append(move(turn(tap(dice, 0.0, height, 0.2), "z", 90), x=dice.pick(-1, 1) * length * 0.48))
    return join(*parts)


def surround(dice: Dice, length: float, width: float, height: float) -> Mesh:
    """Four panels around a tub, with a deck between them and its rim."""
    x, y = length / 2 + dice.between(0.04, 0.3), width / 2 + dice.between(0.04, 0.25)
    sides = [block((-x, x), (b, b + 0.02), (0, height)) for b in (-y, y)]
    sides += [block((a, a + 0.02), (-y, y), (0, height)) for a in (-x, x)]
    frame = loft([ring(length, width, height, 6.0), ring(2 * x, 2 * y, height, 40.0)], False, False)
    return join(*sides, frame)


def sink(dice: Dice) -> Mesh:
    """One or two basins: on a pedestal, in a counter, in a cabinet, on the wall; with a tap."""
    width, depth, deep = dice.between(0.4, 0.75), dice.between(0.35, 0.55), dice.between(0.12, 0.3)
    bowls = dice.pick(1, 1, 2)
    places = [0.0] if bowls == 1 else [-width * 0.53, width * 0.53]
    power, taper = dice.pick(2.0, 3.0, 10.0), dice.between(0.5, 0.9)
    parts = [move(basin(width, depth, (-deep, 0), power, taper, 0.03), x=at) for at in places]
    span = width * bowls * dice.between(1.02, 1.7)
    if dice.chance(0.6):
        parts.append(deck(places, (width, depth), (span, depth * dice.between(1.1, 1.4)), power))
    parts.append(sink_stand(dice, span, depth, deep))
    if dice.chance(0.85):
        parts.append(tap(dice, depth * 0.53, 0.0, dice.between(0.12, 0.4)))
    return join(*parts)


def deck(places: list[float], hole: Span, size: Span, power: float) -> Mesh:
    """The counter around the basins at z = 0, with a border."""
    edges = [-size[0] / 2, *((a + b) / 2 for a, b in itertools.pairwise(places)), size[0] / 2]
    parts = []
    for place, (left, right) in zip(places, itertools.pairwise(edges), strict=True):
        outer = ring(right - left, size[1], 0.0, 40.0, at=((left + right) / 2, 0.0))
        parts.append(loft([ring(hole[0], hole[1], 0.0, power, at=(place, 0.0)), outer], False, False))
    rim = sheet([ring(size[0], size[1], z, 40.0) for z in (0.0, -0.04)], around=True)
    return join(*parts, rim)


def sink_stand(dice: Dice, span: float, depth: float, deep: float) -> Mesh:
    """What is below a basin: nothing, a pedestal, a cabinet or two legs."""
    kind, floor = dice.pick("nothing", "nothing", "pedestal", "cabinet", "legs"), -dice.between(0.6, 0.85)
    if kind == "nothing":
        return EMPTY
    if kind == "pedestal":
        return cylinder(dice.between(0.1, 0.16), (floor, -deep * 0.8), top=dice.between(0.06, 0.14))
    if kind == "cabinet":
        x, y = span / 2, depth / 2
        panels = [block((-x, x), (b, b + 0.02), (floor, -0.04)) for b in (-y, y)]
        return join(*panels, *(block((a, a + 0.02), (-y, y), (floor, -0.04)) for a in (-x, x)))
    return join(*(rod((s * span * 0.45, -depth * 0.4, floor), (s * span * 0.45, -depth * 0.4, 0), 0.025) for s in (-1, 1)))


def toilet(dice: Dice) -> Mesh:
    """Bowl, seat, lid (open or closed) and a cistern, which may be in the wall."""
    width, length, height = dice.between(0.34, 0.44), dice.between(0.45, 0.62), dice.between(0.36, 0.46)
    foot = dice.between(0.45, 0.9)
    rings = [
        ring(width * foot, length * foot * 1.1, 0, 2.5, at=(0, 0.05)),
        ring(width * foot * 0.9, length * foot, height * 0.4),
    ]
    rings += [
        ring(width, length, height),
        ring(width * 0.7, length * 0.7, height),
        ring(width * 0.4, length * 0.4, height * 0.4),
    ]
    parts = [loft(rings), move(lid(dice, width, length), y=length * 0.45, z=height + 0.02)]
    parts.append(box((width * 0.8, 0.25, height * dice.between(0.5, 1.0)), (0, length / 2, 0)))
    if dice.chance(0.85):
        parts.append(cistern(dice, width, length, height))
    if dice.chance(0.15):
        parts.append(cylinder(0.05, (height, height + 0.5), (0.0, length / 2 + 0.1)))
    return join(*parts)


def cistern(dice: Dice, width: float, length: float, height: float) -> Mesh:
    """The water tank with its cover, behind the bowl."""
    wide, deep, tall = dice.between(0.36, 0.55), dice.between(0.15, 0.22), dice.between(0.28, 0.5)
    low, y = height * dice.pick(1.0, 1.0, 0.85), length / 2 + 0.12
    power = dice.pick(5.0, 30.0)
    tank = loft([ring(wide * s, deep * s, z, power, at=(0, y)) for s, z in ((dice.between(0.75, 1), low), (1, low + tall))])
    cover = loft([ring(wide * 1.06, deep * 1.1, low + tall + z, power, at=(0, y)) for z in (0, 0.04)])
    return join(tank, cover, ellipsoid((0.03, 0.03, 0.02), (wide * 0.3, y - deep * 0.6, low + tall * 0.8), 5, 7))


def lid(dice: Dice, width: float, length: float) -> Mesh:
    """Seat ring and lid, hinged at the origin: lying, or standing against the cistern."""
    seat = loft(
        [ring(width * s, length * s, z, at=(0, -length / 2)) for s, z in ((1.05, 0), (1.05, 0.03), (0.6, 0.03))],
        False,
        False,
    )
    cover = loft([ring(width, length, z, at=(0, -length / 2)) for z in (0.03, 0.06)])
    return join(seat, turn(cover, "x", -dice.between(75, 105)) if dice.chance(0.45) else cover)
