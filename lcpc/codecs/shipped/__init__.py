"""Codecs as they are shipped: one file a codec, plain numpy; base.py has their files."""
