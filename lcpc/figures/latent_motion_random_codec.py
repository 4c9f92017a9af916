"""Density of the NRMSE of the image codec's tensors under random motion, with the control."""

from functools import partial

from lcpc.figures import latent_motion_random

READS = latent_motion_random.READS
CAPTION = f"In the analysis transform of an image codec: {latent_motion_random.CAPTION}"
STEM = "latent_motion_random_codec"
points = partial(latent_motion_random.points, stem=STEM, is_codec=True)
draw = latent_motion_random.draw
