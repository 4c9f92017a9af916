"""The codec `mixed` keeps the contract of codecs; its streams decode alike in every process."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch

from lcpc import checkpoints
from lcpc.codecs.point_clouds.mixed import entropy_model_of, from_networks, load
from lcpc.errors import BitstreamError, ConfigError, DataError
from lcpc.metrics.complexity import mac_count
from lcpc.models.layers import weighted_layers
from lcpc.models.mixed_codec import MaskedLinear, MixedPointCodec, MixedShape
from lcpc.models.point_codec import PointCodec

LAMBDAS = (10.0, 80.0)
DECODE = """
import os, sys
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = sys.argv[2]
from pathlib import Path
import torch
from lcpc import checkpoints
from lcpc.codecs.point_clouds import mixed
torch.set_num_threads(int(sys.argv[2]))
torch.set_float32_matmul_precision(sys.argv[3])
codec = mixed.load(checkpoints.read(Path(sys.argv[1])), "weights")
for stream in sys.stdin.read().split():
    print(codec.decode(bytes.fromhex(stream), 80.0).astype(int).tolist())
"""


def networks(size="micro", shape=None):
    """Untrained networks whose latents have several symbols and depend on each other."""
    models = {}
    for lambda_ in LAMBDAS:
        model = MixedPointCodec(size, 7, shape=shape, seed=int(lambda_))
        for layer in model.entropy_model.network:
            if isinstance(layer, MaskedLinear):
                layer.weight.data *= 3
        models[lambda_] = model.requires_grad_(False).eval()
    return models


def codec_of(size="micro", shape=None):
    return from_networks(size, 64, networks(size, shape))


def content_of(codec, shape=None):
    shape = vars(shape or MixedShape())
    return {"kind": "mixed", "size": codec.size, "classes": 7, "head_norm": True, "points": 64, "shape": dict(shape),
            "lambdas": list(LAMBDAS), "models": [codec.model(value).state_dict() for value in LAMBDAS]}


def clouds(count=5, points=64):
    return np.random.default_rng(1).normal(size=(count, points, 3)).astype(np.float32)


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
@pytest.mark.parametrize("shape", [MixedShape(), MixedShape(context=False)], ids=["joint", "each alone"])
def test_a_stream_decodes_to_what_is_expected_and_its_rate_is_the_model_s(size, shape):
    codec = codec_of(size, shape)
    for lambda_ in codec.settings:
        model = codec.model(lambda_)
        for cloud in clouds():
            stream = codec.encode(cloud, lambda_)
            y_hat = codec.decode(stream, lambda_)
            assert np.array_equal(y_hat, codec.expected(cloud, lambda_))
            likelihoods = model.entropy_model(torch.from_numpy(y_hat)[None])
            rate_bits = codec.rate_bits(stream, y_hat, lambda_)
            assert rate_bits == pytest.approx(-likelihoods.log2().sum().item(), rel=0.02, abs=0.5)
            assert 8 * len(stream) < rate_bits + 8.01
            assert codec.classify(y_hat[None], lambda_).shape == (1, 7)


def test_streams_decode_alike_in_other_processes_threads_and_precisions(tmp_path):
    codec, path = codec_of(), tmp_path / "mixed.pt"
    checkpoints.save(path, content_of(codec))
    streams = [codec.encode(cloud, 80.0) for cloud in clouds(20)]
    symbols = [codec.decode(stream, 80.0).astype(int).tolist() for stream in streams]
    text = "\n".join(stream.hex() for stream in streams)
    for threads, precision in (("1", "highest"), ("2", "medium")):
        command = [sys.executable, "-c", DECODE, str(path), threads, precision]
        there = subprocess.run(command, input=text, capture_output=True, check=True, text=True)
        assert there.stdout.split("\n")[:-1] == [str(row) for row in symbols]


def test_a_latent_depends_on_those_before_it_alone():
    model = networks()[80.0].entropy_model
    y = torch.randn(1, 16, generator=torch.Generator().manual_seed(1)).mul(3).requires_grad_()
    for index in range(16):
        (gradient,) = torch.autograd.grad(model.network(y).unflatten(1, (16, -1))[0, index].sum(), y)
        seen = gradient[0] != 0
        assert not seen[index:].any()
        assert seen[:index].any() or index == 0


def test_the_arrays_of_an_entropy_model_are_enough_to_decode():
    from lcpc.entropy import sequential
    from lcpc.entropy.autoregressive import ExactAutoregressiveModel

    codec = codec_of()
    model = ExactAutoregressiveModel.from_arrays(entropy_model_of(codec.model(10.0)).to_arrays())
    for cloud in clouds():
        stream = codec.encode(cloud, 10.0)
        assert np.array_equal(sequential.decode(stream, 16, model.distribution_after), codec.decode(stream, 10.0))


def test_it_is_loaded_from_a_checkpoint():
    codec = codec_of("lite")
    again = load(content_of(codec), "w.pt")
    assert (again.settings, again.points, again.name, again.missing()) == (LAMBDAS, 64, "mixed", "")
    assert [again.encode(cloud, 80.0) for cloud in clouds()] == [codec.encode(cloud, 80.0) for cloud in clouds()]
    with pytest.raises(DataError, match="w.pt does not fit the configured network"):
        load({**content_of(codec), "size": "micro"}, "w.pt")
    with pytest.raises(DataError, match="w.pt holds 'pointnet', not 'mixed'"):
        load({"kind": "pointnet"}, "w.pt")


def test_a_lambda_that_was_not_trained_is_refused_with_those_that_were():
    with pytest.raises(ConfigError, match="has no lambda 20; it has 10, 80"):
        codec_of().decode(b"", 20)


def test_damaged_streams_are_refused_or_give_bounded_latents():
    codec = codec_of()
    stream = codec.encode(clouds()[0], 80.0)
    for bad in (stream + b"\x01", bytes(4000)):
        with pytest.raises(BitstreamError):
            codec.decode(bad, 80.0)
    for bad in (stream[:-1], b"", bytes(byte ^ 0x55 for byte in stream)):
        with suppress(BitstreamError):
            assert np.isfinite(codec.decode(bad, 80.0)).all()


@pytest.mark.parametrize(("size", "mixing"), [("micro", 64), ("lite", 256)])
def test_mixing_costs_at_most_a_twentieth_of_the_documents_encoder(size, mixing):
    documents = 1024 * mac_count(list(weighted_layers(PointCodec(size).g_a)))
    model = MixedPointCodec(size, shape=MixedShape(mixing=mixing))
    encoder = 1024 * mac_count(list(weighted_layers(model.g_a)))
    assert encoder == documents
    assert encoder + mac_count(list(weighted_layers(model.mixing))) <= 1.05 * documents


def test_the_run_beyond_keeps_that_cost_but_in_its_variants():
    from lcpc import config

    run = config.load(Path(__file__).parents[3], "beyond")
    plain = [curve for curve in run.mixed if not curve.variant]
    assert plain
    for curve in plain:
        for size in curve.sizes:
            model = MixedPointCodec(size, shape=MixedShape(curve.latents, curve.mixing))
            mixing = mac_count(list(weighted_layers(model.mixing)))
            assert mixing <= 0.05 * 1024 * mac_count(list(weighted_layers(model.g_a)))
