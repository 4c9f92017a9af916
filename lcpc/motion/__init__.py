"""Motion of images and of their tensors: transforms, warping, what can be predicted, block matching."""
