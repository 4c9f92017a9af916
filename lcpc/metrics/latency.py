"""Inference latency against bitrate: bits to send plus seconds of work."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Way(NamedTuple):
    """One way from a cloud to its class: bits to send, and seconds of work at any bitrate."""

    bits: float
    work_s: float


def latency_s(way: Way, bitrate: ArrayLike) -> NDArray[np.float64]:
    """Seconds a cloud at bitrates in bit/s: bits / bitrate + work. Source: the talk."""
    return way.bits / np.asarray(bitrate, dtype=np.float64) + way.work_s


def crossing_bitrate(fewer: Way, more: Way) -> float | None:
    """The bitrate at which two ways take equally long, in bit/s; None if it does
    not exist.

    Below it the way with fewer bits is faster. It does not exist if that way has less work too, or
    if both send as many bits.
    """
    bits, work_s = more.bits - fewer.bits, fewer.work_s - more.work_s
    return bits / work_s if bits > 0 and work_s > 0 else None


def fastest_interval(shared: Way, edge: Way, cloud: Way) -> tuple[float, float] | None:
    """Bitrates between which shared inference is fastest, in bit/s (0 and infinity count), or None.

    It begins where it overtakes `edge`, which sends nothing, and ends where `cloud`, which sends
    most, overtakes it.
    """
    begin = crossing_bitrate(edge, shared)
    if begin is None:
        return None
    end = crossing_bitrate(shared, cloud) if cloud.bits > shared.bits else 0.0
    interval = begin, float("inf") if end is None else end
    return interval if interval[0] < interval[1] else None
