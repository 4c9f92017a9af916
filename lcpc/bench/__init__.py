"""Benchmarks that a reader can run, one a file: what training and coding cost on this machine.

Each has `arguments(parser)` and `run(arguments)`, which gives lines of Markdown as soon as they
are known.
"""
