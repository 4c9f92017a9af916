"""What a run can say: every key with its default and its reason."""

from dataclasses import dataclass, field, fields, replace

from lcpc.errors import ConfigError

SIZES = ("full", "lite", "micro")
SCHEDULES = ("cosine", "constant")
SCALES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
PHOTOS = ("photos", "kodak")
MOTION_PHOTOS = (*PHOTOS, "folder")
LEAST_SIZE_PX = 32
"""One step of the deepest layers, and a whole block of the motion-field figure."""
NETWORKS = ("resnet34", "densenet121", "efficientnet_lite0", "factorized")
WEIGHTS = ("trained", "untrained")
INPUTS = ("draco", "raw")
LEARNED_CODECS = ("bmshj2018-factorized", "ideal", "balcilar2022", "proposed")
FILE_FORMATS = ("jpeg", "jpeg2000", "webp", "avif")
TRAIN_PHOTOS = ("photos", "folder")
PRECISIONS = ("float32", "bfloat16")
QUALITIES = (1, 2, 3, 4, 5, 6, 7, 8)


@dataclass(frozen=True)
class Dataset:
    """The clouds of a run."""

    name: str = "shapes40"
    folder: str = ""
    """Folder below the data root (`LCPC_DATA`, else `data/`); empty for data sets that lcpc makes itself."""
    source: str = ""
    """modelnet40 only: the official archive of meshes to make the clouds from; a path below the data root, or an address."""
    sha256: str = ""
    """modelnet40 only: checksum of that archive; empty believes it and says what it is."""
    train_per_class: int = 80
    """shapes40 only: training clouds a class."""
    test_per_class: int = 25
    """shapes40 only: test clouds a class."""
    stored_points: int = 1024
    """Points sampled from each mesh, from which P are drawn; the documents sample 8192."""


@dataclass(frozen=True)
class Training:
    """How a network is trained; the documents' values are the defaults where they give one."""

    epochs: int = 100
    batch: int = 32
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    """The documents lower the rate on a plateau of the test loss; lcpc looks at no test data, so a fixed schedule."""
    final_rate_fraction: float = 0.01
    """Where the cosine ends, as a part of `learning_rate`."""
    clip_norm: float = 1.0
    scale_jitter: float = 0.1
    """Each cloud is scaled by a factor from 1 -/+ this, once an epoch (choice)."""
    rotation_degrees: float = 0.0
    """Each cloud is turned about its upright axis by an angle from -/+ this, once an epoch (choice)."""
    point_jitter: float = 0.0
    """Standard deviation of Gaussian noise on each coordinate; clouds lie in the unit ball (choice)."""
    replacement: bool = True
    """Draw the P training points with replacement where P is all the stored points (choice)."""
    checkpoint_minutes: float = 2.0
    """A killed run loses at most this much work."""
    weight_decay: float = 0.0
    """Decoupled weight decay (AdamW); the documents use none. It pulls gains in and saves bits (choice)."""
    average_decay: float = 0.0
    """Decay per step of the averaged weights that are evaluated; 0 evaluates the last weights (choice)."""
    held_out: float = 0.0
    """Share of the training clouds not trained on, which picks each lambda's best epoch; 0 takes the last one (choice)."""
    patience: int = 0
    """Epochs without a better loss of any lambda on those clouds after which training stops; 0 runs them all (choice)."""


@dataclass(frozen=True)
class Curve:
    """Proposed codecs to train: every size at every P, all lambdas of one (size, P) in one job."""

    sizes: tuple[str, ...] = ("micro",)
    points: tuple[int, ...] = (1024,)
    lambdas: tuple[float, ...] = (10, 14, 20, 28, 40, 80, 160, 320, 1000, 4000, 8000, 16000)
    warm_epochs: int = 0
    """Epochs of one network at the largest lambda, from whose weights all lambdas then start; 0 starts afresh (choice)."""
    start_points: int = 0
    """P of another curve of the same size, from whose trained weights each lambda starts; 0 starts afresh (choice)."""
    latent_rate_factor: float = 1.0
    """Learning rate of gains and densities, as a multiple of the rest's. Adam moves a weight by the learning rate a step, and
    gains start at 1, a hundred times where they end: short trainings of full end far from their rate (choice)."""
    active_channels: float = 0.0
    """Latents that each lambda starts with, as a multiple of sqrt(lambda): those of most rate, while the gains of the
    others begin near 0. A trained `full` codes few of its 1,024 at low rates; 0 starts with all of them (choice)."""
    prune_latents: bool = False
    """With `start_points`: leave out the latents that code one symbol only by the weights that a lambda starts with. An epoch
    of full then costs less. Not for lite, whose last convolution has groups (choice)."""
    head_norm: bool = True
    """BatchNorm and ReLU after the 256 layer, as the paper draws; false is the published code's plain layer (choice)."""
    training: Training = field(default_factory=Training)


