"""The random choices of a shape: one generator per instance, with names for the kinds of choice."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

Choice = TypeVar("Choice")


class Dice:
    """Draws the proportions and parts of one shape; equal seeds give equal draws in equal order."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def between(self, low: float, high: float) -> float:
        """A length or an angle, uniform in [low, high)."""
        return float(self._generator.uniform(low, high))

    def normal(self, deviation: float) -> float:
        """A deviation around zero."""
        return float(self._generator.normal(0.0, deviation))

    def count(self, low: int, high: int) -> int:
        """A number of parts, low to high, both included."""
        return int(self._generator.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """Whether a part is there."""
        return bool(self._generator.random() < probability)

    def pick(self, *choices: Choice) -> Choice:
        """One of the choices, equally likely."""
        return choices[int(self._generator.integers(len(choices)))]
