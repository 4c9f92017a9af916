"""IPDAE, a patch-based autoencoder for point clouds (its authors' code, run elsewhere): how its rate is counted.

lcpc has no IPDAE of its own; its outputs come through `recorded` manifests, see docs/recorded.md.
"""

NAME = "ipdae"
LABEL = "IPDAE"
COLOUR = "#aa4499"
MARKER = "D"
SIDE_BITS = 128
"""The cloud's centre and scale, four float32, which the documents do not count."""


def defect_of_rate(rate_bits: float, stream_bits: int) -> str:
    """What can't be true of the rates of a cloud, or "". The documents leave out centre and scale, 16 bytes."""
    if rate_bits > stream_bits - SIDE_BITS:
        return f"rate_bits is {rate_bits:g}, but centre and scale ({SIDE_BITS} bits) of a stream of {stream_bits} do not count"
    return ""