@dataclass(frozen=True)
class InputCompression:
    """Input compression baselines: codecs at all (P, S), judged by a PointNet trained for each P."""

    codecs: tuple[str, ...] = ("draco",)
    points: tuple[int, ...] = (1024,)
    scales: tuple[int, ...] = SCALES
    test_clouds: int = 0
    """Clouds a setting is measured on, spread evenly over the test split; 0 is all of them."""
    recorded: tuple[str, ...] = ()
    """Manifests of outputs made elsewhere, paths relative to the project's folder; their codecs stand in `codecs` too."""
    classifier: Training = field(default_factory=Training)


@dataclass(frozen=True)
class Reconstruction:
    """Auxiliary decoders, for looking only: y_hat of trained curves back to points, four rates of each."""

    sizes: tuple[str, ...] = ("micro",)
    points: tuple[int, ...] = ()
    """P of every size; empty is the largest P that each size is trained at."""
    lambdas: tuple[float, ...] = (10, 40, 320, 4000)
    """Columns of the figure; each is a lambda of the curve."""
    epochs: int = 20
    batch: int = 32
    learning_rate: float = 1e-3
    test_clouds: int = 200
    """Clouds behind the mean distances, spread evenly over the test split; 0 is all of them."""

    @property
    def training(self) -> Training:
        """How the decoders train: on the clouds as they are, so that a latent and its cloud belong together."""
        return Training(self.epochs, self.batch, self.learning_rate, replacement=False, scale_jitter=0.0)


@dataclass(frozen=True)
class Latency:
    """Encode, decode and classify times on this machine, which plays the edge, against a server that is faster."""

    sizes: tuple[str, ...] = ("micro",)
    points: tuple[int, ...] = ()
    """P of every size; empty is the largest P that each size is trained at."""
    clouds: int = 200
    """Clouds behind each median."""
    server_speedup: float = 1000.0
    """How many times faster the server computes: tens of TFLOP/s of an accelerator, tens of GFLOP/s of a core (choice)."""
    input_codec: str = "raw"
    """How a cloud goes to a server that does all the work: `raw` float32 costs the edge no time, `draco` fewer bits."""
    input_scale: int = 64
    """S of draco; the accuracy of input compression has settled by there (choice)."""


@dataclass(frozen=True)
class LatentMotion:
    """Latent space motion: how well the motion of an image, rescaled, predicts the tensors that networks make of it."""

    images: str = "photos"
    """`photos` come with scikit-image; `kodak` lie in the folder of that name below the data root; or those in a `folder`."""
    folder: str = ""
    """Folder of your own images below the data root, searched with all in it: any format, grey or colour, size_px or larger."""
    size_px: int = 224
    """Side of the central crop, 32 or more."""
    networks: tuple[str, ...] = ("efficientnet_lite0",)
    weights: tuple[str, ...] = WEIGHTS
    """Untrained networks are the control."""
    draws: int = 1000
    """Random motions a layer, spread over all images."""
    sweep_images: int = 4
    """Images behind each point of the sweeps: the first ones."""
    example: str = ""
    """Name of the image that the pictures show; empty is the first one."""
    shift_step_px: float = 0.5
    """Fine enough to meet every whole latent step (choice)."""
    angle_step_deg: float = 0.5
    factor_step: float = 0.01
    reach_share: float = 0.9
    """A position counts where this share of what it depends on lies inside the frame (choice; 1 is the whole field)."""
    batch: int = 8

    @property
    def image_set(self) -> str:
        """Name of the images in rows and figures; a folder says that it is one."""
        return f"folder {self.folder}" if self.folder else self.images


@dataclass(frozen=True)
class ImageNetwork:
    """Widths of the base (N, M) and of the distribution model (N_q, M_q, bins B)."""

    n: int
    m: int
    n_q: int
    m_q: int
    bins: int


LOW_RATE, HIGH_RATE = ImageNetwork(128, 192, 32, 16, 256), ImageNetwork(192, 320, 64, 32, 1024)
HIGH_RATE_FROM = 6
"""Quality from which on the documents take the wider networks."""
LAMBDAS = (0.0018, 0.0035, 0.0067, 0.013, 0.025, 0.0483, 0.0932, 0.18)
"""lambda_x of qualities 1 to 8, as CompressAI trains them."""


