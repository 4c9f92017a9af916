"""The sections for point clouds: the data set, the proposed codec, and what it is compared with."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from lcpc.config.base import (
    SCALES,
    Count,
    CountOrZero,
    Positive,
    PositiveOrZero,
    Scale,
    Section,
    Share,
    Size,
    known_in,
)
from lcpc.errors import did_you_mean
from lcpc.registry import names

CODECS = "lcpc.codecs.point_clouds"
Schedule = Literal["cosine", "constant"]
DatasetName = Annotated[str, known_in("lcpc.data.point_clouds")]
Batch = Annotated[int, Field(ge=2)]
Sizes = Annotated[tuple[Size, ...], Field(min_length=1)]
PatchSize = Annotated[int, Field(ge=2, le=4096, multiple_of=2)]
Counts = Annotated[tuple[Count, ...], Field(min_length=1)]
MixedSize = Literal["full", "lite", "micro", "local"]
LOCAL: MixedSize = "local"
MixedSizes = Annotated[tuple[MixedSize, ...], Field(min_length=1)]
Variant = Annotated[str, Field(pattern="^([a-z][a-z0-9-]*)?$", max_length=40)]
Lambdas = Annotated[tuple[Positive, ...], Field(min_length=1)]


def _sha256(text: str) -> str:
    if text and not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise ValueError("it must have 64 hexadecimal digits")
    return text


class Dataset(Section):
    """`dataset:` says which clouds a run measures on."""

    name: DatasetName = "shapes40"
    """`shapes40` (embedded, made by lcpc), `modelnet40` (yours, in `folder`) or `folder` (your own
    objects); see docs/data.md."""
    folder: str = ""
    """Folder below the data root (`LCPC_DATA`, else `data/`); empty for data sets that lcpc makes
    itself."""
    source: str = ""
    """modelnet40 only: the official archive of meshes to make the clouds from; a path below the
    data root, or an address."""
    sha256: Annotated[str, AfterValidator(_sha256)] = ""
    """modelnet40 only: checksum of that archive, 64 hexadecimal digits; empty accepts any archive
    and says its checksum."""
    train_per_class: Count = 80
    """shapes40 only: training clouds a class."""
    test_per_class: Count = 25
    """shapes40 only: test clouds a class."""
    stored_points: Count = 1024
    """Points sampled from each mesh, from which P are drawn; the documents sample 8192."""

    @model_validator(mode="after")
    def _keys_fit_the_name(self) -> Self:
        if self.name == "folder" and not self.folder:
            raise ValueError("folder is empty, but name `folder` needs `folder:`, "
                             "the data set's folder below the data root")
        if self.name != "modelnet40" and (self.source or self.sha256):
            raise ValueError(f"name is {self.name!r}, but source and sha256 belong to `modelnet40`")
        return self


class Training(Section):
    """`training:` of a curve and `classifier:` of the baselines take the same keys."""

    epochs: Count = 100
    """Passes over the training clouds."""
    batch: Batch = 32
    """Clouds in a step; batch normalisation needs at least 2."""
    learning_rate: Positive = 1e-3
    """Of Adam, at the start."""
    schedule: Schedule = "cosine"
    """The documents lower the rate on a plateau of the test loss; lcpc looks at no test data, so a
    fixed schedule."""
    final_rate_fraction: PositiveOrZero = 0.01
    """Where the cosine ends, as a part of `learning_rate`."""
    clip_norm: Positive = 1.0
    """The norm that gradients are clipped at."""
    scale_jitter: Share = 0.1
    """Each cloud is scaled by a factor from 1 -/+ this, once an epoch (choice)."""
    rotation_degrees: float = 0.0
    """Each cloud is turned about its upright axis by an angle from -/+ this, once an epoch
    (choice)."""
    point_jitter: Share = 0.0
    """Standard deviation of Gaussian noise on each coordinate; clouds lie in the unit ball
    (choice)."""
    fresh_points: bool = True
    """Draw the P training points of each cloud anew in each epoch (choice); false takes the first P
    of them, as evaluation does."""
    replacement: bool = True
    """Draw the P training points with replacement where P is all the stored points (choice)."""
    checkpoint_minutes: PositiveOrZero = 2.0
    """A killed run loses at most this much work."""
    weight_decay: Share = 0.0
    """Decoupled weight decay (AdamW); the documents use none. It pulls gains in and saves bits
    (choice)."""
    average_decay: Share = 0.0
    """Decay per step of the averaged weights that are evaluated; 0 evaluates the last weights
    (choice)."""
    held_out: Share = 0.0
    """Share of the training clouds not trained on, which picks each lambda's best epoch; 0 takes
    the last one (choice)."""
    patience: CountOrZero = 0
    """Epochs without a better loss of any lambda on those clouds after which training stops; 0 runs
    them all (choice)."""

    @model_validator(mode="after")
    def _patience_has_clouds(self) -> Self:
        if self.patience and not self.held_out:
            raise ValueError(f"patience is {self.patience}, but needs held_out, the share of the "
                             "training clouds that it looks at, such as 0.1")
        return self


class Curve(Section):
    """Each entry of `proposed:` is a family of curves of the proposed codec: every size at every P,
    all lambdas of one (size, P) in one job."""

    sizes: Sizes = ("micro",)
    """Widths of the encoder."""
    points: Counts = (1024,)
    """P, points of the input cloud."""
    lambdas: Lambdas = (10, 14, 20, 28, 40, 80, 160, 320, 1000, 4000, 8000, 16000)
    """Weights of the distortion in L = R + lambda D; one point of the curve each."""
    warm_epochs: CountOrZero = 0
    """Epochs of one network at the largest lambda, from whose weights all lambdas then start; 0
    starts afresh (choice)."""
    start_points: CountOrZero = 0
    """P of another curve of the same size, from whose trained weights each lambda starts; 0 starts
    afresh (choice)."""
    latent_rate_factor: Positive = 1.0
    """Learning rate of gains and densities, as a multiple of the rest's. Adam moves a weight by the
    learning rate a step, and gains start at 1, a hundred times where they end: short trainings of
    full end far from their rate (choice)."""
    active_channels: PositiveOrZero = 0.0
    """Latents that each lambda starts with, as a multiple of sqrt(lambda): those of most rate,
    while the gains of the others begin near 0. A trained `full` codes few of its 1,024 at low
    rates; 0 starts with all of them (choice)."""
    prune_latents: bool = False
    """With `start_points`: leave out the latents that code one symbol only by the weights that a
    lambda starts with. An epoch of full then costs less. Not for lite, whose last convolution has
    groups (choice)."""
    head_norm: bool = True
    """BatchNorm and ReLU after the 256 layer, as the paper draws; false is the published code's
    plain layer (choice)."""
    seeds: Counts = (1,)
    """One training of each curve for each of them. Those of a curve of `proposed:` train together:
    they begin with other weights and see the same batches."""
    training: Training = Training()
    """How the curve is trained."""

    @model_validator(mode="after")
    def _starts_in_one_way(self) -> Self:
        if self.prune_latents and not self.start_points:
            raise ValueError("start_points is not set, but prune_latents leaves out what is not "
                             "used at that P; name one")
        if self.prune_latents and "lite" in self.sizes:
            raise ValueError("prune_latents can't leave out channels of lite, whose last "
                             "convolution has groups")
        if self.start_points and self.warm_epochs:
            raise ValueError("start_points and warm_epochs are two starts; keep one of them")
        return self


class MixedCurve(Curve):
    """Each entry of `mixed:` is a family of curves of the codec `mixed`: the encoder of `proposed`,
    a network behind the max that mixes its channels, and a joint entropy model."""

    sizes: MixedSizes = ("micro",)  # type: ignore[assignment]
    """Encoders: those of `proposed`, or `local`, which groups neighbouring points and is shared by
    all lambdas of a curve."""
    variant: Variant = ""
    """Name that tells curves of one size and P apart, such as `mixing-alone`; part of the names of
    weights and rows."""
    latents: Count = 16
    """Length of the latent after mixing."""
    mixing: CountOrZero = 64
    """Hidden units of the mixing network, which runs once a cloud; 0 leaves it out."""
    context: bool = True
    """Whether the entropy model codes each latent given those before it; false codes each alone."""
    entropy_hidden: Count = 64
    """Units of both hidden layers of the entropy model."""
    mixtures: Count = 3
    """Logistics in the distribution of a latent."""
    axis_scale_jitter: Share = 0.0
    """Each axis of each cloud is scaled by a factor from 1 -/+ this in each step (choice)."""
    shift: PositiveOrZero = 0.0
    """Each cloud is moved along each axis by a distance from -/+ this in each step; clouds lie in
    the unit ball (choice)."""
    label_smoothing: Share = 0.0
    """Share of the target that D spreads over all classes (choice)."""
    measured: bool = True
    """Whether the curves have rows; false only trains them, for others to start from."""

    @property
    def network(self) -> tuple[object, ...]:
        """What two curves must share for one to start from the other."""
        return (self.lambdas, self.head_norm, self.latents, self.mixing, self.context,
                self.entropy_hidden, self.mixtures)

    def name_of(self, size: str, points: int, seed: int) -> str:
        """Name of the weights of one training of `mixed:`."""
        variant = f"_{self.variant}" if self.variant else ""
        return f"mixed_{size}_P{points}{variant}_seed{seed}"

    def label_of(self, size: str) -> str:
        """Size and variant, for titles."""
        return f"{size} ({self.variant})" if self.variant else size

    @model_validator(mode="after")
    def _local_shares_its_encoder(self) -> Self:
        if LOCAL in self.sizes and not self.mixing:
            raise ValueError("mixing is 0, but local pools too many features to code each; ask for "
                             "a mixing network, such as 256")
        if LOCAL in self.sizes and self.training.held_out:
            raise ValueError("training.held_out picks an epoch for each lambda, but the lambdas of "
                             "local share one encoder; leave it out")
        return self

    @model_validator(mode="after")
    def _has_few_latents(self) -> Self:
        if self.prune_latents or self.active_channels:
            raise ValueError("prune_latents and active_channels are for the many latents of "
                             "`proposed`; leave them out")
        return self


class OctAttention(Section):
    """`octattention:` of `input_compression:` trains the codec of that name, on octrees of the
    training clouds at all P and S of the run."""

    rounds: Count = 300
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
    window: Annotated[int, Field(ge=1, le=1024)] = 512
    """Decoded nodes that a node sees; the paper has 1,024."""

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> Self:
        width = 4 * (self.occupancy + self.level + self.octant)
        if width % self.heads:
            raise ValueError(f"heads is {self.heads}, but the width, 4 (occupancy + level + "
                             f"octant) = {width}, is no multiple of it")
        return self


class Ipdae(Section):
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
    points: Counts = (1024,)
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
    octattention: OctAttention | None = None
    """How OctAttention is trained; without it, its rows are those of a manifest in `recorded`."""
    ipdae: Ipdae | None = None
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


class Reconstruction(Section):
    """`reconstruction:` trains auxiliary decoders, which only show what is coded: y_hat of trained
    curves back to points."""

    sizes: Sizes = ("micro",)
    """Sizes of the proposed codec."""
    points: tuple[Count, ...] = ()
    """P of every size; empty is the largest P that each size is trained at."""
    lambdas: Lambdas = (10, 40, 320, 4000)
    """Columns of the figure; each is a lambda of the curve."""
    epochs: Count = 20
    """Passes over the training clouds."""
    batch: Batch = 32
    """Clouds in a step."""
    learning_rate: Positive = 1e-3
    """Of Adam, at the start."""
    test_clouds: CountOrZero = 200
    """Clouds of which the mean distances are measured, spread evenly over the test split; 0 is all
    of them."""

    @property
    def training(self) -> Training:
        """How the decoders train: each latent belongs to a cloud as it is, so none is changed."""
        return Training(epochs=self.epochs, batch=self.batch, learning_rate=self.learning_rate,
                        replacement=False, scale_jitter=0.0)


class Latency(Section):
    """`latency:` measures times on this machine, which plays the edge, against a server that is
    faster."""

    sizes: Sizes = ("micro",)
    """Sizes of the proposed codec."""
    points: tuple[Count, ...] = ()
    """P of every size; empty is the largest P that each size is trained at."""
    clouds: Count = 200
    """Clouds of which each time is the median."""
    server_speedup: Positive = 1000.0
    """How many times faster the server computes: tens of TFLOP/s of an accelerator, tens of GFLOP/s
    of a core (choice)."""
    input_codec: Annotated[str, known_in(CODECS, dashes=True, also=("raw",))] = "raw"
    """How a cloud goes to a server that does all the work: `raw` float32 costs the edge no time, a
    codec such as `draco` fewer bits."""
    input_scale: Scale = 64
    """S of that codec; the accuracy of input compression has settled by there (choice)."""
