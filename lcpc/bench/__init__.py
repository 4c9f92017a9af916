"""Benchmarks that a reader can run, one a file: what training and coding cost on this machine."""