@dataclass(frozen=True)
class Images:
    """Image codecs: a base and its encoding distributions, static and compressed, beside file formats."""

    test: str = "photos"
    """Images that are measured: `photos` come with scikit-image; `kodak` lie in the folder of that name below the data root."""
    codecs: tuple[str, ...] = (*LEARNED_CODECS, *FILE_FORMATS)
    """What is measured: `bmshj2018-factorized` (static), `ideal`, `balcilar2022`, `proposed`, and file formats by Pillow."""
    examples: tuple[str, ...] = ()
    """Names of the two measured images whose distributions the figures show; empty is the first two."""
    train: str = "photos"
    """Images to train on: other `photos` than the tested ones, or those in a `folder`."""
    train_folder: str = ""
    """Folder below the data root, searched with all in it; one in the layout of Vimeo-90K gives its training triplets."""
    train_count: int = 0
    """Images held in memory for training, spread evenly over the folder; 0 is as many as fit 2 GiB."""
    qualities: tuple[int, ...] = (1,)
    """1 to 8, as in CompressAI; each starts from the weights of the one before it in this list."""
    n: int = 0
    """Width of the transforms; 0 is the documents': 128, from quality 6 on 192."""
    m: int = 0
    """M_y, channels of the latent; 0 is the documents': 192, from quality 6 on 320."""
    weights: str = ""
    """Folder below the data root with CompressAI's weights of the base; empty trains its own."""
    base_steps: int = 20000
    """Training steps of the first quality (choice; the documents take weights trained for millions)."""
    warm_steps: int = 10000
    """Training steps of a quality that starts from another one's weights (choice)."""
    base_batch: int = 8
    base_patch: int = 128
    """Side of the training patches in pixels, a multiple of 16 (choice; the documents take 256)."""
    base_learning_rate: float = 1e-3
    """Of Adam, at the start; it falls along a cosine to a hundredth (choice)."""
    base_precision: str = "float32"
    """Of the convolutions in training; `bfloat16` is 1.7 times faster on processors with AVX-512 BF16 (choice)."""
    bottleneck_steps: int = 1000
    """Steps that fit the entropy bottleneck to the latents of all training images, the transforms frozen (choice)."""
    n_q: int = 0
    """Width of h_a,q and h_s,q; 0 is the documents': 32, from quality 6 on 64."""
    m_q: int = 0
    """Channels of q; 0 is the documents': 16, from quality 6 on 32."""
    bins: int = 0
    """B, bins of width 1 in each histogram; 0 is the documents': 256, from quality 6 on 1024."""
    distribution_steps: int = 10000
    """Training steps of the distribution model, on latents that are computed once (choice)."""
    distribution_batch: int = 16
    distribution_learning_rate: float = 1e-2
    """Of Adam, at the start; it falls along a cosine to a hundredth (choice; the documents take 1e-4)."""
    distribution_versions: int = 3
    """Latents of each training image: as it is, the others enlarged and recoloured at random (choice)."""
    distribution_slope: float = 0.75
    """Of the units of h_a,q and h_s,q below zero, a multiple of 1/8; the documents' ReLU has 0 (choice)."""
    lambda_q: float = 0.0
    """Weight of R_q; 0 is the trained area over that of a 768 x 512 image, as in the documents."""

    def network(self, quality: int) -> ImageNetwork:
        """Widths of the base and of the distribution model at a quality. Raises ConfigError where the run has no such."""
        if quality not in self.qualities:
            raise ConfigError(f"quality {quality} is not among the run's: {', '.join(map(str, self.qualities))}; "
                              "see images: qualities")
        usual = HIGH_RATE if quality >= HIGH_RATE_FROM else LOW_RATE
        given = {one.name: getattr(self, one.name) for one in fields(ImageNetwork)}
        return replace(usual, **{name: value for name, value in given.items() if value})

    def lambda_of(self, quality: int) -> float:
        """lambda_x, the weight of the MSE (levels of 255, squared) against bits a pixel."""
        return LAMBDAS[QUALITIES.index(quality)]


@dataclass(frozen=True)
class Tools:
    """External programs that the user provides."""

    tmc3: str = ""
    """Path of TMC13's `tmc3`; empty looks at LCPC_TMC3, then PATH."""


@dataclass(frozen=True)
class Config:
    """One run. Everything that changes a number stands here and is in the provenance of each result."""

    run: str
    description: str = ""
    seed: int = 1
    dataset: Dataset | None = None
    proposed: tuple[Curve, ...] = ()
    input_compression: InputCompression | None = None
    reconstruction: Reconstruction | None = None
    latency: Latency | None = None
    latent_motion: LatentMotion | None = None
    images: Images | None = None
    tools: Tools = field(default_factory=Tools)
    tables: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()

    def looked_at(self, look: Reconstruction | Latency) -> list[tuple[str, int]]:
        """(size, P) of the curves that `reconstruction:` or `latency:` look at. Raises ConfigError where one is not trained."""
        pairs = [(size, points) for size in look.sizes for points in look.points or (self.largest(size),)]
        for size, points in pairs:
            self.curve(size, points)
        return pairs

    def largest(self, size: str) -> int:
        """The largest P that `size` is trained at. Raises ConfigError where the run does not train it."""
        trained = [max(curve.points) for curve in self.proposed if size in curve.sizes]
        return max(trained) if trained else self.curve(size, 0).points[0]

    def curve(self, size: str, points: int) -> Curve:
        """The curve that trains `size` at `points`. Raises ConfigError where the run has none."""
        for curve in self.proposed:
            if size in curve.sizes and points in curve.points:
                return curve
        have = sorted({f"{one} P={p}" for curve in self.proposed for one in curve.sizes for p in curve.points})
        raise ConfigError(f"run {self.run} trains no {size} codec at P={points}; it has: {', '.join(have) or 'none'}")
