"""Rate-accuracy of the proposed codec, size lite: one curve a P, TMC13 for reference."""

from typing import TYPE_CHECKING

from lcpc.figures import _curves, _points
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("Top-1 accuracy against rate of the proposed codec, size lite, for each number of points P, with an input codec "
           "for reference, PointNet without compression and the ideal bound")
SIZE = "lite"
RATES = (0.0, 600.0)


def points(results: Results) -> "pandas.DataFrame":
    """The plotted points; published ones beside measured ones only where both stand on ModelNet40."""
    return _points.of_size(results, SIZE, RATES)


def draw(points: "pandas.DataFrame") -> "Figure":
    """One panel, a column wide."""
    return _curves.of_size(points, RATES[1])
