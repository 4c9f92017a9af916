"""The one schema of checkpoints: what each field holds, whatever kind of weights it belongs to.

A check of FIELDS takes the field's value and says what is wrong with it, or "".
"""

import math
from collections.abc import Callable
from typing import Any

import torch

FieldCheck = Callable[[Any], str]

LARGEST_COUNT = 1 << 20
WIDEST = 1 << 12
TABLES = ("offset", "length", "cumulative")


def _count(most: int) -> FieldCheck:
    def check(value: Any) -> str:
        """What is wrong with a number; empty if nothing is."""
        is_count = type(value) is int and 1 <= value <= most
        return "" if is_count else f"is {value!r:.40}, not a whole number from 1 to {most}"

    return check


def _of(kind: type) -> FieldCheck:
    def check(value: Any) -> str:
        """What is wrong with the type of a value; empty if nothing is."""
        return "" if type(value) is kind else f"is {type(value).__name__}, not {kind.__name__}"

    return check


def _lambdas(value: Any) -> str:
    is_list = isinstance(value, list | tuple) and 0 < len(value) <= WIDEST
    numbers = value if is_list else []
    are_positive = [type(number) in (int, float) and 0 < number < math.inf for number in numbers]
    are_distinct = is_list and all(are_positive) and len(set(value)) == len(value)
    return "" if are_distinct else "are not distinct positive numbers"


def defect_of_weights(value: Any) -> str:
    """Why a value is no weights by name, or ""."""
    if not isinstance(value, dict):
        return "are no tensors by name"
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            return f"are no tensors by name: {name!r:.80}"
        if fault := _fault_of_tensor(tensor):
            return f"{fault}: {name[:80]}"
    return ""


def _fault_of_tensor(tensor: torch.Tensor) -> str:
    if tensor.layout != torch.strided or tensor.is_complex() or tensor.is_quantized:
        return "are no plain numbers"
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        return "claim more values than the file holds"
    is_finite = torch.isfinite(tensor).all() if tensor.is_floating_point() else True
    return "" if is_finite else "are not finite"


def _several(check: FieldCheck) -> FieldCheck:
    def check_all(value: Any) -> str:
        """What is wrong with the first bad element; empty if nothing is."""
        if not isinstance(value, list) or not value:
            return "is no list"
        return next(filter(None, map(check, value)), "")

    return check_all


def _tables(value: Any) -> str:
    """Integer tables of a coder, which `FrequencyTables` checks further, or a list of them."""
    if isinstance(value, list):
        return _several(_tables)(value)
    if fault := defect_of_weights(value):
        return fault
    if not set(TABLES) <= set(value):
        return f"lack one of {', '.join(TABLES)}"
    are_integers = all(value[name].dtype == torch.int64 for name in TABLES)
    return "" if are_integers else "are no integers"


def _logs(value: Any) -> str:
    """log2 of probabilities in whole units, int32 [M, B]."""
    is_plain = isinstance(value, torch.Tensor) and value.dtype == torch.int32 and value.ndim == 2
    if not is_plain or not value.numel():
        return "are not int32 [M, B]"
    if fault := _fault_of_tensor(value):
        return fault
    return "" if -(1 << 24) <= int(value.min()) <= int(value.max()) <= 0 else "are no logarithms"


def _seeds(value: Any) -> str:
    """Seeds of the trainings that a checkpoint holds, each once."""
    if not isinstance(value, list) or not value or len(set(value)) != len(value):
        return "is no list of different seeds"
    return next(filter(None, map(_count(1 << 31), value)), "")


def _occupancies(value: Any) -> str:
    """Counts of the occupancies of octrees, which `OctreeModel` checks further."""
    is_plain = isinstance(value, torch.Tensor) and value.dtype == torch.int32
    return _fault_of_tensor(value) if is_plain else "are no integers"


FIELDS: dict[str, FieldCheck] = {
    "size": _of(str), "dataset": _of(str), "origin": _of(str), "codec_digest": _of(str),
    "dataset_digest": _of(str),
    "head_norm": _of(bool), "training": _of(dict), "shape": _of(dict), "identity": _of(dict),
    "points": _count(LARGEST_COUNT), "classes": _count(1 << 16), "quality": _count(64),
    "n": _count(WIDEST), "m": _count(WIDEST),
    "lambdas": _lambdas, "seeds": _seeds,
    "state": defect_of_weights, "model": defect_of_weights, "models": _several(defect_of_weights),
    "tables": _tables, "logs": _logs, "patch": _count(WIDEST), "occupancies": _occupancies,
}
WEIGHTS = frozenset({"state", "model", "models", "tables", "logs", "occupancies"})
"""The fields that hold tensors."""
