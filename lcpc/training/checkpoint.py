"""Checkpoints: written whole, read without pickle, refused with a clear word when they are broken or foreign."""

import io
from pathlib import Path
from typing import Any

import torch

from lcpc.errors import DataError
from lcpc.results.store import write_whole

FORMAT = "lcpc-checkpoint-1"


def save(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint in one step."""
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **content}, buffer)
    write_whole(path, buffer.getvalue())


def read(path: Path) -> dict[str, Any]:
    """Read a checkpoint with `weights_only=True`. Raises DataError naming the file and the way out."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for broken files
        reason = str(error).splitlines()[0]
        raise DataError(f"{path} is no readable checkpoint ({reason}); delete it and train again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{path} was not written by this version of lcpc; delete it and train again")
    return content


def foreign(path: Path) -> dict[str, Any]:
    """Weights written by others, read with `weights_only=True`. Raises DataError naming a file that is no mapping of them."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for broken files
        raise DataError(f"{path} can't be read as weights ({str(error).splitlines()[0]}); fetch it again") from error
    held = content.get("state_dict", content) if isinstance(content, dict) else content
    if not isinstance(held, dict):
        raise DataError(f"{path} holds {type(held).__name__}, no weights by name; fetch it again")
    return held


def restore(module: torch.nn.Module, state: Any, path: Path) -> None:
    """Load weights into a module. Raises DataError where names or shapes differ."""
    try:
        module.load_state_dict(state)
    except (RuntimeError, AttributeError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path} does not fit the configured network ({reason}); delete it and train again") from error
