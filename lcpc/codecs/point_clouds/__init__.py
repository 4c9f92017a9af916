"""Codecs for point clouds, one a file: a cloud, or a latent of it, to bytes and back."""
