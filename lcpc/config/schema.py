"""What a run can say: every key with its default and its reason."""

from dataclasses import dataclass, field

from lcpc.errors import ConfigError

SIZES = ("full", "lite", "micro")
DATASETS = ("shapes40", "modelnet40", "folder")
SCHEDULES = ("cosine", "constant")
SCALES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
PHOTOS = ("photos", "kodak")
NETWORKS = ("resnet34", "densenet121", "efficientnet_lite0", "factorized")
WEIGHTS = ("trained", "untrained")
INPUTS = ("draco", "raw")


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


@dataclass(frozen=True)
class Curve:
    """Proposed codecs to train: every size at every P, all lambdas of one (size, P) in one job."""

    sizes: tuple[str, ...] = ("micro",)
    points: tuple[int, ...] = (1024,)
    lambdas: tuple[float, ...] = (10, 14, 20, 28, 40, 80, 160, 320, 1000, 4000, 8000, 16000)
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
    points: tuple[int, ...] = (1024,)
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
    points: tuple[int, ...] = (1024,)
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
    """`photos` come with scikit-image; `kodak` lie in the folder of that name below the data root."""
    size_px: int = 224
    """Side of the central crop."""
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
    tools: Tools = field(default_factory=Tools)
    tables: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()

    def curve(self, size: str, points: int) -> Curve:
        """The curve that trains `size` at `points`. Raises ConfigError where the run has none."""
        for curve in self.proposed:
            if size in curve.sizes and points in curve.points:
                return curve
        have = sorted({f"{one} P={p}" for curve in self.proposed for one in curve.sizes for p in curve.points})
        raise ConfigError(f"run {self.run} trains no {size} codec at P={points}; it has: {', '.join(have) or 'none'}")
