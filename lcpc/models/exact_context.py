"""A trained context model in whole numbers: equal probabilities on every machine, in any order.

As in `lcpc.models.fixed_point`: weights and activations are whole multiples of powers of two,
stored as float64, and all sums stay below 2^53, so they are exact whatever order they are taken in.
A checkpoint holds the whole numbers themselves.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc import checkpoints
from lcpc.entropy import logistic_mixtures
from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import DataError
from lcpc.models.context_model import PASSES, ContextModel, ContextShape, GroupInputs, Pass
from lcpc.models.fixed_point import ACTIVATION_BITS, LARGEST, LARGEST_BIAS, WEIGHT_BITS

LARGEST_WEIGHT = (1 << 15) - 1
OUTPUT_BITS = LOG_UNITS.bit_length() - 1
TABLE = "features"


def whole_state(model: ContextModel) -> dict[str, Tensor]:
    """Weights in units of 2^-12 (int16), biases in units of 2^-20 (int32), tables of features."""
    state = {}
    for name, value in model.state_dict().items():
        if name == TABLE:
            state[name] = torch.round(value * 2.0**ACTIVATION_BITS).short()
        elif value.dim() > 1:
            whole = torch.round(value.double() * 2.0**WEIGHT_BITS)
            state[name] = whole.clamp(-LARGEST_WEIGHT, LARGEST_WEIGHT).short()
        else:
            state[name] = torch.round(value.double() * 2.0 ** (WEIGHT_BITS + ACTIVATION_BITS)).int()
    return state


class ExactContext(ContextModel):
    """The network of such a state."""

    @staticmethod
    def of(shape: ContextShape, state: Mapping[str, Tensor], where: str,
           passes: Sequence[Pass] = PASSES) -> "ExactContext":
        """The network of a state of whole numbers. Raises DataError naming `where` for another."""
        for name, value in state.items():
            if not isinstance(value, Tensor) or value.dtype not in (torch.int16, torch.int32):
                raise DataError(f"{where}: {name} holds no whole numbers; train again")
        network = ExactContext(shape, passes)
        network.double()
        checkpoints.restore(network, state, where)
        return network.eval().requires_grad_(False)

    @property
    def unit(self) -> float:
        """1 in units of activations."""
        return 2.0**ACTIVATION_BITS

    def settled(self, x: Tensor) -> Tensor:
        """Rounded to units of 2^-8."""
        return torch.round(x * 2.0**-WEIGHT_BITS).clamp(-LARGEST, LARGEST)

    def mean(self, e: Tensor) -> Tensor:
        """Mean over all positions, rounded down."""
        total = e.sum((1, 2), keepdim=True).long()
        return (total // (e.shape[1] * e.shape[2])).to(e.dtype)

    @torch.no_grad()
    def tables(self, group: int, number: int, c: Tensor, near: GroupInputs,
               largest: int) -> FrequencyTables:
        """A table for each value of a pass, channels running fastest; see `parameters_of`."""
        out = self.parameters_of(group, number, c, near)
        scale = 2.0 ** (OUTPUT_BITS - ACTIVATION_BITS - WEIGHT_BITS)
        whole = torch.round(out * scale).clamp(-LARGEST_BIAS, LARGEST_BIAS).long()
        # [n, channels, 3, K] -> 3 times [n channels, K]
        logs, means, log_scales = (_rows(part) for part in whole.unbind(2))
        return logistic_mixtures.tables(logs, means, log_scales, largest)


def _rows(part: Tensor) -> NDArray[np.int64]:
    return part.flatten(0, 1).numpy()
