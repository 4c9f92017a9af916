"""Early stopping: clouds held out of training say which weights of each member were best, and when none gets better."""

from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from lcpc.config import Training
from lcpc.training.batches import Step, epoch_generator

Data: TypeAlias = tuple[Tensor, Tensor]
"""(points [n, M, 3], label [n])."""

BATCH = 256
SPLIT_SEED = 1
"""The same clouds are held out of every training of a data set: a warm start must not see those of the curve behind it."""
LOOK_DRAW = -1
"""Number of a draw that no epoch has: the noise that held-out clouds are looked at with."""


def split(data: Data, share: float) -> tuple[Data, Data]:
    """(clouds to train on, clouds held out), the second `share` of all, at least one; the same ones each time."""
    points, label = data
    order = torch.randperm(len(points), generator=torch.Generator().manual_seed(SPLIT_SEED))
    held, kept = order.split([(count := max(1, round(share * len(points)))), len(points) - count])
    return (points[kept.sort().values], label[kept.sort().values]), (points[held], label[held])


class Stopping:
    """Watches the loss of each member on held-out clouds, and keeps its weights of the best epoch."""

    def __init__(self, held: Data, points: int, members: int, training: Training, seed: int) -> None:
        self._x, self._label = held[0][:, :points].transpose(1, 2).contiguous(), held[1]
        self._members, self._patience, self._seed = members, training.patience, seed
        self.loss = torch.full((members,), torch.inf)
        self.best: dict[str, Tensor] = {}
        self.waited = 0

    @property
    def is_over(self) -> bool:
        """Whether no member got better for as many epochs as the run waits."""
        return bool(self._patience) and self.waited >= self._patience

    def look(self, module: nn.Module, step: Step, state: dict[str, Tensor]) -> str:
        """Judge the weights `state` with the network `module`, which keeps its own; the losses in words."""
        own = {name: value.clone() for name, value in module.state_dict().items()}
        module.load_state_dict(state)
        loss = self._loss(module, step, next(iter(state.values())).device).cpu()
        better = loss < self.loss
        if not self.best:
            self.best = {name: value.clone().cpu() for name, value in state.items()}
        for name, value in state.items():
            self.best[name].view(self._members, -1)[better] = value.cpu().reshape(self._members, -1)[better]
        self.loss = torch.where(better, loss, self.loss)
        self.waited = 0 if better.any() else self.waited + 1
        module.load_state_dict(own)
        return f"held-out loss {' '.join(f'{value:.4g}' for value in loss.tolist())}"

    @torch.no_grad()
    def _loss(self, module: nn.Module, step: Step, device: torch.device) -> Tensor:
        module.eval()
        generator, total = epoch_generator(self._seed, LOOK_DRAW), torch.zeros(self._members, device=device)
        for x, label in zip(self._x.split(BATCH), self._label.split(BATCH), strict=True):
            total += step(x.to(device), label.to(device), generator)[0] * len(x)
        return total / len(self._x)

    def saved(self) -> dict[str, Any]:
        """What a resumed training needs."""
        return {"loss": self.loss, "best": self.best, "waited": self.waited}

    def restore(self, content: dict[str, Any]) -> None:
        """Go on from what `saved` gave."""
        self.loss, self.best, self.waited = content["loss"], content["best"], int(content["waited"])
