"""Free forms: airplane, car, guitar, person."""

from __future__ import annotations

import numpy as np

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.primitives import (
    EMPTY,
    Points,
    block,
    box,
    cylinder,
    ellipsoid,
    join,
    loft,
    move,
    prism,
    ring,
    rod,
    stretch,
    tube,
    turn,
)


def wing(root: tuple[float, float], tip: tuple[float, float], span: float, z: tuple[float, float], thick: float) -> Mesh:
    """A pair of wings: root and tip are (leading, trailing) edges along y, z the heights of root and tip."""
    sections = []
    for x, (front, back), height in ((0.0, root, z[0]), (span, tip, z[1])):
        outline = [
            (x, front, height),
            (x, (front + back) / 2, height + thick),
            (x, back, height),
            (x, back, height - thick / 3),
        ]
        sections.append(outline)
    half = loft(sections)
    return join(half, stretch(half, x=-1))


def airplane(dice: Dice) -> Mesh:
    """An airliner, a light plane, a fighter or a biplane; its nose looks to -y."""
    slim, span = dice.between(0.05, 0.11), dice.between(0.4, 1.1)
    sweep, chord = dice.between(-0.05, 0.55), dice.between(0.12, 0.4)
    front, level = dice.between(-0.35, 0.0), dice.pick(-0.5, 0.0, 0.8) * slim
    taper = dice.between(0.15, 0.9)
    parts = [fuselage(dice, slim)]
    tip = (front + sweep, front + sweep + chord * taper)
    parts.append(wing((front, front + chord), tip, span, (level, level + dice.normal(0.04)), 0.02))
    parts.append(tail(dice, slim, sweep))
    if dice.chance(0.12):
        high = level + dice.between(0.2, 0.3)
        parts += [wing((front, front + chord), tip, span, (high, high), 0.02)]
        parts += [rod((s * span * 0.6, front + 0.1, level), (s * span * 0.6, front + 0.1, high), 0.01, 5) for s in (-1, 1)]
    parts.append(engines(dice, slim, span, front + sweep * 0.4, level))
    return join(*parts)


def fuselage(dice: Dice, slim: float) -> Mesh:
    """The body from nose to tail."""
    nose, end = dice.between(0.08, 0.35), dice.between(0.1, 0.5)
    stations = np.array([0.0, 0.3 * nose, nose, 1 - end, 1.0])
    radii = slim * np.array([0.05, dice.between(0.4, 0.8), 1.0, 1.0, dice.between(0.1, 0.5)])
    rings = [ring(2 * r, 2 * r * 1.1, float(s), at=(0, slim * 0.4 * (s == 1.0))) for r, s in zip(radii, stations, strict=True)]
    body = move(turn(loft(rings), "x", -90), y=-0.5)
    canopy = ellipsoid((slim * 0.6, 0.12, slim * 0.7), (0, -0.5 + nose * 1.2, slim * 0.8), 6, 9)
    return join(stretch(body, z=-1), canopy if dice.chance(0.4) else EMPTY)


def tail(dice: Dice, slim: float, sweep: float) -> Mesh:
    """Fin and stabilisers, low, or on top of the fin, or two fins."""
    height, chord = dice.between(0.14, 0.3), dice.between(0.1, 0.22)
    back = min(sweep, 0.3) * 0.6
    fin = np.array([(0.5 - chord, 0.0), (0.5, 0.0), (0.5 + back, height), (0.5 + back - chord * 0.6, height)])
    upright = move(fin_plate(fin), z=slim * 0.5)
    level = dice.pick(slim * 0.3, slim * 0.3, slim * 0.5 + height)
    shift = back if level > height else 0.0
    front, lag = 0.48 - chord + shift, back * 0.6 + shift
    reach = dice.between(0.16, 0.36)
    flat = wing((front, 0.48 + shift), (0.5 - chord * 0.5 + lag, 0.5 + lag), reach, (level, level), 0.01)
    if dice.chance(0.2):
        return join(flat, move(upright, x=0.12), move(upright, x=-0.12))
    return join(flat, upright)


