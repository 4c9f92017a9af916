"""Codecs for point clouds, one a file: a cloud (or what a classifier needs of it) to bytes and back."""
