"""Builds each network, runs it once, and notes its layers in the order of the data."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch

from lcpc.config import ImageNetwork
from lcpc.experiments.architecture import PointSetting
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.models.image_factorized import ImageBase
from lcpc.models.point_codec import PointClassifier, PointCodec, Shape
from lcpc.models.reconstruction import ReconstructionDecoder
from lcpc.models.watch import Layer, Step, Watch

if TYPE_CHECKING:
    import pandas

SIDE_PX = 64
"""Side of the image that goes through the image networks; shapes are told as parts of it."""
BATCH = 2
"""Batch norm wants more than one cloud to train on; dropout is there in training only."""
PARTS: Mapping[str, str] = {
    "gain_decoder": "decoder gain", "head": "classifier", "bottleneck": "entropy model", "linear": "decoder",
    "entropy_bottleneck": "entropy model", "gaussian_conditional": "entropy model", "h_a_q": "h_a,q", "h_s_q": "h_s,q",
}
"""What a part is called, by the first word of its module's name, where these differ."""

OUTERMOST = {"reconstruction": "decoder", "distribution": "h_s,q"}
"""Where layers belong that a network has outside of its modules."""


def layers(clouds: Iterable[PointSetting], images: Mapping[str, ImageNetwork], slope: float) -> "pandas.DataFrame":
    """One row a layer of every network, in the order in which a value passes them."""
    import pandas

    rows: list[dict[str, Any]] = []
    for setting in clouds:
        rows += [*_rows("proposed", setting.size, codec_steps(setting)),
                 *_rows("reconstruction", setting.size, reconstruction_steps(setting))]
        if setting.size == "full":
            rows += _rows("pointnet", setting.size, classifier_steps(setting))
    for name, network in images.items():
        rows += [*_rows("bmshj2018-factorized", name, factorized_steps(network)),
                 *_rows("bmshj2018-hyperprior", name, hyperprior_steps(network)),
                 *_rows("distribution", name, distribution_steps(network, slope))]
    return pandas.DataFrame(rows)


def _rows(model: str, configuration: str, steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    for index, step in enumerate(steps):
        first, layer = step.path.split(".")[0], step.layer
        part = PARTS.get(first, first) or OUTERMOST[model]
        yield {"model": model, "configuration": configuration, "part": part, "index": index, "module": step.path,
               "layer": layer.kind, "c_in": layer.before[0], "c_out": layer.behind[0],
               "kernel": times(layer.kernel), "stride": layer.stride or None, "groups": layer.groups or None,
               "input_shape": times(layer.before), "output_shape": times(layer.behind),
               "weights": layer.weights, "setting": layer.setting}


def times(sizes: Iterable[int]) -> str:
    """`(64, 1024)` -> `64 x 1024`."""
    return " x ".join(map(str, sizes))


def codec_steps(setting: PointSetting) -> list[Step]:
    """The point codec in training, where its dropout is: g_a, gain, entropy model, gain, classifier."""
    codec = PointCodec(Shape(setting.size, 1, setting.head_norm)).train()
    wide = (codec.latent,)
    gains = [(getattr(codec, name), Step(name, Layer("gain", wide, wide))) for name in ("gain", "gain_decoder")]
    with torch.no_grad(), Watch(codec, 2, gains) as watch:
        codec(_clouds(setting.points), _generator())
    return watch.steps


def classifier_steps(setting: PointSetting) -> list[Step]:
    """PointNet in training: the blocks of size full, and the classifier."""
    network = PointClassifier(head_norm=setting.head_norm).train()
    with torch.no_grad(), Watch(network, 2) as watch:
        network(_clouds(setting.points), _generator())
    return watch.steps


def reconstruction_steps(setting: PointSetting) -> list[Step]:
    """The auxiliary decoder of a size, from y_hat to the points."""
    width = PointCodec(Shape(setting.size, 1)).latent
    network = ReconstructionDecoder(setting.size, 1, setting.points, seed=1)
    with torch.no_grad(), Watch(network, 2) as watch:
        network(torch.randn(1, BATCH, width, generator=_generator()))
    return watch.steps


def factorized_steps(network: ImageNetwork) -> list[Step]:
    """The base of the image codecs: g_a, entropy model, g_s."""
    base = ImageBase(network.n, network.m, seed=1).eval()
    with torch.no_grad(), Watch(base, 1) as watch:
        y = base.analyse(_image())
        base.likelihood(y)
        base.synthesise(y)
    return watch.steps


def hyperprior_steps(network: ImageNetwork) -> list[Step]:
    """h_a and h_s of CompressAI's bmshj2018-hyperprior, which the distribution model is compared with."""
    from compressai.models import ScaleHyperprior

    model = ScaleHyperprior(network.n, network.m).eval()
    with torch.no_grad(), Watch(model, 1) as watch:
        model(_image())
    return [step for step in watch.steps if step.path.split(".")[0] in ("h_a", "h_s")]


def distribution_steps(network: ImageNetwork, slope: float) -> list[Step]:
    """The distribution model: h_a,q, the entropy model of q, h_s,q, and what it does with the base's distributions."""
    sizes = (network.m, network.bins)
    flat = torch.full(sizes, 1.0 / network.bins)
    shape = DistributionShape(network.m, network.n_q, network.m_q, network.bins, slope=slope)
    codec = DistributionCodec(shape, flat.log2(), _generator())
    named = [(codec.logs, Step("default", Layer("default", sizes, sizes))),
             (codec.gain, Step("gain", Layer("gain", sizes, sizes)))]
    with torch.no_grad(), Watch(codec, 1, named) as watch:
        q = codec.analyse(flat.unsqueeze(0))
        codec.likelihood(q)
        codec.synthesise(torch.round(q))
    return watch.steps


def _image() -> torch.Tensor:
    return torch.rand(1, 3, SIDE_PX, SIDE_PX, generator=_generator())


def _clouds(points: int) -> torch.Tensor:
    return torch.randn(BATCH, 3, points, generator=_generator())


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(1)
