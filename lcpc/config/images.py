"""The sections for images: image codecs, and latent space motion."""

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from lcpc.config.base import Count, CountOrZero, Positive, PositiveOrZero, Section, known_in
from lcpc.errors import ConfigError

Weights = Literal["trained", "untrained"]
WEIGHTS: tuple[Weights, ...] = get_args(Weights)
Quality = Literal[1, 2, 3, 4, 5, 6, 7, 8]
QUALITIES: tuple[Quality, ...] = get_args(Quality)
LAMBDAS = (0.0018, 0.0035, 0.0067, 0.013, 0.025, 0.0483, 0.0932, 0.18)
"""lambda_x of qualities 1 to 8, as CompressAI trains them."""
LEAST_SIZE_PX = 32
"""One step of the deepest layers, and a whole block of the motion-field figure."""
ImageSet = Annotated[str, known_in("lcpc.data.images")]
CODECS = ("lcpc.codecs.images", "lcpc.codecs.formats")
ImageCodecName = Annotated[str, known_in(*CODECS, dashes=True)]


class LatentMotion(Section):
    """`latent_motion:` measures how well the motion of an image, rescaled, predicts that of its
    tensors."""

    images: ImageSet = "photos"
    """`photos` come with scikit-image; `kodak` lie in the folder of that name below the data root;
    or those in a `folder`."""
    folder: str = ""
    """Folder of your own images below the data root, searched with all in it: any format, grey or
    colour, size_px or larger."""
    size_px: Annotated[int, Field(ge=LEAST_SIZE_PX)] = 224
    """Side of the central crop, 32 or more: one step of the deepest layers."""
    networks: tuple[str, ...] = ("efficientnet_lite0",)
    """`resnet34`, `densenet121`, `efficientnet_lite0`, `factorized`."""
    weights: tuple[Weights, ...] = WEIGHTS
    """Untrained networks are the control."""
    draws: Count = 1000
    """Random motions a layer, spread over all images."""
    sweep_images: Count = 4
    """Images of which each point of the sweeps is the mean: the first ones."""
    example: str = ""
    """Name of the image that the pictures show; empty is the first one."""
    shift_step_px: Positive = 0.5
    """Fine enough to meet every whole latent step (choice)."""
    angle_step_deg: Positive = 0.5
    """Step of the sweeps of rotation and shear."""
    factor_step: Positive = 0.01
    """Step of the sweep of scale."""
    reach_share: Annotated[float, Field(gt=0, le=1)] = 0.9
    """A position counts where this share of what it depends on lies inside the frame (choice; 1 is
    the whole field)."""
    batch: Count = 8
    """Images that go through the network at once."""

    @property
    def image_set(self) -> str:
        """Name of the images in rows and figures; a folder says that it is one."""
        return f"folder {self.folder}" if self.folder else self.images

    @model_validator(mode="after")
    def _folder_is_named(self) -> Self:
        if (self.images == "folder") != bool(self.folder):
            raise ValueError("folder: `images: folder` and `folder:` belong together; one of them "
                             "is missing")
        return self


class ImageNetwork(Section):
    """Widths of the base (N, M) and of the distribution model (N_q, M_q, bins B)."""

    n: int
    m: int
    n_q: int
    m_q: int
    bins: int


LOW_RATE = ImageNetwork(n=128, m=192, n_q=32, m_q=16, bins=256)
HIGH_RATE = ImageNetwork(n=192, m=320, n_q=64, m_q=32, bins=1024)
HIGH_RATE_FROM = 6
"""Quality from which on the documents take the wider networks."""


def _each_once(qualities: tuple[Quality, ...]) -> tuple[Quality, ...]:
    if len(set(qualities)) < len(qualities):
        raise ValueError(f"{list(qualities)} names a quality twice; name each once")
    return qualities


Qualities = Annotated[tuple[Quality, ...], Field(min_length=1), AfterValidator(_each_once)]


