"""Weights, states of trainings, and the streams that trained codecs read."""

import copy
import io
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from lcpc import checkpoints, registry
from lcpc.codecs import image_streams as files
from lcpc.codecs.context_model import TrainedContext
from lcpc.codecs.distribution_model import TrainedDistribution
from lcpc.codecs.image_base import TrainedBase
from lcpc.codecs.images.balcilar2022 import BalcilarCodec
from lcpc.codecs.images.base import header, sealed
from lcpc.codecs.images.bmshj2018_factorized import FactorizedCodec
from lcpc.codecs.images.context import ContextCodec
from lcpc.codecs.images.context_adaptive import ContextAdaptiveCodec
from lcpc.codecs.images.proposed import AdaptiveCodec
from lcpc.codecs.point_clouds import draco
from lcpc.codecs.point_clouds.proposed import ProposedCodec, frequency_tables_of, load
from lcpc.codecs.trained import weights_of
from lcpc.config import Config
from lcpc.errors import LcpcError
from lcpc.experiments._classification import classifier_of
from lcpc.experiments.reconstruction import load as load_reconstruction
from lcpc.jobs import JobContext
from lcpc.models.context_model import ContextModel, ContextShape
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.models.exact_context import whole_state
from lcpc.models.image_factorized import ImageBase, of_compressai
from lcpc.models.point_codec import PointClassifier, PointCodec
from lcpc.models.reconstruction import ReconstructionDecoder
from lcpc.trainer.loop import Task, fit
from lcpc.training import _image_bottleneck
from lcpc.training._distribution_model import frequency_arrays
from tests.fuzz.harness import parser, written
from tests.fuzz.mutate import BINARY, ZIPPED, Mutator, noise

TRAINED = {"dataset": "shapes40", "dataset_digest": "x", "points": 64, "training": {"epochs": 4}, "classes": 4}
CONFIG = Config(run="mine", seed=1)


def saved(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def checkpoint(**content: Any) -> list[bytes]:
    return [saved({"format": checkpoints.FORMAT, **content})]


@lru_cache(maxsize=16)
def read_once(data: bytes) -> Any:
    """The content of weights; that of good ones is read once for all inputs."""
    return torch.load(io.BytesIO(data), weights_only=True)


def copied(value: Any) -> Any:
    """Dicts and lists anew, with the same tensors in them, which no input changes."""
    if not isinstance(value, dict | list):
        return value
    other = copy.copy(value)
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        other[key] = copied(item)
    return other


def odd_values(data: bytes, rng: Any) -> bytes:
    """A checkpoint with one field of another kind, or tensors of other shapes, types and values."""
    content = copied(read_once(data))
    holder, key = rng.choice(list(_places(content)))
    value = holder[key]
    odd = [None, -1, 0, 2**40, 1e308, float("nan"), "x", [], {}, [[]], True, torch.zeros(0), torch.zeros(1).expand(2**40)]
    if isinstance(value, torch.Tensor):
        odd += [value.double() * float("inf"), value[:1], value.unsqueeze(0), value.to(torch.int32), value.to_sparse(), value.to(torch.complex64),
                value.long() * 2**50, value.to(torch.uint8), -value, value.flatten()]
    holder[key] = rng.choice(odd)
    return saved(content)


def _places(value: Any) -> Any:
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    for key, item in items:
        yield value, key
        yield from _places(item)


WEIGHTS: tuple[Mutator, ...] = (odd_values, odd_values, *ZIPPED)


@cache
def curve() -> list[bytes]:
    model = PointCodec("micro", 4).eval()
    return checkpoint(kind="proposed", size="micro", head_norm=True, lambdas=[20.0], seeds=[1], models=[model.state_dict()],
                      tables=[frequency_tables_of(model)], **TRAINED)


@parser(curve, WEIGHTS)
def curve_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "checkpoints/mine/w.pt", content)
    with suppress(LcpcError):
        weights_of(JobContext(folder, CONFIG), "w", 64, SimpleNamespace(name="shapes40"))
    codec = load(checkpoints.read(path), str(path))
    return codec.encode(np.zeros((8, 3), np.float32), codec.settings[0])


