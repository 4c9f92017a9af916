"""Decodes a latent line by line, all positions of a diagonal at once: a wavefront.

    t = x + 3 y    0 1 2 3 4 5 ...       . . . . .     what * sees
                   3 4 5 6 7 8 ...       . . . . .
                   6 7 8 9 ...           . . *

What a position sees, two rows above it and two values to its left, lies on earlier diagonals.
"""

from collections.abc import Iterator

from torch import Tensor

from lcpc.codecs.context_model import Ratios, Stage, TrainedContext
from lcpc.models.context_model import MARGIN, GroupInputs, Pass, inner

SLOPE = 3
"""Positions of equal x + 3 y do not see one another: one step."""
EACH = Pass(((0, 0),), 1, ())
"""All positions of a diagonal, as `Stage` names them."""


class DiagonalContext(TrainedContext):
    """A context model of one pass a group, whose positions see what is above and to the left."""

    def _stages(self, y: Tensor, ratios: Ratios = ()) -> Iterator[Stage]:
        steps = diagonals(y.shape[1], y.shape[2])
        for group, (begin, end) in enumerate(self.network.shape.bounds):
            c, values = self.network.context(group, y), y[..., begin:end]
            near = self.network.group_inputs(values)
            for step in range(steps):
                around = GroupInputs(*(diagonal(x, step, 2 * MARGIN + 1) for x in near))
                tables = self.network.tables(
                    group, 0, diagonal(c, step), around, self.largest[group])
                decoded = diagonal(values, step)
                yield Stage(decoded, EACH, tables)
                diagonal(inner(near.features, 0, 0), step).copy_(self.network.inputs(decoded))
                diagonal(inner(near.values, 0, 0), step).copy_(decoded * self.network.unit)

    def _least_bits(self, height: int, width: int, ratios: Ratios) -> float:
        return 0.0  # only its own streams are decoded


def diagonals(height: int, width: int) -> int:
    """How many diagonals a latent has."""
    return width + SLOPE * (height - 1)


def diagonal(x: Tensor, step: int, side: int = 1) -> Tensor:
    """Squares of `side` values of [1, h + side - 1, w + side - 1, N], whose first ones lie on a
    diagonal, as a view: [n, side, side, N]. At least 3 values wide."""
    height, width = x.shape[1] - side + 1, x.shape[2] - side + 1
    first = max(0, -((width - 1 - step) // SLOPE))
    last = min(height - 1, step // SLOPE)
    _, down, right, deep = x.stride()
    begin = x.storage_offset() + first * down + (step - SLOPE * first) * right
    size = (last - first + 1, side, side, x.shape[3])
    return x.as_strided(size, (down - SLOPE * right, down, right, deep), begin)