class Images(Section):
    """`images:` measures image codecs: a base and its encoding distributions, static and
    compressed, beside file formats."""

    test: ImageSet = "photos"
    """Images that are measured: `photos` come with scikit-image; `kodak` lie in the folder of that
    name below the data root."""
    codecs: tuple[ImageCodecName, ...] = ("bmshj2018-factorized", "ideal", "balcilar2022",
                                          "proposed", "jpeg", "jpeg2000", "webp", "avif")
    """What is measured: `bmshj2018-factorized` (static), `ideal`, `balcilar2022`, `proposed`, file
    formats by Pillow, and, beyond the documents, `context`, `context-small` and
    `context-adaptive`."""
    examples: tuple[str, ...] = ()
    """Names of the two measured images whose distributions the figures show; empty is the first
    two."""
    train: Literal["photos", "folder"] = "photos"
    """Images to train on: other `photos` than the tested ones, or those in a `folder`."""
    train_folder: str = ""
    """Folder below the data root, searched with all in it; one in the layout of Vimeo-90K gives its
    training triplets."""
    train_count: CountOrZero = 0
    """Images held in memory for training, spread evenly over the folder; 0 is as many as fit
    2 GiB."""
    qualities: Qualities = (1,)
    """1 to 8, as in CompressAI; each starts from the weights of the one before it in this list."""
    n: CountOrZero = 0
    """Width of the transforms; 0 is the documents': 128, from quality 6 on 192."""
    m: Annotated[int, Field(ge=0, multiple_of=16)] = 0
    """M_y, channels of the latent, a multiple of 16, the groups of h_a,q; 0 is the documents': 192,
    from quality 6 on 320."""
    weights: str = ""
    """Folder below the data root with CompressAI's weights of the base; empty trains its own."""
    weights_note: str = ""
    """What sets those weights apart from the originals; all rows on them say it."""
    base_steps: Count = 20000
    """Training steps of the first quality (choice; the documents take weights trained for
    millions)."""
    warm_steps: CountOrZero = 10000
    """Training steps of a quality that starts from another one's weights (choice)."""
    base_batch: Count = 8
    """Patches in a step of the base."""
    base_patch: Annotated[int, Field(gt=0, multiple_of=16)] = 128
    """Side of the training patches in pixels, a multiple of 16, one latent step (choice; the
    documents take 256)."""
    base_learning_rate: Positive = 1e-3
    """Of Adam, for N up to 64, less by N for wider transforms, whose rate rises first; it falls
    along a cosine to a hundredth (choice)."""
    base_start: Literal["plain", "spread"] = "plain"
    """First weights of the transforms: as CompressAI draws them, or scaled such that the latent
    stands out of its noise from the first step (choice)."""
    base_precision: Literal["float32", "bfloat16"] = "float32"
    """Of the convolutions in training; `bfloat16` is 1.7 times faster on processors with AVX-512
    BF16 (choice)."""
    bottleneck_steps: Count = 1000
    """Steps that fit the entropy bottleneck to the latents of all training images, the transforms
    frozen (choice)."""
    n_q: Annotated[int, Field(ge=0, multiple_of=8)] = 0
    """Width of h_a,q and h_s,q, a multiple of 8, their groups; 0 is the documents': 32, from
    quality 6 on 64."""
    m_q: CountOrZero = 0
    """Channels of q; 0 is the documents': 16, from quality 6 on 32."""
    bins: Annotated[int, Field(ge=0, multiple_of=16)] = 0
    """B, bins of width 1 in each histogram, a multiple of 16, the stride of h_a,q; 0 is the
    documents': 256, from quality 6 on 1024."""
    distribution_steps: Count = 10000
    """Training steps of the distribution model, on latents that are computed once (choice)."""
    distribution_batch: Count = 16
    """Images in a step of the distribution model (the documents' value)."""
    distribution_learning_rate: Positive = 1e-2
    """Of Adam, at the start; it falls along a cosine to a hundredth (choice; the documents take
    1e-4)."""
    distribution_versions: Count = 3
    """Latents of each training image: as it is, the others enlarged and recoloured at random
    (choice)."""
    distribution_slope: Annotated[float, Field(ge=0, lt=1, multiple_of=0.125)] = 0.75
    """Of the units of h_a,q and h_s,q below zero, a multiple of 1/8; the documents' ReLU has 0
    (choice)."""
    lambda_q: PositiveOrZero = 0.0
    """Weight of R_q; 0 is the trained area over that of a 768 x 512 image, as in the documents."""
    context_steps: Count = 1000
    """Training steps of each context model, on latents that are computed once (choice)."""
    context_batch: Count = 8
    """Photographs in a step of a context model (choice)."""
    context_learning_rate: Positive = 3e-3
    """Of Adam, at the start; it falls along a cosine to a hundredth (choice)."""
    context_versions: Count = 4
    """Latents of each training image: as it is, the others mirrored and enlarged at random
    (choice)."""

    @model_validator(mode="after")
    def _images_are_named(self) -> Self:
        if self.test == "folder":
            raise ValueError("test is 'folder', but a set of images is measured by its name")
        if (self.train == "folder") != bool(self.train_folder):
            raise ValueError("train_folder: `train: folder` and `train_folder:` belong together; "
                             "one of them is missing")
        return self

    def network(self, quality: int) -> ImageNetwork:
        """Widths of the base and of the distribution model. Raises ConfigError unless the run has
        this quality."""
        if quality not in self.qualities:
            known = ", ".join(map(str, self.qualities))
            raise ConfigError(f"quality {quality} is not among the run's: {known}; "
                              "see images: qualities")
        usual = HIGH_RATE if quality >= HIGH_RATE_FROM else LOW_RATE
        widths = {name: getattr(self, name) for name in ImageNetwork.model_fields}
        return usual.model_copy(update={name: width for name, width in widths.items() if width})

    def lambda_of(self, quality: int) -> float:
        """lambda_x, the weight of the MSE (levels of 255, squared) against bits a pixel."""
        return LAMBDAS[quality - 1]
