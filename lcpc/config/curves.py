"""The sections of curves: how a codec trains, the proposed codec, and the codec `mixed`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lcpc.config.base import Count, CountOrZero, Positive, PositiveOrZero, Section, Share, Size

Schedule = Literal["cosine", "constant"]
Batch = Annotated[int, Field(ge=2)]
Sizes = Annotated[tuple[Size, ...], Field(min_length=1)]
CountList = Annotated[tuple[Count, ...], Field(min_length=1)]
MixedSize = Literal["full", "lite", "micro", "local"]
LOCAL: MixedSize = "local"
MixedSizes = Annotated[tuple[MixedSize, ...], Field(min_length=1)]
Variant = Annotated[str, Field(pattern="^([a-z][a-z0-9-]*)?$", max_length=40)]
Lambdas = Annotated[tuple[Positive, ...], Field(min_length=1)]


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
    points: CountList = (1024,)
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
    seeds: CountList = (1,)
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
    a network after the max that mixes its channels, and a joint entropy model."""

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
