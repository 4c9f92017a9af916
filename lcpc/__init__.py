"""lcpc: every table and figure of *Learned Compression for Images and Point Clouds*."""

__version__ = "0.1.0"
