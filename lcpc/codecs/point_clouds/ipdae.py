"""IPDAE, a patch-based autoencoder for point clouds, run elsewhere: how its rate is counted.

lcpc does not run it; its outputs come with manifests, see docs/recorded.md.
"""

NAME = "ipdae"
LABEL = "IPDAE"
COLOUR = "#aa4499"
MARKER = "D"
SIDE_BITS = 128
"""The cloud's centre and scale, four float32, which the documents do not count."""


def defect_of_rate(rate_bits: float, stream_bits: int) -> str:
    """Why these rates of a cloud can't be true, or ""."""
    if rate_bits > stream_bits - SIDE_BITS:
        return (f"rate_bits is {rate_bits:g}, but centre and scale ({SIDE_BITS} bits) of a stream "
                f"of {stream_bits} do not count")
    return ""
