"""Where a training runs and what it has taken: the device that holds its networks, and seconds of work."""

import time
from dataclasses import dataclass, field

import torch

from lcpc.errors import ConfigError

KINDS = ("cpu", "cuda")


@dataclass
class Work:
    """One training's work: a torch `device`, and the `seconds` that it has taken so far there, stops left out."""

    device: str = "cpu"
    seconds: float = 0.0
    _tick: float = field(default_factory=time.perf_counter)

    def begin(self, before: float | None = None) -> None:
        """Work begins, or goes on behind the seconds `before` that a stopped process took."""
        self.seconds = self.seconds if before is None else before
        self._tick = time.perf_counter()

    def count(self) -> float:
        """Take in the time since the last call; seconds in all."""
        now = time.perf_counter()
        self.seconds += now - self._tick
        self._tick = now
        return self.seconds


def device_of(name: str) -> str:
    """The device `name`, in torch's words, which can be used here. Raises ConfigError with the way out."""
    way_out = "leave it out (and LCPC_DEVICE unset) to train on the processor"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"--device {name} cannot be used here ({str(error).splitlines()[0]}); {way_out}") from error
    if torch.device(name).type not in KINDS:
        raise ConfigError(f"--device {name} is none that lcpc trains on, which are {' and '.join(KINDS)}; {way_out}")
    return name


def name_of(device: str) -> str:
    """What the maker calls an accelerator, or "" for the processor, which `machine` of the provenance names."""
    return torch.cuda.get_device_name(device) if torch.device(device).type == "cuda" else ""
