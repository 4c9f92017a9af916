"""Trains the distribution model of a frozen base on histograms of its latents: L = R_y + lambda_q R_q; resumable."""

import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lcpc.codecs.image_base import TrainedBase
from lcpc.config import Images
from lcpc.data.photographs import Photographs
from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.entropy.pmf import frequency_tables
from lcpc.log import logger, progress
from lcpc.models.bottleneck import TAIL_MASS
from lcpc.models.distribution_codec import STRIDE, DistributionCodec, DistributionShape
from lcpc.training import checkpoint
from lcpc.training.image_base import CLIP_NORM, DENSITY_RATE, SAVE_SECONDS, learning_rate
from lcpc.training.latents import Histograms, histograms
from lcpc.training.patches import step_generator

LOG = logger("lcpc.training")
TARGET_POSITIONS = 768 * 512 // 256
"""Latent positions of the images that the model is for; lambda_q is the trained area over theirs."""

REPORT_STEPS = 500
WARM_UP_STEPS = 100
START_PIECES = 64
LEAST_LOG_BITS, LEAST_WINDOW = -14, 32

LONGEST_SUPPORT = 512
KEYS = ("distribution_steps", "distribution_batch", "distribution_learning_rate", "distribution_versions", "lambda_q")


def train_distribution(images: Images, base: TrainedBase, base_digest: str, photos: Photographs, seed: int, target: Path,
                       resume: Path) -> None:
    """Train the model of a base and write its weights, with the integer tables that code q."""
    network = images.network(base.quality)
    shape = DistributionShape(base.network.m, network.n_q, network.m_q, base.bins, window=window_of(base),
                              slope=images.distribution_slope)
    found = histograms(base.network, photos.rgb, images.distribution_versions, shape.width, seed)
    identity = {"kind": "distribution", "quality": base.quality, "seed": seed, "shape": shape.plain(),
                "base_digest": base_digest, "dataset": photos.name, "dataset_digest": photos.digest,
                **{key: getattr(images, key) for key in KEYS}}
    generator = torch.Generator().manual_seed(seed)
    codec = DistributionCodec(shape, torch.from_numpy(base.logs) / LOG_UNITS, generator)
    codec.start(shares(found, slice(0, START_PIECES)), generator)
    _Training(codec, images, found, seed, resume, identity).run()
    checkpoint.save(target, {**identity, "state": codec.state_dict(), "tables": frequency_arrays(codec)})
    resume.unlink(missing_ok=True)