def engines(dice: Dice, slim: float, span: float, y: float, level: float) -> Mesh:
    """Pods below the wings or at the tail, a propeller at the nose, or nothing to see."""
    kind = dice.pick("pods", "pods", "rear", "propeller", "none")
    if kind == "none":
        return EMPTY
    if kind == "propeller":
        blade = box((dice.between(0.3, 0.5), 0.01, 0.03), (0, -0.51, -0.015))
        return join(blade, turn(blade, "y", 90))
    radius, long = slim * dice.between(0.3, 0.6), dice.between(0.12, 0.25)
    pod = turn(cylinder(radius, (0, long)), "x", -90)
    places = dice.pick((0.35,), (0.3, 0.6)) if kind == "pods" else ()
    parts = [move(pod, s * p * span, y, level - radius * 1.3) for p in places for s in (-1, 1)]
    if kind == "rear":
        parts = [move(pod, s * (slim + radius), 0.25, slim * 0.4) for s in (-1, 1)]
    return join(*parts)


def car(dice: Dice) -> Mesh:
    """A saloon, an estate, a van, a sports car or a pick-up; its nose looks to -y."""
    length, width, belt = dice.between(3.4, 5.0), dice.between(1.6, 2.0), dice.between(0.7, 1.05)
    roof = belt + dice.between(0.3, 0.75)
    start, end = dice.between(-0.28, -0.05), dice.pick(0.28, 0.4, 0.48, 0.1)
    slope = dice.between(0.03, 0.16)
    low = dice.between(0.15, 0.35)
    body = side_profile([(-0.5, low), (-0.5, belt * 0.75), (start, belt), (0.48, belt), (0.5, low)], length, width)
    cabin = side_profile(
        [(start, belt), (start + slope, roof), (end - slope * dice.between(0.1, 1.0), roof), (end, belt)],
        length,
        width * 0.86,
    )
    wheel, track = dice.between(0.27, 0.42), width * 0.46
    rim = turn(cylinder(wheel, (-0.12, 0.12)), "y", 90)
    axles = (-dice.between(0.28, 0.36), dice.between(0.26, 0.34))
    wheels = [move(rim, s * track, a * length, wheel) for s in (-1, 1) for a in axles]
    parts = [body, cabin, *wheels]
    if dice.chance(0.15):
        parts.append(box((width * 0.9, 0.25, 0.05), (0, length * 0.47, belt + 0.15)))
    if dice.chance(0.5):
        parts += [box((0.2, 0.1, 0.12), (s * width * 0.52, start * length + 0.3, belt)) for s in (-1, 1)]
    return join(*parts)


def side_profile(outline: list[tuple[float, float]], length: float, width: float) -> Mesh:
    """A body of constant width with the side view `outline` of (share of the length, height)."""
    side = np.array([(y * length, z) for y, z in outline])
    rings: Points = np.array([np.column_stack([np.full(len(side), x), side]) for x in (-width / 2, width / 2)])
    return loft(rings)


def fin_plate(outline: Points) -> Mesh:
    """A thin upright plate in the yz plane."""
    return loft([np.column_stack([np.full(len(outline), x), outline]) for x in (-0.01, 0.01)])


def guitar(dice: Dice) -> Mesh:
    """An acoustic or electric guitar, standing upright, leaning or lying."""
    length, wide, deep = dice.between(0.8, 1.1), dice.between(0.3, 0.45), dice.between(0.04, 0.14)
    body = guitar_body(dice, wide)
    top = body[:, 1].max()
    neck, reach = dice.between(0.025, 0.045), top + length * dice.between(0.5, 0.75)
    parts = [prism(body, (0, deep)), block((-neck, neck), (0, reach), (deep * 0.6, deep + 0.03))]
    head = dice.between(0.14, 0.22)
    parts.append(block((-neck * 1.7, neck * 1.7), (reach, reach + head), (deep * 0.5, deep)))
    pegs = np.linspace(reach + 0.03, reach + head - 0.02, 3)
    parts += [block((-neck * 2.6, neck * 2.6), (p, p + 0.015), (deep * 0.6, deep * 0.8)) for p in pegs]
    if dice.chance(0.5):
        parts.append(box((wide * 0.5, 0.03, 0.03), (0, body[:, 1].min() * 0.5, deep)))
    if dice.chance(0.4):
        parts.append(cylinder(wide * 0.15, (deep, deep + 0.01), (0, top * 0.3)))
    return turn(join(*parts), "x", dice.pick(90, 90, dice.between(55, 90), 0))


