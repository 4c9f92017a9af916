"""What a refusal takes: processor time, and memory over what is loaded."""

import time
from pathlib import Path

import pytest

from lcpc.errors import LcpcError

MOST_S, MOST_MIB = 0.2, 64
"""Processor time of the quickest of some tries, and memory over what is loaded."""
TRIES = 3
RESET = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")


def memory_mib(field):
    (line,) = [line for line in STATUS.read_text().splitlines() if line.startswith(field)]
    return int(line.split()[1]) / 1024


def cost(refuse):
    """(processor seconds, MiB over what was loaded) of a refusal; the least of some tries."""
    costs = []
    for _ in range(TRIES):
        RESET.write_text("5")  # the largest resident size is counted from here
        before, begin = memory_mib("VmRSS"), time.process_time()
        with pytest.raises(LcpcError) as caught:
            refuse()
        costs.append((time.process_time() - begin, memory_mib("VmHWM") - before))
        assert str(caught.value)
    return tuple(map(min, zip(*costs, strict=True)))


def check(refuse):
    try:
        RESET.write_text("5")
    except OSError:
        pytest.skip("this system does not say how much memory a process took at most")
    seconds, mib = cost(refuse)
    assert seconds < MOST_S
    assert mib < MOST_MIB
