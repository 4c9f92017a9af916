"""Motion of images and of their tensors: transforms, warping, masks, block matching."""