@cache
def pointnet() -> list[bytes]:
    state = PointClassifier(4).state_dict()
    return checkpoint(kind="pointnet", model=state, lambdas=[], **TRAINED)


@parser(pointnet, (odd_values,))
def pointnet_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "w.pt", content)
    return classifier_of(checkpoints.read(path), str(path))


@cache
def codec() -> ProposedCodec:
    return load(torch.load(io.BytesIO(curve()[0]), weights_only=True), "w")


@cache
def decoders() -> list[bytes]:
    state = ReconstructionDecoder("micro", 64).state_dict()
    return checkpoint(kind="reconstruction", size="micro", lambdas=[20.0], models=[state], codec_digest="x", **TRAINED)


@parser(decoders, WEIGHTS)
def reconstruction_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "w.pt", content)
    return load_reconstruction(checkpoints.read(path), codec(), "x", str(path))


@cache
def base_weights() -> list[bytes]:
    base = ImageBase(8, 16, seed=3).eval()
    with torch.no_grad():
        base.g_a[6].weight *= 40
    content = _image_bottleneck.base_content(base, {"quality": 1, "origin": "untrained"}, 64)
    return checkpoint(**content)


@parser(base_weights, WEIGHTS)
def image_base_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "w.pt", content)
    return TrainedBase.load(checkpoints.read(path), str(path)).tables


@cache
def base() -> TrainedBase:
    return TrainedBase.load(torch.load(io.BytesIO(base_weights()[0]), weights_only=True), "w")


@cache
def model_weights() -> list[bytes]:
    torch.manual_seed(5)
    shape = DistributionShape(16, 16, 8, 64, groups=8, window=48, slope=0.75)
    network = DistributionCodec(shape, torch.from_numpy(base().logs) / 1024, torch.Generator().manual_seed(5))
    return checkpoint(kind="distribution", shape=shape.plain(), state=network.state_dict(), tables=frequency_arrays(network))


@parser(model_weights, WEIGHTS)
def distribution_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "w.pt", content)
    return TrainedDistribution.load(checkpoints.read(path), str(path), base()).exact


@cache
def context_model() -> list[bytes]:
    torch.manual_seed(7)
    model = ContextModel(ContextShape((3, 12), 4, 5, 2))
    channels = torch.arange(1, 16)
    return checkpoint(kind="context", shape=model.shape.plain(), state=whole_state(model), largest=[3, 4],
                      channels=channels, base_logs=torch.from_numpy(base().logs).int())


@parser(context_model, WEIGHTS)
def context_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "w.pt", content)
    return TrainedContext.load(checkpoints.read(path), str(path), base()).macs(1)


@cache
def context_codec() -> ContextCodec:
    content = torch.load(io.BytesIO(context_model()[0]), weights_only=True)
    return ContextCodec(base(), TrainedContext.load(content, "w", base()), "context")


@cache
def compressai() -> list[bytes]:
    from compressai.models import FactorizedPrior

    return [saved(FactorizedPrior(8, 16).state_dict())]


@parser(compressai, WEIGHTS)
def foreign_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "w.pth.tar", content)
    return of_compressai(checkpoints.foreign(path), str(path))


