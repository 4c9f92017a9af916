"""The section of codecs of the cloud itself, and how those of them that learn are trained."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from lcpc.config.base import (
    SCALES,
    Count,
    CountOrZero,
    Positive,
    PositiveOrZero,
    Scale,
    Section,
    Share,
)
from lcpc.config.curves import CountList, Training
from lcpc.errors import did_you_mean
from lcpc.registry import names

CODECS = "lcpc.codecs.point_clouds"
PatchSize = Annotated[int, Field(ge=2, le=4096, multiple_of=2)]


class OctAttentionTraining(Section):
    """`octattention:` of `input_compression:` trains the codec of that name, on octrees of the
    training clouds at all P and S of the run."""

    rounds: Count = 150
    """Rounds of fresh trees (choice)."""
    trees: Count = 4096
    """Trees of a round, each of a random cloud, P and S."""
    batch: Count = 16
    """Windows of 1,024 nodes in a step."""
    learning_rate: Positive = 2e-3
    """Of AdamW, after the first rounds (choice)."""
    warm_up_rounds: Positive = 5.0
    """Rounds in which the rate rises (choice)."""
    final_rate_fraction: PositiveOrZero = 0.01
    """Where the cosine ends, as a part of `learning_rate` (choice)."""
    average_decay: Share = 0.99
    """Decay per step of the averaged weights that code (choice)."""
    clip_norm: Positive = 1.0
    """The norm that gradients are clipped at (choice)."""
    checkpoint_minutes: PositiveOrZero = 2.0
    """A killed run loses at most this much work."""
    occupancy: Count = 24
    """Width of the embedding of an occupancy; the paper has 128."""
    level: Count = 4
    """Width of the embedding of a level; the paper has 6."""
    octant: Count = 4
    """Width of the embedding of an octant, as the paper's."""
    layers: Count = 2
    """Layers of attention; the paper has 3."""
    heads: Count = 4
    """Heads of attention, as the paper's."""
    hidden: Count = 256
    """Units of the feed-forward networks; the paper has 300."""
    window: Annotated[int, Field(ge=1, le=1024)] = 256
    """Decoded nodes that a node sees; the paper has 1,024."""

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> Self:
        width = 4 * (self.occupancy + self.level + self.octant)
        if width % self.heads:
            raise ValueError(f"heads is {self.heads}, but the width, 4 (occupancy + level + "
                             f"octant) = {width}, is no multiple of it")
        return self


class IpdaeTraining(Section):
    """`ipdae:` trains IPDAE, one network a patch size K; without it, its rows are recorded ones."""

    patches: Annotated[tuple[PatchSize, ...], Field(min_length=1)] = (
        8, 16, 32, 64, 128, 256, 512, 1024, 2048)
    """K, points of a patch, the settings of its curve: S = 2 P / K patches code a cloud, from 1 to
    `most_patches`."""
    most_patches: Count = 64
    """Largest S that is trained and measured."""
    steps: Count = 5000
    """Steps of the training of each network."""
    batch: Count = 8
    """Clouds in a step; twice as many at all but the largest P, or where K is 1,024 or more
    (choice)."""
    learning_rate: Positive = 2e-3
    """Of Adam, at the start; it falls on a cosine to a hundredth (the paper's is 5e-4; choice)."""
    rate_weight: PositiveOrZero = 1e-6
    """Weight of bits a point beside the Chamfer distance, from half of training on."""
    checkpoint_minutes: PositiveOrZero = 2.0
    """A killed training loses at most this much work."""

    def points_of(self, patch: int, points: Iterable[int]) -> list[int]:
        """The numbers of points of clouds that patches of K points code, largest first."""
        fitting = [count for count in points if 1 <= 2 * count // patch <= self.most_patches]
        return sorted(fitting, reverse=True)


class InputCompression(Section):
    """`input_compression:` measures codecs at all (P, S); a PointNet trained for that P classifies
    what they decode."""

    codecs: tuple[str, ...] = ("draco",)
    """Codecs of the cloud itself; `lcpc codecs` lists them."""
    points: CountList = (1024,)
    """P, points of the input cloud; one PointNet is trained for each."""
    scales: tuple[Scale, ...] = SCALES
    """S, the factor before quantisation."""
    test_clouds: CountOrZero = 0
    """Clouds a setting is measured on, spread evenly over the test split; 0 is all of them."""
    recorded: tuple[str, ...] = ()
    """Manifests of outputs made elsewhere, paths relative to the project's folder; their codecs are
    named in `codecs` too."""
    classifier: Training = Training()
    """How the PointNets are trained."""
    octattention: OctAttentionTraining | None = None
    """How OctAttention is trained; without it, its rows are those of a manifest in `recorded`."""
    ipdae: IpdaeTraining | None = None
    """How IPDAE is trained, if `codecs` names it; without it, its outputs come with manifests."""

    @model_validator(mode="after")
    def _codecs_are_known(self) -> Self:
        """With manifests, a codec needs no file of lcpc; the manifests say whether they have it."""
        known = [name.replace("_", "-") for name in names(CODECS)]
        for index, codec in enumerate(() if self.recorded else self.codecs):
            if codec not in known:
                hint = did_you_mean(codec, known)
                raise ValueError(f"codecs[{index}]: there is no {codec!r}. {hint} "
                                 "Or name its manifest in `recorded`.")
        return self
