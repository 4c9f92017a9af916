"""OctAttention, an octree codec with an attention model (its authors' code, run elsewhere): how its rate is counted.

lcpc has no OctAttention of its own; its outputs come through `recorded` manifests, see docs/recorded.md.
"""

NAME = "octattention"
LABEL = "OctAttention"
COLOUR = "#009e73"
MARKER = "^"


def defect_of_rate(rate_bits: float, stream_bits: int) -> str:
    """What can't be true of the rates of a cloud, or "". The documents count the arithmetic coder's bytes alone."""
    if rate_bits > stream_bits:
        return f"rate_bits is {rate_bits:g}, but the coder's bytes are part of the stream of {stream_bits} bits"
    return ""