def task(path: Path) -> Task:
    torch.manual_seed(5)
    network = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(network.parameters())

    def run_round(number: int) -> dict[str, torch.Tensor]:
        optimizer.zero_grad()
        network(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        return {"loss": torch.zeros(())}

    return Task(module=network, optimizer=optimizer, run_round=run_round, rounds=3, identity={"kind": "mine"}, resume=path,
                saves_end=True)


@cache
def states() -> list[bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "resume.pt")
        fit(task(path))
        content, buffer = torch.load(path, weights_only=True), io.BytesIO()
    torch.save({**content, "seconds": 1.5}, buffer)  # what it took differs each time
    return [buffer.getvalue()]


@parser(states, WEIGHTS)
def training_state(content: bytes, folder: Path) -> object:
    return fit(task(written(folder, "resume.pt", content)))


CLOUD = np.random.default_rng(1).normal(size=(64, 3)).astype(np.float32)


@parser(lambda: [codec().encode(CLOUD, 20.0), b""], BINARY)
def point_stream(content: bytes, folder: Path) -> object:
    return codec().decode(content, 20.0)


@parser(lambda: [draco.encode(CLOUD, 16, 10), draco.encode(CLOUD, 4, 0)], BINARY)
def draco_stream(content: bytes, folder: Path) -> object:
    return draco.decode(content)


def resealed(data: bytes, rng: Any) -> bytes:
    """Another stream with a checksum that is right."""
    inner = rng.choice(BINARY)(data[:-2], rng)
    return sealed(inner)


@cache
def image_codecs() -> list[Any]:
    content = torch.load(io.BytesIO(model_weights()[0]), weights_only=True)
    model = TrainedDistribution.load(content, "w", base())
    return [FactorizedCodec(base()), BalcilarCodec(base()), AdaptiveCodec(base(), model)]


@cache
def small_picture() -> Any:
    y, x = np.mgrid[:48, :64]
    return np.clip(np.stack([2 * x, 255 - 2 * y, x + y], -1), 0, 255).astype(np.uint8)


@cache
def image_streams() -> list[bytes]:
    return [bytes([number]) + image_codec.encode(small_picture()) for number, image_codec in enumerate(image_codecs())]


@parser(lambda: [files.file_of({"a": b"abc", "b": b"", "c": bytes(200)})], ZIPPED)
def image_streams_file(content: bytes, folder: Path) -> object:
    return files.read(written(folder, "x.streams.npz", content))


@parser(lambda: [context_codec().encode(small_picture())], (resealed, resealed, *BINARY))
def context_stream(content: bytes, folder: Path) -> object:
    return context_codec().decode(content)


@cache
def context_adaptive_codec() -> ContextAdaptiveCodec:
    content = torch.load(io.BytesIO(model_weights()[0]), weights_only=True)
    model = TrainedDistribution.load(content, "w", base())
    return ContextAdaptiveCodec(base(), context_codec().model, model)


@cache
def context_adaptive_streams() -> list[bytes]:
    """One of each exponent."""
    codec, picture = context_adaptive_codec(), small_picture()
    symbols = codec.base.symbols(picture)
    return [sealed(header(48, 64) + choice.side + codec.context.stream(symbols, choice.parts))
            for choice in codec._choices(symbols, picture)]


@parser(context_adaptive_streams, (resealed, resealed, *BINARY))
def context_adaptive_stream(content: bytes, folder: Path) -> object:
    return context_adaptive_codec().decode(content)


def after_the_number(inner: Mutator) -> Mutator:
    return lambda data, rng: data[:1] + inner(data[1:], rng)


@parser(image_streams, [after_the_number(inner) for inner in (resealed, resealed, resealed, *BINARY)])
def image_stream(content: bytes, folder: Path) -> object:
    return image_codecs()[content[0] % 3 if content else 0].decode(content[1:])


@cache
def formats() -> list[Any]:
    modules = [registry.load("lcpc.codecs.formats", name) for name in registry.names("lcpc.codecs.formats")]
    made = [module.codec(module.QUALITIES[0]) for module in modules]
    return [codec for codec in made if not codec.missing()]


@cache
def format_streams() -> list[bytes]:
    picture = np.random.default_rng(1).integers(0, 256, (16, 24, 3)).astype(np.uint8)
    return [bytes([number]) + codec.encode(picture) for number, codec in enumerate(formats())]


@parser(format_streams, [after_the_number(inner) for inner in (*BINARY, noise)])
def format_stream(content: bytes, folder: Path) -> object:
    return formats()[content[0] % len(formats()) if content else 0].decode(content[1:])
