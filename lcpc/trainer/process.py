"""The process that trains: cores, device and memory, and what a training took beside its
weights."""

import ctypes
from pathlib import Path

import torch

from lcpc.errors import ConfigError
from lcpc.results.provenance import file_digest, machine
from lcpc.results.store import write_json

DEVICES = ("cpu", "cuda")
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
NEVER = 2**31 - 1


def prepare_process(threads: int) -> None:
    """Use `threads` cores, and keep freed memory for the next step."""
    torch.set_num_threads(max(1, threads))
    keep_freed_memory()


def keep_freed_memory() -> bool:
    """Ask the C library to reuse what is freed: returning it to the system costs a page fault each.

    False where it can't (not glibc). A step allocates the same buffers as the one before it, so
    that peak memory stays what it is.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, NEVER))


def usable_device(name: str) -> str:
    """`name` as it is. Raises ConfigError with the way out unless torch can train on that device
    here."""
    way_out = "leave it out (and LCPC_DEVICE unset) to train on the processor"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"--device {name} cannot be used here ({reason}); {way_out}") from error
    if torch.device(name).type not in DEVICES:
        devices = " and ".join(DEVICES)
        raise ConfigError(f"lcpc trains on {devices}, not on --device {name}; {way_out}")
    return name


def accelerator_name(device: str) -> str:
    """Product name of an accelerator; "" for the processor, which the machine's name covers."""
    return torch.cuda.get_device_name(device) if torch.device(device).type == "cuda" else ""


def training_stats(weights: Path, seconds: float, device: str) -> None:
    """Write beside `weights` what their training took, for the provenance of their rows."""
    write_json(
        weights.with_suffix(".json"),
        {
            "weights": file_digest(weights),
            "seconds": round(seconds, 3),
            "threads": torch.get_num_threads(),
            "device": accelerator_name(device),
            "machine": machine(),
        },
    )
