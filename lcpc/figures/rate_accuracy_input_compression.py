"""Rate-accuracy of codecs that compress the input: the Pareto front of each over all P and S."""

from lcpc.figures import _curves, _points
from lcpc.figures._types import DataFrame, Figure
from lcpc.results.store import Results

READS = ("rate_accuracy", "classifier")
CAPTION = ("Top-1 accuracy against rate where the cloud itself is compressed and PointNet "
           "classifies the decoded cloud: the Pareto front of each codec over all numbers of "
           "points and scales, with PointNet without compression; the ideal bound lies "
           "left of the axis. Bands: 95 % intervals over the test clouds, where the run has them")
RATES = (0.0, 3000.0)
"""Bits that the documents' figure spans."""
AXIS = (7.0, 16000.0)
"""Bits of the log axis, which holds the whole of each front."""


def points(results: Results) -> DataFrame:
    """The plotted points; published beside measured ones only where both are on ModelNet40."""
    return _points.of_input_codecs(results, RATES)


def draw(points: DataFrame) -> Figure:
    """One panel, a column wide, bits on a log axis."""
    return _curves.of_input_codecs(points, AXIS)
