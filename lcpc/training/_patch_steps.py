"""IPDAE's training steps, on a processor or a device."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from lcpc.fast.graphs import Inputs, RecordedStep
from lcpc.models.ipdae import LARGEST_SYMBOL, PatchAutoencoder, chamfer, rounded
from lcpc.trainer.loop import Report, Task, cosine_rate, fit, follow_rate, round_generator
from lcpc.training._patch_clouds import PatchClouds

if TYPE_CHECKING:
    from lcpc.config import IpdaeTraining

ROUND_STEPS = 50
LARGEST_SHARE = 4
"""All but one of so many steps take the largest clouds; the others take turns."""
LARGE_PATCH = 1024
"""Patches of so many points cost less a cloud and are few: a step takes twice the clouds."""
CLIP_NORM = 1.0
WARM_UP_STEPS = 100
FIRST_SPREAD = 2.0
"""Factor on the first weights of the encoder's last layer, so that latents begin with several
values."""


def drawn_network(patch: int, seed: int) -> PatchAutoencoder:
    """A network before its first step, its weights drawn as `nn.Linear` draws them."""
    network, generator = PatchAutoencoder(patch), torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            reach = layer.in_features**-0.5
            for value in (layer.weight, layer.bias):
                nn.init.uniform_(value, -reach, reach, generator=generator)
    network.encoder.outer.weight.data *= FIRST_SPREAD
    return network


class PatchTraining:
    """Trains a network on clouds of several sizes, the largest first in `data`."""

    def __init__(self, network: PatchAutoencoder, data: Sequence[PatchClouds],
                 settings: "IpdaeTraining", seed: int, identity: Mapping[str, Any],
                 resume: Path, device: str) -> None:
        self._network, self._data, self._settings = network.to(device), data, settings
        self._seed, self._identity, self._resume = seed, identity, resume
        self._optimizer = torch.optim.Adam(
            network.parameters(), settings.learning_rate, fused=True)
        self._step = RecordedStep(self._device_step, torch.device(device))

    def fit(self) -> float:
        """Train all steps and leave the network on the processor; seconds."""
        self._network.train()
        rounds = -(-self._settings.steps // ROUND_STEPS)
        seconds = fit(Task(
            module=self._network, optimizer=self._optimizer, run_round=self._round,
            rounds=rounds, identity=self._identity, resume=self._resume,
            unit=f"{ROUND_STEPS} steps", report_rounds=max(1, rounds // 20),
            save_minutes=self._settings.checkpoint_minutes))
        self._network.cpu().requires_grad_(False).eval()
        return seconds

    def _round(self, number: int) -> Report:
        steps = self._settings.steps
        first = number * ROUND_STEPS
        for step in range(first, min(first + ROUND_STEPS, steps)):
            clouds = self._data[self._turn(step)]
            x, centroids = clouds.batch(self._rows(clouds, step))
            self._step({"x": x, "centroids": centroids, "rate": self._rate(step),
                        "rate_weight": self._rate_weight(step)})
        return self._step.means()

    def _turn(self, step: int) -> int:
        """Which of the sizes a step takes."""
        turn, rest = divmod(step, LARGEST_SHARE)
        others = len(self._data) - 1
        return 1 + turn % others if others and rest == LARGEST_SHARE - 1 else 0

    def _rows(self, clouds: PatchClouds, step: int) -> Tensor:
        is_cheap = clouds is not self._data[0] or self._network.patch >= LARGE_PATCH
        count = self._settings.batch * (2 if is_cheap else 1)
        generator = round_generator(self._seed, step)
        return torch.randint(len(clouds.points), (count,), generator=generator)

    def _rate(self, step: int) -> Tensor:
        rise = min(1, (step + 1) / WARM_UP_STEPS)
        rate = cosine_rate(self._settings.learning_rate, step / self._settings.steps)
        return torch.tensor(rise * rate)

    def _rate_weight(self, step: int) -> Tensor:
        is_late = 2 * step >= self._settings.steps
        return torch.tensor(self._settings.rate_weight if is_late else 0.0)

    def _device_step(self, inputs: Inputs) -> dict[str, Tensor]:
        """All of a step on the device."""
        follow_rate(self._optimizer, inputs["rate"])
        self._optimizer.zero_grad()
        loss, report = losses(
            self._network, inputs["x"], inputs["centroids"], inputs["rate_weight"])
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), CLIP_NORM, foreach=True)
        self._optimizer.step()
        return {name: value.detach() for name, value in report.items()}


def losses(network: PatchAutoencoder, x: Tensor, centroids: Tensor,
           rate_weight: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """(loss [], values to report) of clouds x [B, N, 3] about decoded centroids [B, S, 3].

    The loss is N (D + weight R), D the Chamfer distance and R bits a point, and the bits of the
    rounded latents, which train the entropy model alone.
    """
    count = x.shape[1]
    y = network.analyse(x, centroids)
    y_hat = rounded(y)
    distance = chamfer(network.synthesise(y_hat, centroids), x)
    logs = network.log_probabilities(centroids)
    bits = -logs.gather(-1, symbols_of(y_hat.detach()).unsqueeze(-1)).sum((1, 2, 3)).mean()
    rate = between(-logs.detach(), y).sum((1, 2)).mean() / count
    loss = count * (distance + rate_weight * rate) + bits / count
    return loss, {"Chamfer x N": count * distance, "bits a patch": bits / centroids.shape[1]}


def symbols_of(y_hat: Tensor) -> Tensor:
    """Places 0 ... 6 of rounded latents."""
    return (torch.round(y_hat) + LARGEST_SYMBOL).long()


def between(bits: Tensor, y: Tensor) -> Tensor:
    """Bits [...] of y [...] before rounding, linear between the values of bits [..., 7], so that
    they have a gradient."""
    place = (y + LARGEST_SYMBOL).clamp(0, 2 * LARGEST_SYMBOL)
    low = place.detach().floor().clamp(max=2 * LARGEST_SYMBOL - 1).long()
    share = place - low
    lower = bits.gather(-1, low.unsqueeze(-1)).squeeze(-1)
    upper = bits.gather(-1, low.unsqueeze(-1) + 1).squeeze(-1)
    return lower + share * (upper - lower)
