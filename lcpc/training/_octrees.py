"""OctAttention in training: trees of random clouds, P and S, cut into windows of 1,024 nodes.

All trees of a round follow one another in one stream, which is cut into windows; a node sees only
nodes of its own tree and window. A round is a few hundred windows.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lcpc.data.base import PointClouds
from lcpc.errors import ConfigError
from lcpc.fast.graphs import ALONE
from lcpc.models.exact_attention import whole_state
from lcpc.models.oct_attention import OctAttentionNetwork, OctShape
from lcpc.models.octree import Nodes, standard_depth, trees
from lcpc.trainer.cloud_training import check_points
from lcpc.trainer.loop import (
    Report,
    Task,
    WeightAverage,
    cosine_rate,
    fit,
    round_generator,
    set_learning_rate,
)

NODES = 1024
"""Nodes of a window of training."""
REPORT_ROUNDS = 10
FIRST_RATE = 0.01
"""Part of the learning rate that the first step has."""


@dataclass(frozen=True)
class Windows:
    """Windows of nodes [W, 1024], for the network."""

    nodes: Nodes
    previous: Tensor
    """Occupancy of the node before, 0 for the first of a tree."""
    occupancy: Tensor
    start: Tensor
    """Place in the window of the first node that a node may see."""

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.start)

    def __getitem__(self, index: Tensor) -> "Windows":
        """Some of the windows."""
        return Windows(self.nodes[index], self.previous[index], self.occupancy[index],
                       self.start[index])


def windows(grid: Tensor, tree: Tensor, depth: Tensor) -> Windows:
    """Windows of the stream of these trees, see `lcpc.models.octree.trees`; its end is left out."""
    nodes, occupancy, owner = trees(grid, tree, depth)
    place = torch.arange(len(owner), device=owner.device)
    is_first = torch.ones_like(owner, dtype=torch.bool)
    is_first[1:] = owner[1:] != owner[:-1]
    start = torch.where(is_first, place, 0).cummax(0).values
    previous = torch.where(is_first, 0, occupancy.roll(1))
    count = len(owner) // NODES
    window_start = place // NODES * NODES
    columns = [_cut(column, count) for column in vars(nodes).values()]
    seen = (start - window_start).clamp(min=0)
    return Windows(Nodes(*columns), _cut(previous, count), _cut(occupancy, count),
                   _cut(seen, count))


def _cut(column: Tensor, count: int) -> Tensor:
    # [N, ...] -> [W, 1024, ...]
    return column[:count * NODES].unflatten(0, (count, NODES))


@dataclass(kw_only=True)
class OctreeTraining:
    """The network, the clouds and the (P, S) pairs that it learns from."""

    network: OctAttentionNetwork
    points: Tensor
    """Clouds [n, M, 3], on the device."""
    pairs: list[tuple[int, int]]
    settings: Mapping[str, Any]
    seed: int
    device: str

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), self.settings["learning_rate"], weight_decay=0.01,
            fused=True)
        self.average = WeightAverage(self.network, self.settings["average_decay"])
        # A tree has about P log2(4 S) nodes at most. Small ones come more often than large ones,
        # and still have the fewest nodes.
        nodes = torch.tensor([count * standard_depth(scale) for count, scale in self.pairs])
        self._chances = nodes.double().rsqrt()
        self._pairs = torch.tensor(self.pairs)

    def run_round(self, number: int) -> Report:
        """One pass over the windows of fresh trees."""
        with ALONE:
            stream = self.draw(round_generator(self.seed, number))
        batches = self._batches(len(stream), number)
        bits = torch.zeros((), device=self.device)
        for index, batch in enumerate(batches):
            set_learning_rate(self.optimizer, self._rate(number + index / len(batches)))
            with ALONE:
                bits += self._step(stream[batch.to(self.device)])
                self.average.update(self.network, number * len(batches) + index)
        return {"bits a node": (bits / len(batches)).cpu()}

    def _batches(self, count: int, number: int) -> list[Tensor]:
        """Windows of each step, in random order; those that do not fill a step are left
        out. Raises ConfigError where there are none."""
        if not count:
            raise ConfigError(f"{self.settings['trees']} trees have less than {NODES} nodes; see "
                              "input_compression: octattention: trees")
        size = min(count, self.settings["batch"])
        order = torch.randperm(count, generator=round_generator(self.seed + 1, number))
        return list(order[:count // size * size].split(size))

    def _rate(self, moment: float) -> float:
        """Learning rate at a moment of training, in rounds."""
        settings = self.settings
        rise = min(1.0, moment / settings["warm_up_rounds"] + FIRST_RATE)
        share = moment / settings["rounds"]
        return rise * cosine_rate(
            settings["learning_rate"], share, settings["final_rate_fraction"])

    def draw(self, rng: torch.Generator) -> Windows:
        """Windows of fresh trees: random clouds, pairs (P, S), and P of the points of each."""
        count, stored = self.settings["trees"], self.points.shape[1]
        cloud = torch.randint(len(self.points), (count,), generator=rng)
        chosen = torch.multinomial(self._chances, count, True, generator=rng)
        first = torch.randint(stored, (count,), generator=rng)
        number, scale = self._pairs[chosen].T
        # The points of a cloud are independent samples: any P in a row are a uniform subset.
        owner = torch.repeat_interleave(torch.arange(count), number)
        place = torch.arange(len(owner)) - (number.cumsum(0) - number)[owner] + first[owner]
        points = self.points[cloud[owner].to(self.device), (place % stored).to(self.device)]
        owner, scale = owner.to(self.device), scale.to(self.device)
        depth = torch.tensor([standard_depth(int(s)) for s in scale.tolist()], device=self.device)
        size = scale[owner, None]
        return windows((points * size).trunc().long() + size, owner, depth)

    def _step(self, batch: Windows) -> Tensor:
        self.network.train()
        self.optimizer.zero_grad()
        bits = self.bits(batch)
        bits.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings["clip_norm"])
        self.optimizer.step()
        return bits.detach()

    def bits(self, batch: Windows) -> Tensor:
        """Mean bits a node."""
        kind = torch.device(self.device).type
        with torch.autocast(kind, torch.bfloat16, enabled=kind == "cuda"):
            logits = self.network(batch.nodes, batch.previous, batch.occupancy, batch.start)
        nats = functional.cross_entropy(logits.float().flatten(0, 1), batch.occupancy.flatten() - 1)
        return nats / math.log(2)


def train(settings: Mapping[str, Any], clouds: PointClouds, seed: int, resume: Path,
          device: str = "cpu", save_minutes: float = 2.0) -> tuple[dict[str, Any], float]:
    """(content of the checkpoint, seconds of training).

    settings: those of the job: `training`, `points` and `scales`.
    """
    check_points(max(settings["points"]), clouds)
    shape = OctShape.of(settings["training"])
    network = OctAttentionNetwork(shape, seed).to(device)
    names = ("training", "points", "scales")
    identity = {"kind": "octattention", **{name: settings[name] for name in names},
                "seed": seed, "dataset": clouds.name, "dataset_digest": clouds.digest}
    training = OctreeTraining(
        network=network, points=torch.from_numpy(clouds.points).to(device),
        pairs=[(count, scale) for count in settings["points"] for scale in settings["scales"]],
        settings=settings["training"], seed=seed, device=device)
    seconds = fit(Task(
        module=network, optimizer=training.optimizer, run_round=training.run_round,
        rounds=settings["training"]["rounds"], identity=identity, resume=resume, unit="round",
        parts={"average": training.average}, report_rounds=REPORT_ROUNDS,
        save_minutes=save_minutes))
    network.load_state_dict(training.average.weights(network))
    state = whole_state(network.cpu())
    return {**identity, "shape": shape.plain(), "state": state}, seconds
