"""Provenance of a result: what made it, from what, on which machine; it stands beside the rows, never in them."""

import hashlib
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Iterable, Mapping
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
    """SHA-256 of a plain value (numbers, strings, lists, mappings), independent of key order; 16 hex digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of the packages that are installed, without importing them."""
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


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
    """Wall time since its making, and the peak memory of the process."""

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
        return {"started": start, "seconds": round(self.seconds(), 2), "peak_memory_mib": round(peak, 1)}


def provenance(root: Path, config: Mapping[str, Any], code: str, inputs: Iterable[Path], stopwatch: Stopwatch,
               **more: Any) -> dict[str, Any]:
    """All that a reader needs to make a result again; paths relative to `root`, `inputs` with their digests."""
    return {
        "command": "lcpc " + " ".join(sys.argv[1:]),
        "config": dict(config), "config_digest": value_digest(config), "code": code,
        "inputs": {relative(path, root): file_digest(path) for path in inputs},
        "packages": versions(), "machine": machine(), "time": stopwatch.reading(), **more,
    }


def relative(path: Path, root: Path) -> str:
    """`path` relative to `root`, or its name alone where it lies outside: no path of a machine is ever recorded."""
    resolved, base = path.resolve(), root.resolve()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else path.name
