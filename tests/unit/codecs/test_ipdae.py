"""IPDAE keeps the contract of codecs; what is entropy coded decodes alike in every process."""

import copy
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch

from lcpc import checkpoints
from lcpc.codecs.point_clouds import ipdae
from lcpc.codecs.point_clouds.base import round_trip
from lcpc.entropy.integer_tables import LOG_UNITS
from lcpc.errors import BitstreamError, ConfigError, DataError
from lcpc.models.exact_patches import NATS_TO_LOGS, SHIFT_BITS, ExactEntropyModel
from lcpc.models.ipdae import LATENTS, LEVELS, PatchAutoencoder, farthest_points, size_code

PATCHES = (8, 32)
SETTINGS = tuple(map(ipdae.setting_of, PATCHES))
DECODE = """
import os, sys
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = sys.argv[2]
from pathlib import Path
import torch
from lcpc import checkpoints
from lcpc.codecs.point_clouds import ipdae
torch.set_num_threads(int(sys.argv[2]))
network = ipdae.load(checkpoints.read(Path(sys.argv[1])), "weights")
codec = ipdae.IpdaeCodec({"K=0008": network})
for stream in sys.stdin.read().split():
    print(codec.decode(bytes.fromhex(stream), "K=0008").round(4).tolist())
"""


def content_of(patch):
    """A checkpoint of an untrained network whose latents have many symbols."""
    torch.manual_seed(patch)
    network = PatchAutoencoder(patch)
    network.encoder.outer.weight.data *= 20
    for layer in network.entropy_model.own:
        if hasattr(layer, "weight"):
            layer.weight.data *= 2
    counts = torch.zeros(8, 8, 4, 255, dtype=torch.int32)
    counts[..., 0] = 1000
    return {"kind": "ipdae", "patch": patch, "points": [64], "training": {}, "dataset": "none", "dataset_digest": "",
            "model": network.state_dict(), "occupancies": counts}


@pytest.fixture(scope="module")
def codec():
    networks = [ipdae.load(content_of(patch), "weights") for patch in PATCHES]
    return ipdae.IpdaeCodec(dict(zip(SETTINGS, networks, strict=True)))


def cloud_of(points, seed=1):
    return np.random.default_rng(seed).normal(size=(points, 3)).astype(np.float32)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("points", [1, 2, 7, 8, 33, 200])
