"""Adapted encoding distributions against each image's own: heatmaps of -log2 p for two images."""

from functools import partial

from lcpc.figures import _distributions

READS = (_distributions.KIND,)
CAPTION = _distributions.CAPTION.format(used="those that the distribution model sends along")
STEM = "distribution_heatmaps_adaptive"
points = partial(_distributions.panels, stem=STEM, used="p_hat")
draw = _distributions.draw
