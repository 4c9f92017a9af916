"""Rate-accuracy of the codecs that compress the input: the Pareto front of each over all P and S."""

from typing import TYPE_CHECKING

from lcpc.figures import _curves, _points
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("Top-1 accuracy against rate where the cloud itself is compressed and PointNet classifies the decoded cloud: the "
           "Pareto front of each codec over all numbers of points and scales, with PointNet without compression")
RATES = (0.0, 3000.0)


def points(results: Results) -> "pandas.DataFrame":
    """The plotted points; published ones beside measured ones only where both stand on ModelNet40."""
    return _points.of_input_codecs(results, RATES)


def draw(points: "pandas.DataFrame") -> "Figure":
    """One panel, a column wide."""
    return _curves.of_input_codecs(points, RATES[1])
