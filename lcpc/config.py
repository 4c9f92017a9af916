"""A run's configuration: one frozen value, read from config/<run>.yaml and checked before any work begins."""

import dataclasses
import os
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lcpc.errors import ConfigError, MissingData, did_you_mean

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


def plain(value: Any) -> Any:
    """A configuration as plain mappings, lists and scalars, for provenance and digests."""
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def given(value: Any) -> dict[str, Any]:
    """What a configuration says beyond the defaults, for digests that a new key must not move."""
    fields = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    kinds = typing.get_type_hints(type(value))
    default = type(value)(**{one.name: fields[one.name] for one in dataclasses.fields(value) if _is_required(one)})
    told = {name: held for name, held in fields.items() if held != getattr(default, name)}
    return {name: given(held) if dataclasses.is_dataclass(kinds[name]) else plain(held) for name, held in told.items()}


def _is_required(one: "dataclasses.Field[Any]") -> bool:
    return one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING


def data_root(root: Path) -> Path:
    """Folder that holds the data sets: `LCPC_DATA`, else `data/` in the project."""
    return Path(os.environ.get("LCPC_DATA") or root / "data")


def load(root: Path, run: str) -> Config:
    """Read and check `config/<run>.yaml`. Raises MissingData or ConfigError naming file, key and the way out."""
    import yaml

    path = root / "config" / f"{run}.yaml"
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.yaml"))
        raise MissingData(f"{path.name}: there is no run {run!r}. {did_you_mean(run, known)}")
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"config/{path.name} is no YAML: {' '.join(str(error).split())}") from error
    return parse(content, run, f"config/{path.name}")


def parse(content: Any, run: str, where: str) -> Config:
    """Turn plain YAML content into a checked `Config`; the run's name is that of its file."""
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {type(content).__name__}")
    config = _build(Config, {"run": run, **content}, where)
    if config.run != run:
        raise ConfigError(f"{where}: run is {config.run!r}, but the file's name says {run!r}")
    _check(config, where)
    return config


def _build(kind: Any, content: Any, where: str) -> Any:
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {content!r}")
    hints = typing.get_type_hints(kind)
    for key in content:
        if key not in hints:
            raise ConfigError(f"{where}: unknown key {key!r}. {did_you_mean(str(key), sorted(hints))}")
    values = {key: _convert(hints[key], value, f"{where}: {key}") for key, value in content.items()}
    return kind(**values)


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return None if value is None else _convert(next(o for o in options if o is not type(None)), value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where}: expected a list, found {value!r}")
        return tuple(_convert(options[0], item, f"{where}[{index}]") for index, item in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, where)
    return _scalar(hint, value, where)


def _scalar(hint: type, value: Any, where: str) -> Any:
    fits = isinstance(value, int | float) if hint is float else isinstance(value, hint)
    if not fits or (isinstance(value, bool) and hint is not bool):
        raise ConfigError(f"{where}: expected {hint.__name__}, found {value!r}")
    return float(value) if hint is float else value


def _check(config: Config, where: str) -> None:
    measured = bool(config.proposed or config.input_compression)
    if measured and config.dataset is None:
        raise ConfigError(f"{where}: the run measures codecs but names no dataset; add `dataset: {{name: shapes40}}`")
    if config.dataset is not None:
        _check_dataset(config.dataset, f"{where}: dataset")
    for curve in config.proposed:
        for size in curve.sizes:
            _one_of(size, SIZES, f"{where}: proposed: sizes")
        _positive(curve.points + curve.lambdas, f"{where}: proposed: points and lambdas")
        _check_training(curve.training, f"{where}: proposed: training")
    if config.input_compression is not None:
        _positive(config.input_compression.points, f"{where}: input_compression: points")
        for scale in config.input_compression.scales:
            _one_of(scale, SCALES, f"{where}: input_compression: scales")
        _check_training(config.input_compression.classifier, f"{where}: input_compression: classifier")
    if config.reconstruction is not None:
        _check_reconstruction(config, config.reconstruction, f"{where}: reconstruction")
    if config.latency is not None:
        _check_latency(config, config.latency, f"{where}: latency")
    if config.latent_motion is not None:
        _check_latent_motion(config.latent_motion, f"{where}: latent_motion")


def _check_reconstruction(config: Config, look: Reconstruction, where: str) -> None:
    _check_training(look.training, where)
    for curve in (config.curve(size, points) for size in look.sizes for points in look.points):
        for value in look.lambdas:
            _one_of(value, curve.lambdas, f"{where}: lambdas")


def _check_latency(config: Config, latency: Latency, where: str) -> None:
    for size in latency.sizes:
        for points in latency.points:
            config.curve(size, points)
    _one_of(latency.input_codec, INPUTS, f"{where}: input_codec")
    _one_of(latency.input_scale, SCALES, f"{where}: input_scale")
    _positive((latency.clouds, latency.server_speedup), f"{where}: clouds, server_speedup")


def _check_dataset(dataset: Dataset, where: str) -> None:
    _one_of(dataset.name, DATASETS, f"{where}: name")
    _positive((dataset.train_per_class, dataset.test_per_class, dataset.stored_points), f"{where}: clouds and points")
    if dataset.name == "folder" and not dataset.folder:
        raise ConfigError(f"{where}: name `folder` needs `folder:`, the data set's folder below the data root")
    if dataset.name != "modelnet40" and (dataset.source or dataset.sha256):
        raise ConfigError(f"{where}: source and sha256 belong to name `modelnet40`, not to {dataset.name!r}")
    if dataset.sha256 and not re.fullmatch("[0-9a-fA-F]{64}", dataset.sha256):
        raise ConfigError(f"{where}: sha256 is {dataset.sha256[:80]!r}; it has 64 hexadecimal digits")


def _check_latent_motion(motion: LatentMotion, where: str) -> None:
    _one_of(motion.images, PHOTOS, f"{where}: images")
    for names, known, what in ((motion.networks, NETWORKS, "networks"), (motion.weights, WEIGHTS, "weights")):
        for name in names:
            _one_of(name, known, f"{where}: {what}")
    counts = (motion.draws, motion.sweep_images, motion.size_px, motion.batch)
    _positive(counts, f"{where}: draws, sweep_images, size_px, batch")
    _positive((motion.shift_step_px, motion.angle_step_deg, motion.factor_step), f"{where}: steps of the sweeps")
    if not 0 < motion.reach_share <= 1:
        raise ConfigError(f"{where}: reach_share is {motion.reach_share:g}; it lies in (0, 1]")


def _check_training(training: Training, where: str) -> None:
    _one_of(training.schedule, SCHEDULES, f"{where}: schedule")
    _positive((training.epochs, training.learning_rate, training.clip_norm), f"{where}: epochs, learning_rate, clip_norm")
    if training.batch < 2:
        raise ConfigError(f"{where}: batch is {training.batch}; batch normalisation needs at least 2")
    for name in ("scale_jitter", "point_jitter", "average_decay", "weight_decay"):
        if not 0 <= getattr(training, name) < 1:
            raise ConfigError(f"{where}: {name} lies in [0, 1), not {getattr(training, name)}")


def _one_of(value: Any, known: tuple[Any, ...], where: str) -> None:
    if value not in known:
        raise ConfigError(f"{where}: {value!r} is not known. {did_you_mean(str(value), [str(one) for one in known])}")


def _positive(values: tuple[float, ...], where: str) -> None:
    if not values or min(values) <= 0:
        raise ConfigError(f"{where}: expected positive numbers, found {list(values)}")
