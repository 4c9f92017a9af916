"""Static encoding distributions against what each image would need: heatmaps of -log2 p for two images."""

from typing import TYPE_CHECKING

from lcpc.figures import _distributions
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("Encoding distributions of two images, one column a channel that varies, in the order of their static entropy: each "
           "image's own (ideal), and the static ones of the base, which code both images. Colour: -log2 of the "
           "probability, 10 bits and more in white; the rate of y under each")
STEM = "distribution_heatmaps_static"


def points(results: Results) -> "pandas.DataFrame":
    """One row a heatmap, with the rate that its distributions spend."""
    return _distributions.panels(results, STEM, "static")


def draw(points: "pandas.DataFrame") -> "Figure":
    """A row an image: the image, its own distributions, and those that really code it."""
    return _distributions.draw(points)
