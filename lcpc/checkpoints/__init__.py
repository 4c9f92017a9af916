"""Checkpoints: written in one step, read without pickle, refused with a reason when broken or
foreign.

    content = read(path)                                       # the digest beside it holds
    require(content, path, "proposed", "lambdas", "models")    # kinds, ranges, finite weights
    restore(network, content["models"][0], path)               # names and widths
"""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch

from lcpc.checkpoints._archive import load
from lcpc.checkpoints._fields import FIELDS, WEIGHTS, defect_of_weights
from lcpc.errors import DataError, refusing
from lcpc.results.provenance import file_digest
from lcpc.results.store import read_json, write_whole

FORMAT = "lcpc-checkpoint-2"
WAY_OUT = "delete it and train again"
Module = TypeVar("Module", bound=torch.nn.Module)


def save(path: Path, content: Mapping[str, Any]) -> None:
    """Write a checkpoint in one step.

    The digest of older weights beside it goes first, so that no kill leaves one that differs.
    """
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **content}, buffer)
    path.with_suffix(".json").unlink(missing_ok=True)
    write_whole(path, buffer.getvalue())


def read(path: Path) -> dict[str, Any]:
    """Content of a checkpoint. Raises DataError naming the file and the way out where it is broken
    or foreign, or has another digest than the json beside it says."""
    _check_digest(path)
    with refusing(DataError, path, "is no readable checkpoint", WAY_OUT):
        content = load(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{path} was not written by this version of lcpc; {WAY_OUT}")
    return content


def foreign(path: Path) -> dict[str, Any]:
    """Weights written by other programs, by name. Raises DataError unless the file holds a
    mapping."""
    _check_digest(path)
    with refusing(DataError, path, "can't be read as weights", "fetch it again"):
        content = load(path)
    state = content.get("state_dict", content) if isinstance(content, dict) else content
    if not isinstance(state, dict):
        raise DataError(f"{path} holds {type(state).__name__}, no weights by name; fetch it again")
    return state


def require(content: Mapping[str, Any], where: Path | str, kind: str, *names: str) -> None:
    """Raises DataError unless a checkpoint is of a kind and has these fields, valid as FIELDS says.

    where: its file, for the message.
    """
    if content.get("kind") != kind:
        raise DataError(f"{where} holds {content.get('kind')!r:.80}, not {kind!r}; {WAY_OUT}")
    for name in names:
        if name not in content:
            raise DataError(f"{where} has no {name}; {WAY_OUT}")
        _check_field(content[name], where, name)


def check_weights(content: Mapping[str, Any], where: Path | str) -> None:
    """Raises DataError unless all weights of a checkpoint, of whatever kind, are valid."""
    for name in WEIGHTS & content.keys():
        _check_field(content[name], where, name)


def _check_field(value: Any, where: Path | str, name: str) -> None:
    with refusing(DataError, where, f"has a broken {name}", WAY_OUT):
        fault = FIELDS[name](value)
    if fault:
        raise DataError(f"{where}: {name} {fault}; {WAY_OUT}")


def restore(module: torch.nn.Module, state: Any, path: Path | str) -> None:
    """Load weights into a module. Raises DataError where names, shapes or values do not fit."""
    if fault := defect_of_weights(state):
        raise DataError(f"{path} holds weights that {fault}; {WAY_OUT}")
    with refusing(DataError, path, "does not fit the configured network", WAY_OUT):
        module.load_state_dict(state)


def restored(build: Callable[[], Module], state: Any, path: Path | str) -> Module:
    """The network that `build` makes, with its weights. Raises as `restore` does, before a network
    takes memory that is larger than the weights."""
    with refusing(DataError, path, "does not fit the configured network", WAY_OUT):
        with torch.device("meta"):
            wanted = build().state_dict()
        for name, value in wanted.items():
            if name not in state or state[name].shape != value.shape:
                raise DataError(
                    f"{path} does not fit the configured network (no {name} of shape "
                    f"{list(value.shape)}); {WAY_OUT}")
    network = build()
    restore(network, state, path)
    return network


def _check_digest(path: Path) -> None:
    """Raises DataError where the json beside weights has the digest of another file."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return
    digest = file_digest(path)
    recorded = read_json(beside).get("weights", digest)
    if recorded != digest:
        raise DataError(f"{path} is not the file that its training wrote (sha256 {digest[:12]}..., "
                        f"{beside.name} says {str(recorded)[:12]}...); {WAY_OUT}, or delete "
                        f"{beside.name} if you mean it")
