"""Early stopping: clouds held out of training say which weights of each lambda were best, and when
no lambda improves."""

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from lcpc.config import Training
from lcpc.fast.random_numbers import RandomSource
from lcpc.trainer.loop import round_generator

Data: TypeAlias = tuple[Tensor, Tensor]
"""(points [n, M, 3], label [n])."""
Loss: TypeAlias = Callable[[Tensor, Tensor, RandomSource], tuple[Tensor, dict[str, Tensor]]]
"""Loss [L] and values to report of a batch x [B, 3, P], label [B]."""

BATCH = 256
SPLIT_SEED = 1
"""All trainings on a data set hold the same clouds out: a warm start must not see those of the
curve after it."""
NOISE_EPOCH = -1
"""Stands for the number of an epoch: its random numbers are the noise on held-out clouds."""


def split(data: Data, share: float) -> tuple[Data, Data]:
    """(clouds to train on, clouds held out), the second `share` of all and at least one; the same
    ones each time."""
    points, label = data
    count = max(1, round(share * len(points)))
    order = torch.randperm(len(points), generator=torch.Generator().manual_seed(SPLIT_SEED))
    held_out, trained = order[:count], order[count:].sort().values
    return (points[trained], label[trained]), (points[held_out], label[held_out])


class HeldOut:
    """Follows the loss of each lambda on held-out clouds, and keeps its weights of the best
    epoch."""

    def __init__(
        self, data: Data, points: int, networks: int, training: Training, seed: int
    ) -> None:
        self._x, self._label = data[0][:, :points].transpose(1, 2).contiguous(), data[1]
        self._networks, self._patience, self._seed = networks, training.patience, seed
        self.loss = torch.full((networks,), torch.inf)
        self.best: dict[str, Tensor] = {}
        self.waited = 0

    def is_over(self) -> bool:
        """Whether no lambda got better for as many epochs as the run waits."""
        return bool(self._patience) and self.waited >= self._patience

    def compare(self, module: nn.Module, loss_of: Loss, weights: dict[str, Tensor]) -> Tensor:
        """Loss [L] of `weights` in `module`, which keeps its own; better ones are kept."""
        before = {name: value.clone() for name, value in module.state_dict().items()}
        module.load_state_dict(weights)
        loss = self._loss(module, loss_of, next(iter(weights.values())).device).cpu()
        module.load_state_dict(before)
        is_better = loss < self.loss
        if not self.best:
            self.best = {name: value.clone().cpu() for name, value in weights.items()}
        for name, value in weights.items():
            rows = value.cpu().reshape(self._networks, -1)
            self.best[name].view(self._networks, -1)[is_better] = rows[is_better]
        self.loss = torch.where(is_better, loss, self.loss)
        self.waited = 0 if is_better.any() else self.waited + 1
        return loss

    @torch.no_grad()
    def _loss(self, module: nn.Module, loss_of: Loss, device: torch.device) -> Tensor:
        module.eval()
        noise = round_generator(self._seed, NOISE_EPOCH)
        total = torch.zeros(self._networks, device=device)
        for x, label in zip(self._x.split(BATCH), self._label.split(BATCH), strict=True):
            total += loss_of(x.to(device), label.to(device), noise)[0] * len(x)
        return total / len(self._x)

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training needs."""
        return {"loss": self.loss, "best": self.best, "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.loss, self.best, self.waited = state["loss"], state["best"], int(state["waited"])
