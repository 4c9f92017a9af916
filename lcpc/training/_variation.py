"""Clouds varied anew in each step, on the device, by the step's own random numbers: a recorded
step replays them."""

from dataclasses import dataclass

from torch import Tensor

from lcpc.fast.random_numbers import RandomSource, uniform


@dataclass(frozen=True)
class Variation:
    """How clouds x [B, 3, P] are varied; each part is left out where it is off."""

    axis_scale_jitter: float = 0.0
    """Each axis of each cloud is scaled by a factor from 1 -/+ this."""
    shift: float = 0.0
    """Each cloud is moved along each axis by a distance from -/+ this."""
    reorders: bool = False
    """Whether the points take another order, one for the batch: it says which are centres."""

    def __call__(self, x: Tensor, source: RandomSource) -> Tensor:
        """The batch, varied."""
        one_an_axis = (len(x), 3, 1)
        if self.axis_scale_jitter:
            factor = 2 * uniform(one_an_axis, source, x.device) - 1
            x = x * (1 + self.axis_scale_jitter * factor)
        if self.shift:
            offset = 2 * uniform(one_an_axis, source, x.device) - 1
            x = x + self.shift * offset
        if self.reorders:
            order = uniform((x.shape[2],), source, x.device).argsort()
            x = x.index_select(2, order)
        return x
