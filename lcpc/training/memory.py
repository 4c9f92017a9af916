"""Memory between training steps: freed buffers stay with the process, since giving them back costs a page fault each."""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Ask the C library to reuse what is freed instead of returning it to the system; False where it can't (not glibc).

    A step allocates the same buffers as the one before it. Peak memory stays what it is.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, NEVER))
