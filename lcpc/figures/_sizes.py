"""The rate-accuracy figures of the sizes of the proposed codec: one curve a P."""

from lcpc.figures import _curves, _points
from lcpc.figures._types import DataFrame, Figure
from lcpc.results.store import Results

READS = ("rate_accuracy", "classifier")
CAPTION = ("Top-1 accuracy against rate of the proposed codec, size {size}, for each number of "
           "points P, with an input codec for reference, PointNet without compression and the "
           "ideal bound. Bands: 95 % intervals over the test clouds, where the run has them")
RATES = (0.0, 600.0)
"""Bits that the documents' figures span."""
AXIS = (1.8, 1600.0)
"""Bits of the log axis: from below the shortest codes to beyond full's longest."""


def points(results: Results, size: str) -> DataFrame:
    """The plotted points; published beside measured ones only where both are on ModelNet40."""
    return _points.of_size(results, size, RATES, CAPTION.format(size=size))


def draw(points: DataFrame) -> Figure:
    """One panel, a column wide, bits on a log axis."""
    return _curves.of_size(points, AXIS)
