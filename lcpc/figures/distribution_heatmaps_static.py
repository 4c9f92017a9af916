"""Static encoding distributions against each image's own: heatmaps of -log2 p for two images."""

from functools import partial

from lcpc.figures import _distributions

READS = (_distributions.KIND,)
CAPTION = _distributions.CAPTION.format(used="the static ones of the base, which code both images")
STEM = "distribution_heatmaps_static"
points = partial(_distributions.panels, stem=STEM, used="static")
draw = _distributions.draw
