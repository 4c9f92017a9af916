"""Claims that no table holds but one function gives, such as 28 dB from the printed 0.04."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from lcpc.audit.claims import Claim
from lcpc.audit.files import parse_row
from lcpc.errors import ResultError

ROOM = "lcpc.metrics."


def function_of(claim: Claim) -> Callable[..., Any]:
    """The function that the claim's method names. Raises ResultError if it is not there."""
    where = f"claim {claim.claim}: method"
    module, _, name = claim.method.rpartition(".")
    if not claim.method.startswith(ROOM):
        raise ResultError(f"{where} {claim.method!r} is not a function of lcpc.metrics")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ResultError(f"{where} {claim.method} is not there: {error}") from error


def compute(claim: Claim, claims: Mapping[str, Claim]) -> float:
    """The claim's value from its function; `row` maps arguments to the claims that give them."""
    values: dict[str, float] = {}
    for name, other in parse_row(claim.row).items():
        number = claims[other].number if other in claims else None
        if number is None:
            raise ResultError(f"claim {claim.claim}: its argument {name} is {other!r}, "
                              "which is not a claim with a number")
        values[name] = number
    try:
        return float(function_of(claim)(**values))
    except (TypeError, ValueError) as error:
        raise ResultError(f"claim {claim.claim}: {claim.method} fails: {error}") from error
