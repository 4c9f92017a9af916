"""Weights and streams of OctAttention and IPDAE, and shipped weights with an encoder of neighbourhoods."""

import io
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lcpc import checkpoints
from lcpc.codecs import portable
from lcpc.codecs.point_clouds import ipdae, octattention
from lcpc.codecs.point_clouds.mixed import entropy_model_of
from lcpc.codecs.shipped import base, mixed
from lcpc.data.store import npz_bytes
from lcpc.models.exact_attention import whole_state
from lcpc.models.ipdae import PatchAutoencoder
from lcpc.models.mixed_codec import MixedPointCodec, MixedShape
from lcpc.models.oct_attention import OctAttentionNetwork, OctShape
from tests.fuzz._weights import WEIGHTS, checkpoint
from tests.fuzz.harness import beside, in_memory, parser, written
from tests.fuzz.mutate import BINARY, ZIPPED, changed_bytes

SHAPE = OctShape(occupancy=2, level=1, octant=1, layers=1, heads=2, hidden=8, window=8)
SCALE, PATCH = 4, 8
CLOUD = np.random.default_rng(1).uniform(-0.5, 0.5, size=(20, 3)).astype(np.float32)


@cache
def octattention_checkpoint() -> list[bytes]:
    return checkpoint(kind="octattention", training=SHAPE.plain(), dataset="shapes40", shape=SHAPE.plain(),
                      state=whole_state(OctAttentionNetwork(SHAPE, 1)))


@parser(octattention_checkpoint, WEIGHTS)
def octattention_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "w.pt", content)
    codec = octattention.load(checkpoints.read(path), str(path))
    return codec.decode(codec.encode(CLOUD, SCALE), SCALE)


@cache
def octattention_codec() -> octattention.OctAttentionCodec:
    return octattention.load(loaded(octattention_checkpoint()), "w")


def resealed_tree(data: bytes, rng: Any) -> bytes:
    """Another stream with a check that is right."""
    head, coded = octattention.StreamHeader.split(data)
    return head.written(changed_bytes(coded, rng), octattention_codec().network.digest)


@parser(lambda: [octattention_codec().encode(CLOUD, SCALE), octattention_codec().encode(CLOUD[:1], SCALE)],
        (resealed_tree, resealed_tree, *BINARY))
def octattention_stream(content: bytes, folder: Path) -> object:
    return octattention_codec().decode(content, SCALE)


@cache
def ipdae_checkpoint() -> list[bytes]:
    torch.manual_seed(1)
    counts = torch.zeros(8, 8, 4, 255, dtype=torch.int32)
    counts[..., 0] = 1000
    return checkpoint(kind="ipdae", patch=PATCH, points=[64], training={}, dataset="none", dataset_digest="",
                      model=PatchAutoencoder(PATCH).state_dict(), occupancies=counts)


@parser(ipdae_checkpoint, WEIGHTS)
def ipdae_weights(content: bytes, folder: Path) -> object:
    path = written(folder, "w.pt", content)
    network = ipdae.load(checkpoints.read(path), str(path))
    codec = ipdae.IpdaeCodec({"K": network})
    return codec.decode(codec.encode(CLOUD, "K"), "K")


@cache
def ipdae_codec() -> ipdae.IpdaeCodec:
    return ipdae.IpdaeCodec({"K": ipdae.load(loaded(ipdae_checkpoint()), "w")})


def after_the_side(data: bytes, rng: Any) -> bytes:
    """Another stream with the centre and side of a cloud."""
    return data[:ipdae.HEADER.size] + changed_bytes(data[ipdae.HEADER.size:], rng)


@parser(lambda: [ipdae_codec().encode(CLOUD, "K"), ipdae_codec().encode(CLOUD[:1], "K")], (after_the_side, after_the_side, *BINARY))
def ipdae_stream(content: bytes, folder: Path) -> object:
    return ipdae_codec().decode(content, "K")