def guitar_body(dice: Dice, wide: float) -> Points:
    """The outline of a body: two bouts and a waist, a cutaway, horns or a V."""
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    bouts = wide * (0.62 + dice.between(0.1, 0.28) * -np.cos(2 * angle) - dice.between(0.04, 0.16) * np.sin(angle))
    outline = np.column_stack([bouts * np.cos(angle) * dice.between(0.75, 1.0), 0.95 * bouts * np.sin(angle)])
    outline = outline * (1.0, dice.between(0.9, 1.2))
    if dice.chance(0.3):
        outline[2:6] *= dice.between(0.55, 0.8)
    elif dice.chance(0.2):
        outline *= (1 + 0.5 * np.abs(np.sin(1.5 * angle)))[:, None]
    return outline


def person(dice: Dice) -> Mesh:
    """A figure with head, trunk and limbs: standing, walking, reaching or sitting."""
    hip, shoulder = dice.between(0.8, 0.95), dice.between(1.32, 1.5)
    wide, stout = dice.between(0.16, 0.24), dice.between(0.1, 0.2)
    parts = [ellipsoid((0.09, 0.1, 0.13), (0, 0, shoulder + 0.22)), cylinder(0.05, (shoulder - 0.02, shoulder + 0.15))]
    trunk = [
        (wide * 0.8, stout, hip - 0.05),
        (wide * 0.75, stout * 0.9, (hip + shoulder) / 2),
        (wide * 1.15, stout, shoulder),
    ]
    parts.append(loft([ring(2 * x, 2 * y, z, 2.5) for x, y, z in trunk]))
    sitting = dice.chance(0.2)
    for side in (-1, 1):
        parts += [arm(dice, side, wide, shoulder), limb(dice, side * wide * 0.55, hip, sitting)]
    if dice.chance(0.25):
        parts.append(cylinder(dice.between(0.25, 0.4), (dice.between(0.05, 0.45), hip), top=wide))
    if dice.chance(0.2):
        parts.append(cylinder(dice.between(0.11, 0.2), (shoulder + 0.3, shoulder + 0.34)))
    return join(*parts)


def arm(dice: Dice, side: int, wide: float, shoulder: float) -> Mesh:
    """An arm with elbow and hand: down, out, forward or up."""
    raise_, forward = np.radians(dice.pick(8, 15, 30, 85, 140) + dice.normal(8)), np.radians(dice.pick(0, 0, 20, 70))
    start = np.array([side * wide * 1.2, 0, shoulder - 0.05])
    upper = np.array([side * np.sin(raise_), -np.sin(forward), -np.cos(raise_) * np.cos(forward)])
    elbow = start + 0.3 * upper / np.linalg.norm(upper)
    bend = np.array([0, -dice.between(0, 0.8), dice.normal(0.3)])
    hand = elbow + 0.28 * (upper + bend) / np.linalg.norm(upper + bend)
    return join(tube([start, elbow, hand], [0.06, 0.045, 0.035]), ellipsoid((0.045,) * 3, hand, 5, 7))


def limb(dice: Dice, x: float, hip: float, sitting: bool) -> Mesh:
    """A leg with knee and foot, straight, striding or bent at a right angle."""
    stride = np.radians(80 if sitting else dice.normal(14))
    knee = np.array([x * dice.between(1, 1.5), -0.45 * np.sin(stride), hip - 0.45 * np.cos(stride)])
    foot = knee + (dice.normal(0.03), 0.0 if sitting else 0.1 * np.sin(abs(stride)), -0.42)
    shoe = ellipsoid((0.05, 0.13, 0.04), (foot[0], foot[1] - 0.06, foot[2]), 5, 8)
    return join(tube([(x, 0, hip), knee, foot], [0.09, 0.065, 0.045]), shoe)
