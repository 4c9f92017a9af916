"""Checkpoints by their former name, until every caller names `lcpc.checkpoints`."""

from lcpc.checkpoints import FORMAT, foreign, read, restore, save

__all__ = ["FORMAT", "foreign", "read", "restore", "save"]
