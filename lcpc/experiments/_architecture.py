"""Builds each network, runs it once, and lists its layers in the order of the data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch

from lcpc.config import ImageNetwork
from lcpc.experiments.architecture import PointSetting
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.models.image_factorized import ImageBase
from lcpc.models.layers import LayerDescription, LayerTracer, TracedLayer
from lcpc.models.point_codec import PointClassifier, PointCodec
from lcpc.models.reconstruction import ReconstructionDecoder
from lcpc.results.frames import DataFrame, frame_of

SIDE_PX = 64
"""Side of the image that goes through the image networks; shapes are parts of it."""
BATCH = 2
"""Batch norm needs two clouds in training, where dropout is."""
PARTS: Mapping[str, str] = {
    "gain_decoder": "decoder gain", "head": "classifier", "bottleneck": "entropy model",
    "linear": "decoder", "entropy_bottleneck": "entropy model",
    "gaussian_conditional": "entropy model", "h_a_q": "h_a,q", "h_s_q": "h_s,q",
}
"""Part of a network by the first word of its module's name, where these differ."""

OUTERMOST = {"reconstruction": "decoder", "distribution": "h_s,q"}
"""Part of the layers outside of modules."""


def layers(clouds: Iterable[PointSetting], images: Mapping[str, ImageNetwork],
           slope: float) -> DataFrame:
    """One row a layer of every network, in the order in which a value passes them."""
    rows: list[dict[str, Any]] = []
    for setting in clouds:
        rows += _rows("proposed", setting.size, codec_layers(setting))
        rows += _rows("reconstruction", setting.size, reconstruction_layers(setting))
        if setting.size == "full":
            rows += _rows("pointnet", setting.size, classifier_layers(setting))
    for name, network in images.items():
        rows += _rows("bmshj2018-factorized", name, factorized_layers(network))
        rows += _rows("bmshj2018-hyperprior", name, hyperprior_layers(network))
        rows += _rows("distribution", name, distribution_layers(network, slope))
    return frame_of(rows)


def _rows(model: str, configuration: str,
          traced: Sequence[TracedLayer]) -> Iterator[dict[str, Any]]:
    paths = [step.path for step in traced]
    if model in ("proposed", "pointnet", "reconstruction"):
        paths = block_names(traced)
    for index, (path, step) in enumerate(zip(paths, traced, strict=True)):
        layer, first = step.layer, path.split(".")[0]
        yield {
            "model": model, "configuration": configuration,
            "part": PARTS.get(first, first) or OUTERMOST[model], "index": index, "module": path,
            "layer": layer.kind, "c_in": layer.before[0], "c_out": layer.after[0],
            "kernel": times(layer.kernel), "stride": layer.stride or None,
            "groups": layer.groups or None, "input_shape": times(layer.before),
            "output_shape": times(layer.after), "weights": layer.weights,
            "setting": layer.setting,
        }


def block_names(traced: Sequence[TracedLayer]) -> list[str]:
    """Names by block for networks of points: g_a.blocks.0, head.linear.0, head.norm.0, linear.0.

    The rows say which layers are one block; the modules of `torch.nn.Sequential` have numbers only.
    """
    names, counts = [], {"Conv1d": 0, "Linear": 0, "BN": 0}
    for step in traced:
        part, kind = step.path.split(".")[0], step.layer.kind
        if part == "g_a":
            begun = counts["Conv1d"]
            counts["Conv1d"] += kind == "Conv1d"
            block = begun if kind in ("Conv1d", "channel shuffle") else begun - 1
            names.append(f"g_a.blocks.{block}")
        elif part in ("h", "layers", ""):
            prefix = "head" if part == "h" else ""
            suffix = {"Linear": f"linear.{counts['Linear']}", "BN": f"norm.{counts['BN']}"}
            counts |= {kind: counts[kind] + 1} if kind in counts else {}
            names.append(".".join(filter(None, (prefix, suffix.get(kind, "")))))
        else:
            names.append("bottleneck" if part == "entropy_bottleneck" else step.path)
    return names


def times(sizes: Iterable[int]) -> str:
    """`(64, 1024)` -> `64 x 1024`."""
    return " x ".join(map(str, sizes))


def codec_layers(setting: PointSetting) -> list[TracedLayer]:
    """The point codec in training: g_a, gain, entropy model, gain, classifier with dropout."""
    codec = PointCodec(setting.size, setting.classes, setting.head_norm).train()
    wide = (codec.latents,)
    gains = [(getattr(codec, name), TracedLayer(name, LayerDescription("gain", wide, wide)))
             for name in ("gain", "gain_decoder")]
    with torch.no_grad(), LayerTracer(codec, gains) as tracer:
        codec(_clouds(setting.points))
    return tracer.layers


def classifier_layers(setting: PointSetting) -> list[TracedLayer]:
    """PointNet in training: the blocks of size full, and the classifier."""
    network = PointClassifier(setting.classes, setting.head_norm).train()
    with torch.no_grad(), LayerTracer(network) as tracer:
        network(_clouds(setting.points))
    return tracer.layers


def reconstruction_layers(setting: PointSetting) -> list[TracedLayer]:
    """The auxiliary decoder of a size, from y_hat to the points."""
    network = ReconstructionDecoder(setting.size, setting.points)
    latents = PointCodec(setting.size).latents
    with torch.no_grad(), LayerTracer(network) as tracer:
        network(torch.randn(BATCH, latents, generator=_generator()))
    return tracer.layers


def factorized_layers(network: ImageNetwork) -> list[TracedLayer]:
    """The base of the image codecs: g_a, entropy model, g_s."""
    base = ImageBase(network.n, network.m, seed=1).eval()
    with torch.no_grad(), LayerTracer(base) as tracer:
        y = base.analyse(_image())
        base.likelihood(y)
        base.synthesise(y)
    return tracer.layers


def hyperprior_layers(network: ImageNetwork) -> list[TracedLayer]:
    """h_a and h_s of CompressAI's bmshj2018-hyperprior, for comparison."""
    from compressai.models import ScaleHyperprior

    model = ScaleHyperprior(network.n, network.m).eval()
    with torch.no_grad(), LayerTracer(model) as tracer:
        model(_image())
    return [layer for layer in tracer.layers if layer.path.split(".")[0] in ("h_a", "h_s")]


def distribution_layers(network: ImageNetwork, slope: float) -> list[TracedLayer]:
    """The distribution model: h_a,q, entropy model of q, h_s,q, and the base's distributions."""
    sizes = (network.m, network.bins)
    flat = torch.full(sizes, 1.0 / network.bins)
    shape = DistributionShape(network.m, network.n_q, network.m_q, network.bins, slope=slope)
    codec = DistributionCodec(shape, flat.log2(), _generator())
    named = [(codec.logs, TracedLayer("default", LayerDescription("default", sizes, sizes))),
             (codec.gain, TracedLayer("gain", LayerDescription("gain", sizes, sizes)))]
    with torch.no_grad(), LayerTracer(codec, named) as tracer:
        q = codec.analyse(flat.unsqueeze(0))
        codec.likelihood(q)
        codec.synthesise(torch.round(q))
    return tracer.layers


def _image() -> torch.Tensor:
    return torch.rand(1, 3, SIDE_PX, SIDE_PX, generator=_generator())


def _clouds(points: int) -> torch.Tensor:
    return torch.randn(BATCH, 3, points, generator=_generator())


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(1)
