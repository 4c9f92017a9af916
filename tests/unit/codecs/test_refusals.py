"""Any small stream or file is refused soon and in little memory, whatever it promises."""

import io
import zipfile
import zlib

import numpy as np
import pytest
import torch

from lcpc import checkpoints, registry
from lcpc.codecs import portable
from lcpc.codecs.images.base import Checkpoint, header, sealed
from lcpc.codecs.point_clouds import draco, ipdae, mixed, octattention, tmc13
from lcpc.codecs.point_clouds.proposed import frequency_tables_of, load
from lcpc.codecs.shipped import base as shipped_base
from lcpc.data.store import npz_bytes
from lcpc.entropy.numerals import numeral
from lcpc.errors import BitstreamError
from lcpc.models.exact_attention import whole_state
from lcpc.models.ipdae import PatchAutoencoder
from lcpc.models.mixed_codec import MixedPointCodec, MixedShape
from lcpc.models.oct_attention import OctAttentionNetwork, OctShape
from lcpc.models.point_codec import PointCodec
from tests.unit.codecs.refusal_cost import check

IMAGES = [name for name in registry.names("lcpc.codecs.images") if name != "ideal"]
POINTS = [name for name in registry.names("lcpc.codecs.point_clouds") if name != "draco_best"]
"""Streams of draco_best are those of draco."""
LARGE = ((8192, 4096), (4096, 8192), (16384, 2048))
WORDS = {"random": np.random.default_rng(4).bytes(128), "zeros": bytes(128), "ones": b"\xff" * 128}


def test_both_kinds_of_shipped_codecs_are_here():
    assert set(registry.names("lcpc.codecs.shipped")) == {"proposed", "mixed"}


@pytest.fixture(scope="module")
def image_codec(base_file, model_file, context_files):
    def make(name):
        module = registry.load("lcpc.codecs.images", name)
        files = [base_file.with_name(f"{kind}_q1.pt") for kind in module.WEIGHTS]
        return module.codec(*(Checkpoint(checkpoints.read(file), file.name) for file in files))

    return make


SIDES = {"balcilar2022": bytes(2), "proposed": b"\x00"}


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize("name", IMAGES)
def test_a_learned_image_stream_that_promises_a_large_picture(image_codec, draw, name, size, words):
    codec = image_codec(name)
    codec.decode(codec.encode(draw(16, 16)))
    others = b"\x00" if name.startswith("context") else b""
    stream = sealed(header(*size) + SIDES.get(name, b"") + others + bytes(1) + WORDS[words])
    check(lambda: codec.decode(stream))


CLOUD = np.random.default_rng(1).uniform(-0.5, 0.5, size=(40, 3)).astype(np.float32)


def octattention_codec():
    shape = OctShape(window=64)
    network = OctAttentionNetwork(shape, 1)
    return octattention.load({"kind": "octattention", "training": {}, "dataset": "some",
                              "shape": shape.plain(), "state": whole_state(network)}, "w"), 64


def ipdae_codec():
    torch.manual_seed(1)
    counts = torch.zeros(8, 8, 4, 255, dtype=torch.int32)
    counts[..., 0] = 1000
    content = {"kind": "ipdae", "patch": 8, "points": [64], "training": {}, "dataset": "none",
               "dataset_digest": "", "model": PatchAutoencoder(8).state_dict(),
               "occupancies": counts}
    return ipdae.IpdaeCodec({"K": ipdae.load(content, "w")}), "K"


def proposed_codec():
    model = PointCodec("micro", 4).eval()
    content = {"kind": "proposed", "size": "micro", "points": 64, "classes": 4, "head_norm": True,
               "lambdas": [10.0], "seeds": [1], "models": [model.state_dict()],
               "tables": [frequency_tables_of(model)]}
    return load(content, "w"), 10.0


def mixed_codec():
    model = MixedPointCodec("micro", 3, shape=MixedShape(latents=4, entropy_hidden=8)).eval()
    return mixed.from_networks("micro", 64, {10.0: model}), 10.0


class Tmc13Payload:
    """What lcpc reads of a stream of TMC13 by itself; the program decodes the rest."""

    @staticmethod
    def encode(points, setting):
        return b"\x00\0\0\0\x03abc\x02\0\0\0\x04wxyz"

    @staticmethod
    def decode(stream, setting):
        tmc13.payload_bytes(stream)


    @staticmethod
    def missing():
        return ""


CODECS = {"proposed": proposed_codec, "mixed": mixed_codec,
          "octattention": octattention_codec, "ipdae": ipdae_codec,
          "tmc13": lambda: (Tmc13Payload(), 1)}
"""How codecs are made that need weights or a program."""


