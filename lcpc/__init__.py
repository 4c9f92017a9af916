"""lcpc: every table and figure of *Learned Compression for Images and Point Clouds*, with the evidence behind each number."""

__version__ = "0.1.0"
