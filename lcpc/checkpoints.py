"""Checkpoints: written in one step, read without pickle, refused with a reason when broken or
foreign."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lcpc.errors import DataError
from lcpc.results.store import write_whole

FORMAT = "lcpc-checkpoint-2"


def save(path: Path, content: Mapping[str, Any]) -> None:
    """Write a checkpoint in one step."""
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **content}, buffer)
    write_whole(path, buffer.getvalue())


def read(path: Path) -> dict[str, Any]:
    """Read a checkpoint with `weights_only=True`. Raises DataError naming the file and the way
    out."""
    content = _loaded(path, "is no readable checkpoint", "delete it and train again")
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(
            f"{path} was not written by this version of lcpc; delete it and train again"
        )
    return content


def foreign(path: Path) -> dict[str, Any]:
    """Weights written by other programs, by name. Raises DataError unless the file holds a
    mapping."""
    content = _loaded(path, "can't be read as weights", "fetch it again")
    state = content.get("state_dict", content) if isinstance(content, dict) else content
    if not isinstance(state, dict):
        raise DataError(f"{path} holds {type(state).__name__}, no weights by name; fetch it again")
    return state


def restore(module: torch.nn.Module, state: Any, path: Path | str) -> None:
    """Load weights into a module. Raises DataError where names or shapes differ."""
    try:
        module.load_state_dict(state)
    except (RuntimeError, AttributeError, TypeError) as error:
        reason = _first_line(error)
        message = (
            f"{path} does not fit the configured network ({reason}); delete it and train again"
        )
        raise DataError(message) from error


def _loaded(path: Path, problem: str, way_out: str) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for broken files
        raise DataError(f"{path} {problem} ({_first_line(error)}); {way_out}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