def codec_of(name):
    """A codec and one of its settings."""
    if name in CODECS:
        return CODECS[name]()
    codec = registry.load("lcpc.codecs.point_clouds", name).codec({})
    return codec, codec.settings[-1]


def hostile_points(name, codec, setting):
    """Streams of a few hundred bytes that promise as much as their headers can."""
    good = codec.encode(CLOUD, setting)
    yield from (words * 4 for words in WORDS.values())
    for words in WORDS.values():
        yield good + words
    if name == "draco":
        for count in (1 << 20, (1 << 31) - 1):
            yield good[:draco.COUNT_AT] + count.to_bytes(4, "little") + good[draco.COUNT_AT + 4:]
    if name == "octattention":
        for above, words in ((0, "random"), (10, "random"), (10, "zeros"), (10, "ones")):
            head = octattention.StreamHeader(setting, above, octattention.MAX_POINTS)
            yield head.written(WORDS[words], codec.network.digest)
    if name == "ipdae":
        for words in WORDS.values():
            yield good[:ipdae.HEADER.size] + words * 4
    if name == "tmc13":
        yield b"\x00\xff\xff\xff\xff" + bytes(100)


@pytest.mark.parametrize("name", POINTS)
def test_a_stream_of_a_point_codec(name):
    codec, setting = codec_of(name)
    if reason := codec.missing():
        pytest.skip(reason)
    codec.decode(codec.encode(CLOUD, setting), setting)
    for stream in hostile_points(name, codec, setting):
        check(lambda stream=stream: refused(codec, stream, setting))


def refused(codec, stream, setting):
    """Few streams of a code without a check are those of some other cloud: that is no promise."""
    codec.decode(stream, setting)
    raise BitstreamError("it is a stream")


def changed(content, name, shape, kind="|u1", filled=0):
    """An npz in which an array claims another shape, and holds some bytes of 0."""
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            data = source.read(member)
            if member == f"{name}.npy":
                head = io.BytesIO()
                fields = {"descr": kind, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(head, fields)
                data = head.getvalue() + bytes(filled)
            target.writestr(member, data)
    return out.getvalue()


LYING = [((1 << 40,), 3), ((1 << 62, 1 << 62), 3), ((40 << 20,), 40 << 20)]
"""Shapes that are claimed, and bytes that are there."""


@pytest.fixture(scope="module")
def shipped_files(curve):
    weights = shipped_base.weights_file(curve)
    symbols = np.zeros((2, curve.networks[10.0].count), np.int64)
    streams = {10.0: curve.encode(symbols, 10.0)}
    names, label = np.array(["a", "b"]), np.array([0, 1])
    return weights, shipped_base.streams_file(names, label, streams, weights)


@pytest.mark.parametrize(("shape", "filled"), LYING)
def test_a_file_of_shipped_streams_that_claims_or_unpacks_to_much(shipped_files, tmp_path, shape,
                                                                  filled):
    path = tmp_path / "x.streams.npz"
    path.write_bytes(shipped_files[1])
    shipped_base.read_streams(path)
    path.write_bytes(changed(shipped_files[1], "streams", shape, filled=filled))
    check(lambda: shipped_base.read_streams(path))


@pytest.mark.parametrize(("shape", "filled"), LYING)
@pytest.mark.parametrize("name", ["header", "10.encoder.0.weight"])
def test_a_file_of_shipped_weights_that_claims_or_unpacks_to_much(shipped_files, tmp_path, name,
                                                                  shape, filled):
    path = tmp_path / "x.weights.npz"
    path.write_bytes(shipped_files[0])
    shipped_base.read_weights(path)
    assert f"{name}.npy" in zipfile.ZipFile(path).namelist()
    path.write_bytes(changed(shipped_files[0], name, shape, "|i1", filled))
    check(lambda: shipped_base.read_weights(path))


@pytest.mark.parametrize("words", WORDS)
def test_a_file_of_lcpc_encode(shipped_files, tmp_path, words):
    weights = tmp_path / "results/workstation/rate_accuracy/proposed_micro_P64.weights.npz"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(shipped_files[0])
    (tmp_path / "cloud.npz").write_bytes(npz_bytes({"points": np.tile(CLOUD, (2, 1))}))
    good = portable.encode(tmp_path, tmp_path / "cloud.npz", "micro-64-10")
    path = tmp_path / "x.lcpc"
    path.write_bytes(good)
    portable.decode(tmp_path, path)
    body = good[:-portable.CHECK_BYTES]
    name_at = len(portable.MAGIC)
    bodies = [body + WORDS[words] * 300, portable.MAGIC + numeral((1 << 35) - 1) + body[name_at + 1:]]
    for content in bodies:
        check_bytes = zlib.crc32(content).to_bytes(portable.CHECK_BYTES, "big")
        path.write_bytes(content + check_bytes)
        check(lambda: portable.decode(tmp_path, path))
