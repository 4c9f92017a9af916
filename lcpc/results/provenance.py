"""Provenance of a result: what made it, from what, and on which machine.

It is written beside the rows, never in them, so that equal results are equal files.
"""

import hashlib
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "compressai", "numpy", "pandas", "open3d", "DracoPy", "bjontegaard")
CHUNK = 1 << 20


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hex, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def value_digest(value: Any) -> str:
    """First 16 hex digits of the SHA-256 of a plain value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of the packages that are installed, without importing them."""
    installed = {"python": platform.python_version()}
    for name in packages:
        with suppress(metadata.PackageNotFoundError):
            installed[name] = metadata.version(name)
    return installed


def machine() -> dict[str, Any]:
    """The machine in words: processor, cores that this process may use, system."""
    system = f"{platform.system()} {platform.machine()}"
    return {"processor": _processor(), "cores": len(os.sched_getaffinity(0)), "system": system}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


class Stopwatch:
    """Wall time since it was made, and the peak memory of the process: the one clock of results."""

    def __init__(self) -> None:
        self.started = time.time()
        self._tick = time.perf_counter()

    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._tick

    def reading(self) -> dict[str, Any]:
        """Start (UTC), seconds and peak memory (MiB), for a provenance file."""
        start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"started": start, "seconds": round(self.seconds(), 2),
                "peak_memory_mib": round(peak, 1)}


def provenance(root: Path, config: Mapping[str, Any], code: str, inputs: Iterable[Path],
               stopwatch: Stopwatch, **facts: Any) -> dict[str, Any]:
    """All that a reader needs to make a result again, and `facts`.

    Paths are relative to `root`; inputs are named with their digests.
    """
    return {
        "command": "lcpc " + " ".join(sys.argv[1:]),
        "config": dict(config), "config_digest": value_digest(config), "code": code,
        "inputs": {relative(path, root): file_digest(path) for path in inputs},
        "packages": versions(), "machine": machine(), "time": stopwatch.reading(), **facts,
    }


def relative(path: Path, root: Path) -> str:
    """`path` relative to `root`; its name alone if it is outside, so no machine's path is kept."""
    resolved, base = path.resolve(), root.resolve()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else path.name
