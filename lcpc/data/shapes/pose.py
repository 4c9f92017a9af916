"""How an instance stands in space: stretched a little, turned about the up axis, tilted."""

from __future__ import annotations

from lcpc.data.meshes import Mesh
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.primitives import stretch, turn

# Standard deviations, and the share of things that look to a side or the back. They set how hard the set is.
STRETCH = 0.1
YAW_DEGREES = 16.0
TILT_DEGREES = 4.0
QUARTER_TURN = 0.2


def pose(dice: Dice, mesh: Mesh) -> Mesh:
    """The mesh as it was found: most things face the front, some a side or the back, none exactly."""
    stretched = stretch(mesh, *(1 + dice.normal(STRETCH) for _ in range(3)))
    quarter = 90.0 * dice.count(1, 3) if dice.chance(QUARTER_TURN) else 0.0
    turned = turn(stretched, "z", quarter + dice.normal(YAW_DEGREES))
    return turn(turn(turned, "x", dice.normal(TILT_DEGREES)), "y", dice.normal(TILT_DEGREES))
