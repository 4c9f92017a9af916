"""OctAttention, an octree codec with an attention model, run elsewhere: how its rate is counted.

lcpc does not run it; its outputs come with manifests, see docs/recorded.md.
"""

NAME = "octattention"
LABEL = "OctAttention"
COLOUR = "#009e73"
MARKER = "^"


def defect_of_rate(rate_bits: float, stream_bits: int) -> str:
    """Why these rates of a cloud can't be true, or "". The documents count the coder's bytes."""
    if rate_bits > stream_bits:
        return (f"rate_bits is {rate_bits:g}, but the coder's bytes are part of the stream of "
                f"{stream_bits} bits")
    return ""