@cache
def shipped() -> list[bytes]:
    """A curve of `mixed` whose encoder groups neighbours; all layers are narrow."""
    rng = np.random.default_rng(1)
    widths = {"shared.encoder.0.0": (3, 4), "shared.encoder.1.0": (7, 5), "10.mixing.0": (5, 3), "10.mixing.1": (3, 2),
              "10.decoder.0": (2, 3)}
    model = MixedPointCodec("micro", 3, shape=MixedShape(latents=2, mixing=3, entropy_hidden=4, mixtures=1))
    arrays = {f"10.entropy.{name}": array for name, array in entropy_model_of(model).to_arrays().items()}
    for name, (inputs, outputs) in widths.items():
        arrays[f"{name}.weight"] = rng.normal(size=(outputs, inputs)).astype(np.float32)
        arrays[f"{name}.bias"] = rng.normal(size=outputs).astype(np.float32)
    arrays["shared.groups"] = np.array([[6, 4], [1, 6]])
    header = {"codec": "mixed", "size": "local", "points": 16, "lambdas": [10], "classes": list("abc"), "training": {},
              "precision": dict.fromkeys(mixed.PARTS, "float32")}
    return [base.weights_file(mixed.shipped(header, arrays))]


@parser(shipped, ZIPPED)
def shipped_weights(content: bytes, folder: Path) -> object:
    codec = base.read_weights(written(folder, "x.weights.npz", content))
    lambda_ = codec.header["lambdas"][0]
    symbols = base.symbols_of(codec.latents(CLOUD[None], lambda_))
    return codec.classify(codec.decode(codec.encode(symbols, lambda_), lambda_), lambda_)


@cache
def shipped_codec() -> base.ShippedCurve:
    with in_memory() as folder:
        return base.read_weights(written(folder, "x.weights.npz", shipped()[0]))


@cache
def symbols() -> Any:
    return base.symbols_of(shipped_codec().latents(np.stack([CLOUD[:16], CLOUD[4:]]), 10))


@parser(lambda: shipped_codec().encode(symbols(), 10), BINARY)
def shipped_stream(content: bytes, folder: Path) -> object:
    return shipped_codec().classify(shipped_codec().decode([content], 10), 10)


@cache
def stream_file() -> list[bytes]:
    names, label = np.array(["a", "b"]), np.array([0, 2])
    return [base.streams_file(names, label, {10.0: shipped_codec().encode(symbols(), 10)}, shipped()[0])]


@parser(stream_file, ZIPPED)
def shipped_streams(content: bytes, folder: Path) -> object:
    streams = base.read_streams(written(folder, "x.streams.npz", content))
    return [shipped_codec().decode(row, lambda_) for lambda_, row in streams.by_lambda.items()]


MODEL = "mine/mixed-local-16-10"
WEIGHTS_OF_MODEL = "results/mine/mixed/local_P16_seed1.weights.npz"


def resealed_file(data: bytes, rng: Any) -> bytes:
    """Another file of `lcpc encode` with a checksum that is right."""
    head, body = data[:len(portable.MAGIC)], data[len(portable.MAGIC):-portable.CHECK_BYTES]
    content = head + changed_bytes(body, rng)
    return content + zlib.crc32(content).to_bytes(portable.CHECK_BYTES, "big")


@cache
def portable_file() -> list[bytes]:
    with in_memory() as folder:
        written(folder, WEIGHTS_OF_MODEL, shipped()[0])
        return [portable.encode(folder, written(folder, "a.npz", npz_bytes({"points": CLOUD})), MODEL)]


@parser(portable_file, (resealed_file, resealed_file, *BINARY))
def lcpc_file(content: bytes, folder: Path) -> object:
    beside(folder, WEIGHTS_OF_MODEL, shipped()[0])
    return portable.decode(folder, written(folder, "a.lcpc", content))


def loaded(contents: list[bytes]) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(io.BytesIO(contents[0]), weights_only=True)
    return content
