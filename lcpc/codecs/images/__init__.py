"""Learned codecs for images on one trained base, one a file."""
