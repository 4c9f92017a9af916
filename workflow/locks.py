"""Lets a killed run go on: Snakemake's lock files outlive `kill -9` and a power cut, the kernel's locks do not."""

import fcntl
import os
from pathlib import Path

FOLDER = Path(".snakemake")
_held: list[int] = []


def forget_stale_locks() -> None:
    """Remove Snakemake's lock files where no Snakemake is alive in this folder.

    Every process that reads the Snakefile shares one lock of the kernel until it ends, however it ends. Whoever can
    have it alone is the only one alive, so lock files that are there are stale.
    """
    try:
        FOLDER.mkdir(exist_ok=True)
        handle = os.open(FOLDER / "alive", os.O_RDWR | os.O_CREAT, 0o666)
        _held.append(handle)
        if _alone(handle):
            for path in (FOLDER / "locks").glob("*.lock"):
                path.unlink(missing_ok=True)
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        # A file system without such locks, or one that can't be written to: Snakemake's own locks hold as always.
        return


def _alone(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
