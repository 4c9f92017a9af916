"""NRMSE of the image codec's tensors under four motions, one line a layer, with the control."""

from functools import partial

from lcpc.figures import latent_motion_transforms

READS = latent_motion_transforms.READS
CAPTION = f"In the analysis transform of an image codec: {latent_motion_transforms.CAPTION}"
STEM = "latent_motion_transforms_codec"
points = partial(latent_motion_transforms.points, stem=STEM, is_codec=True)
draw = latent_motion_transforms.draw