def test_a_stream_decodes_to_what_is_expected(codec, setting, points):
    stream, decoded = round_trip(codec, cloud_of(points), setting)
    patch = int(setting[2:])
    patches, rest = divmod(len(decoded), patch // 2)
    assert rest == 0
    assert 1 <= patches <= max(1, 2 * points // patch)
    assert codec.rate_bits(stream, decoded, setting) == 8 * len(stream) - 128


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_order_of_the_points_does_not_matter(codec, setting):
    cloud = cloud_of(60)
    shuffled = cloud[np.random.default_rng(2).permutation(60)]
    assert codec.encode(cloud, setting) == codec.encode(shuffled, setting)


def test_equal_points_decode_to_that_point(codec):
    cloud = np.full((40, 3), 0.3, dtype=np.float32)
    decoded = codec.decode(codec.encode(cloud, SETTINGS[0]), SETTINGS[0])
    assert (decoded == cloud[0]).all()


def test_duplicates_and_far_clouds_are_coded(codec):
    cloud = np.repeat(cloud_of(10), 5, axis=0)
    for each in (cloud, cloud * np.float32(1e30), cloud * np.float32(1e-40), cloud + np.float32(1e6)):
        _, decoded = round_trip(codec, each, SETTINGS[0])
        assert np.isfinite(decoded).all()


def test_a_cloud_too_wide_for_its_side_is_refused(codec):
    cloud = np.array([[-3e38, 0, 0], [3e38, 0, 0]], dtype=np.float32)
    with pytest.raises(DataError, match="its side is no float32"):
        codec.encode(cloud, SETTINGS[0])


@pytest.mark.parametrize(("points", "setting"), [(20_000, SETTINGS[0]), (40_000, SETTINGS[1]), (1 << 20, SETTINGS[1])])
def test_too_many_points_are_refused(codec, points, setting):
    with pytest.raises(DataError, match="take larger patches or fewer points"):
        codec.encode(cloud_of(points), setting)


def test_a_stream_is_near_its_code_length(codec):
    cloud = cloud_of(200)
    network = codec.networks[SETTINGS[0]]
    header, codes, depth, latents = ipdae.analyse(network, cloud)
    tables = network.entropy_model.tables(ipdae.centres(codes, depth))
    latent_bits = tables.bits(latents.ravel())
    stream_bits = 8 * (len(codec.encode(cloud, SETTINGS[0])) - len(header))
    assert latent_bits < stream_bits < latent_bits + 3 + 8 * len(codes) * depth


def test_streams_decode_alike_with_other_threads_in_other_processes(codec, tmp_path):
    path = tmp_path / "ipdae.pt"
    checkpoints.save(path, content_of(8))
    clouds = [cloud_of(50, seed) for seed in range(4)]
    streams = [codec.encode(cloud, SETTINGS[0]) for cloud in clouds]
    decoded = [codec.decode(stream, SETTINGS[0]) for stream in streams]
    words = " ".join(stream.hex() for stream in streams)
    for threads in ("1", "2"):
        done = subprocess.run([sys.executable, "-c", DECODE, str(path), threads], input=words, capture_output=True,
                              text=True, check=True)
        for line, points in zip(done.stdout.splitlines(), decoded, strict=True):
            assert np.allclose(np.array(eval(line)), points, atol=1e-3)


def test_probabilities_are_those_of_the_network_and_exact_in_any_order():
    torch.manual_seed(1)
    model = PatchAutoencoder(8).entropy_model
    exact = ExactEntropyModel(model)
    codes = np.random.default_rng(1).permutation(512)[:30]
    centroids = ipdae.centres(codes, 3)
    tables = exact.tables(centroids)
    logits = model(torch.from_numpy(centroids).float()[None], size_code(30))[0].detach().numpy()
    frequencies = np.diff(tables.cumulative.reshape(-1, LEVELS + 2))[:, :LEVELS] / 2**16
    wanted = np.exp(logits - logits.max(-1, keepdims=True)).reshape(-1, LEVELS)
    assert np.allclose(frequencies, wanted / wanted.sum(1, keepdims=True), atol=0.01)
    order = np.random.default_rng(2).permutation(30)
    shuffled = exact.tables(centroids[order]).cumulative.reshape(30, LATENTS, -1)
    assert np.array_equal(shuffled, tables.cumulative.reshape(30, LATENTS, -1)[order])


def test_nats_become_bits():
    assert pytest.approx(np.log2(np.e), rel=1e-4) == NATS_TO_LOGS * 2.0**8 / 2**SHIFT_BITS / LOG_UNITS


def test_hostile_streams_are_refused_or_bounded(codec):
    rng = np.random.default_rng(1)
    stream = codec.encode(cloud_of(60), SETTINGS[0])
    damaged = [stream[:size] for size in range(0, len(stream), 3)]
    damaged += [stream[:16] + rng.bytes(int(size)) for size in rng.integers(0, 400, 60)]
    for each in damaged:
        with suppress(BitstreamError):
            assert codec.decode(each, SETTINGS[0]).shape[1] == 3


def test_a_longer_stream_is_refused(codec):
    stream = codec.encode(cloud_of(60), SETTINGS[0])
    with pytest.raises(BitstreamError):
        codec.decode(stream + b"\1", SETTINGS[0])
    with pytest.raises(BitstreamError, match="too long"):
        codec.decode(stream + bytes(1_000_000), SETTINGS[0])


def test_a_stream_that_promises_too_many_cells_is_refused_early():
    content = content_of(8)
    content["occupancies"][..., 0] = 0
    content["occupancies"][..., -1] = 1 << 30  # all eight children are likeliest: no byte says 8^8 cells
    codec = ipdae.IpdaeCodec({SETTINGS[0]: ipdae.load(content, "weights")})
    header = codec.encode(cloud_of(8), SETTINGS[0])[:16]
    with pytest.raises(BitstreamError, match="more than 4096 cells"):
        codec.decode(header + b"\xf0", SETTINGS[0])


@pytest.mark.parametrize("header", [[np.nan, 0, 0, 1], [0, 0, 0, np.inf], [0, 0, 0, -1]])
def test_a_header_that_is_no_centre_and_side_is_refused(codec, header):
    with pytest.raises(BitstreamError, match="no centre and side"):
        codec.decode(np.array(header, dtype="<f4").tobytes(), SETTINGS[0])


@pytest.mark.parametrize("setting", ["K=0064", "K=8", 8, [8], None])
def test_an_unknown_setting_names_those_that_there_are(codec, setting):
    with pytest.raises(ConfigError, match="it has K=0008, K=0032"):
        codec.encode(cloud_of(8), setting)
    with pytest.raises(ConfigError, match="it has K=0008, K=0032"):
        codec.decode(bytes(20), setting)


@pytest.mark.parametrize(("name", "value"), [
    ("patch", 0), ("patch", 10**9), ("patch", 16), ("model", {}), ("occupancies", torch.zeros(2, 3)),
    ("occupancies", torch.zeros(2, 3, dtype=torch.int32)), ("occupancies", -torch.ones(8, 8, 4, 255, dtype=torch.int32)),
])
def test_a_hostile_checkpoint_is_refused(name, value):
    content = {**content_of(8), name: value}
    with pytest.raises(DataError):
        ipdae.load(content, "weights")


def test_farthest_points_are_as_by_hand():
    x = torch.tensor([[[0.5, 0, 0], [-0.5, 0, 0], [0, 0.4, 0], [0.4, 0, 0]]])
    assert farthest_points(x, 3).tolist() == [[0, 1, 2]]


def test_a_copy_of_the_weights_gives_equal_streams(codec):
    again = ipdae.IpdaeCodec(copy.deepcopy(dict(codec.networks)))
    assert again.encode(cloud_of(30), SETTINGS[1]) == codec.encode(cloud_of(30), SETTINGS[1])
    assert Path(ipdae.weights_name(8)).name == "ipdae_K8"