def window_of(base: TrainedBase) -> int:
    """Bins in the middle of which none outside is likelier than 2^-14 in any channel: a multiple of 8, at least 32."""
    likely = (base.logs > LEAST_LOG_BITS * LOG_UNITS).any(axis=0).nonzero()[0] - base.bins // 2
    needed = 2 * (int(abs(likely).max(initial=0)) + 1)
    return min(base.bins, max(LEAST_WINDOW, -(-needed // STRIDE) * STRIDE))


def shares(found: Histograms, chosen: slice | Tensor) -> Tensor:
    """Histograms p [S, M, window] of the chosen pieces."""
    return found.counts[chosen].float() / found.positions[chosen].view(-1, 1, 1)


class _Training:
    """One run of the loop: the model, its optimiser, and how far they are."""

    def __init__(self, codec: DistributionCodec, images: Images, found: Histograms, seed: int, resume: Path,
                 identity: dict[str, Any]) -> None:
        self.codec, self.images, self.found, self.seed = codec, images, found, seed
        self.resume, self.identity, self.steps = resume, identity, images.distribution_steps
        self.transforms, densities = [*codec.h_a_q.parameters(), *codec.h_s_q.parameters()], [*codec.bottleneck.parameters()]
        groups = [{"params": self.transforms, "rate": 1.0}, {"params": densities, "rate": DENSITY_RATE}]
        self.optimizer = torch.optim.Adam(groups, images.distribution_learning_rate, betas=(0.9, 0.99), fused=True)
        self.done = self._found()

    def run(self) -> None:
        """All steps that are left; the state is written every two minutes."""
        seen, saved = torch.zeros(3), time.monotonic()
        for step in progress(range(self.done, self.steps), "steps", self.steps - self.done):
            seen += self._step(step)
            self.done = step + 1
            if self.done % REPORT_STEPS == 0:
                static, adapted, side = (seen / REPORT_STEPS).tolist()
                LOG.info("step %d of %d: %.3f bits a position, %+.2f %% of static, %.2f %% of them side information", self.done,
                         self.steps, adapted + side, 100 * ((adapted + side) / static - 1), 100 * side / (adapted + side))
                seen.zero_()
            if time.monotonic() - saved > SAVE_SECONDS:
                self._save()
                saved = time.monotonic()

    def _step(self, step: int) -> Tensor:
        """One step of Adam; bits a position: static, adapted, side information."""
        generator = step_generator(self.seed, step)
        chosen = torch.randint(len(self.found), (self.images.distribution_batch,), generator=generator)
        rate = learning_rate(self.images.distribution_learning_rate, step / self.steps) * min(1, (step + 1) / WARM_UP_STEPS)
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * rate
        self.optimizer.zero_grad()
        p = shares(self.found, chosen)
        y_bits, q_bits = rates(self.codec, p, generator)
        side = q_bits * self._side_weight(chosen) / self.found.positions[chosen]
        (y_bits + side).mean().backward()
        nn.utils.clip_grad_norm_(self.transforms, CLIP_NORM)
        self.optimizer.step()
        static = -(p * self.codec.default).sum((1, 2))
        return torch.stack([static.mean(), y_bits.detach().mean(), side.detach().mean()])

    def _side_weight(self, chosen: Tensor) -> Tensor:
        """lambda_q of each piece."""
        area = self.found.positions[chosen] / TARGET_POSITIONS
        return torch.full_like(area, self.images.lambda_q) if self.images.lambda_q else area

    def _found(self) -> int:
        if not self.resume.is_file():
            return 0
        content = checkpoint.read(self.resume)
        if content["identity"] != self.identity:
            LOG.info("%s belongs to another training; starting afresh", self.resume.name)
            return 0
        checkpoint.restore(self.codec, content["module"], self.resume)
        self.optimizer.load_state_dict(content["optimizer"])
        LOG.info("going on at step %d of %d from %s", content["step"] + 1, self.steps, self.resume.name)
        return int(content["step"])

    def _save(self) -> None:
        checkpoint.save(self.resume, {"identity": self.identity, "step": self.done, "module": self.codec.state_dict(),
                                      "optimizer": self.optimizer.state_dict()})


def rates(codec: DistributionCodec, p: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """(bits a position of y under p_hat [S], bits of q [S]) of histograms p [S, M, window].

    q is rounded on its way to p_hat, with the gradient passed straight through, and has uniform noise for its rate.
    """
    q = codec.analyse(p)
    noisy = q + torch.rand(q.shape, generator=generator) - 0.5
    rounded = q + (torch.round(q) - q).detach()
    return -(p * codec.synthesise(rounded)).sum((1, 2)), -torch.log2(codec.likelihood(noisy)).sum(1)


@torch.no_grad()
def frequency_arrays(codec: DistributionCodec) -> dict[str, Tensor]:
    """Integer tables of all elements of q, as plain tensors for a checkpoint."""
    low, high = codec.bottleneck.quantile(TAIL_MASS / 2), codec.bottleneck.quantile(1 - TAIL_MASS / 2)
    first = torch.floor(low).clamp(-LONGEST_SUPPORT / 2, 0)
    length = (torch.ceil(high).clamp(0, LONGEST_SUPPORT / 2) - first).long() + 1
    grid = codec.bottleneck.probabilities(torch.zeros_like(first), first, int(length.max())).T.double().numpy()
    kept = [row[:count] for row, count in zip(grid, length.tolist(), strict=True)]
    tables = frequency_tables(kept, first.long().numpy())
    return {name: torch.from_numpy(array) for name, array in tables.to_arrays().items()}
