"""The proposed codec meets the contract of codecs, and its streams are those of the plain network in evaluation mode."""

import time

import numpy as np
import pytest
import torch

from lcpc.codecs.point_clouds.proposed import ProposedCodec, as_input, frequency_tables_of, load
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import BitstreamError, ConfigError, DataError
from lcpc.models.point_codec import PointCodec

LAMBDAS = (10.0, 80.0)


def codec_of(size, classes=7):
    """An untrained codec whose gains give it several symbols a channel."""
    models = {}
    for lambda_ in LAMBDAS:
        model = PointCodec(size, classes, seed=int(lambda_))
        torch.nn.init.uniform_(model.gain, 0.1, 1.0, generator=torch.Generator().manual_seed(1))
        model.entropy_bottleneck.solve_medians()
        models[lambda_] = model.requires_grad_(False).eval()
    arrays = {lambda_: frequency_tables_of(model) for lambda_, model in models.items()}
    tables = {lambda_: FrequencyTables.from_arrays({name: value.numpy() for name, value in one.items()})
              for lambda_, one in arrays.items()}
    return ProposedCodec(size, 64, models, tables), arrays


def clouds(count=5, points=64):
    return np.random.default_rng(1).normal(size=(count, points, 3)).astype(np.float32)


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
def test_a_stream_decodes_to_what_is_expected_and_its_rate_is_the_model_s(size):
    codec, _ = codec_of(size)
    for lambda_ in codec.settings:
        model = codec.model(lambda_)
        for cloud in clouds():
            stream = codec.encode(cloud, lambda_)
            y_hat = codec.decode(stream, lambda_)
            assert np.array_equal(y_hat, codec.expected(cloud, lambda_))
            logits, likelihoods = model(as_input(cloud[None]))
            assert codec.rate_bits(stream, y_hat, lambda_) == pytest.approx(-likelihoods.log2().sum().item(), rel=1e-5)
            assert np.allclose(codec.classify(y_hat[None], lambda_), logits, rtol=1e-4, atol=1e-4)
            assert 8 * len(stream) < 1.05 * codec.rate_bits(stream, y_hat, lambda_) + 16


def test_clouds_together_have_the_symbols_that_they_have_alone():
    codec, _ = codec_of("lite")
    together = codec.symbols(clouds(), 80.0)
    assert all(np.array_equal(codec.symbols(cloud[None], 80.0)[0], row) for cloud, row in zip(clouds(), together, strict=True))


def test_it_is_loaded_from_a_checkpoint():
    codec, arrays = codec_of("micro", classes=3)
    content = {"kind": "proposed", "size": "micro", "classes": 3, "head_norm": True, "points": 64, "lambdas": list(LAMBDAS), "seeds": [1],
               "models": [codec.model(value).state_dict() for value in LAMBDAS], "tables": list(arrays.values())}
    again = load(content, "w.pt")
    assert (again.settings, again.points, again.name, again.missing()) == (LAMBDAS, 64, "proposed", "")
    for cloud in clouds():
        assert again.encode(cloud, 80.0) == codec.encode(cloud, 80.0)
    with pytest.raises(DataError, match="w.pt does not fit the configured network"):
        load({**content, "size": "lite"}, "w.pt")


def test_a_checkpoint_holds_the_networks_of_several_seeds():
    (first, tables), (second, _) = codec_of("micro", classes=3), codec_of("micro", classes=3)
    for value in LAMBDAS:
        second.model(value).g_a[0].weight *= -1
    models = [codec.model(value).state_dict() for codec in (first, second) for value in LAMBDAS]
    content = {"kind": "proposed", "size": "micro", "classes": 3, "head_norm": True, "points": 64, "lambdas": list(LAMBDAS),
               "seeds": [1, 4], "models": models, "tables": 2 * list(tables.values())}
    for seed, codec in ((0, first), (1, first), (4, second)):
        again = load(content, "w.pt", seed)
        assert [again.encode(cloud, 80.0) for cloud in clouds()] == [codec.encode(cloud, 80.0) for cloud in clouds()]
    with pytest.raises(DataError, match="w.pt holds no seed 2, but 1, 4"):
        load(content, "w.pt", 2)
    for name, value in (("seeds", [1, 1]), ("seeds", []), ("seeds", [0]), ("models", models[:-1]), ("tables", list(tables.values()))):
        with pytest.raises(DataError, match=r"w\.pt"):
            load({**content, name: value}, "w.pt")


def test_what_is_no_curve_is_refused():
    with pytest.raises(DataError, match="w.pt holds 'pointnet', not 'proposed'"):
        load({"kind": "pointnet"}, "w.pt")


def test_a_lambda_that_was_not_trained_is_refused_with_those_that_were():
    codec, _ = codec_of("micro")
    with pytest.raises(ConfigError, match="has no lambda 20; it has 10, 80"):
        codec.model(20)


def test_a_stream_that_is_too_long_is_refused():
    codec, _ = codec_of("micro")
    with pytest.raises(BitstreamError):
        codec.decode(b"\xff" * 1000, 10.0)


@pytest.mark.parametrize(("size", "points", "most_ms"), [("micro", 1024, 5), ("lite", 1024, 10), ("full", 1024, 100)])
def test_a_cloud_is_encoded_quickly(size, points, most_ms):
    codec, (cloud,) = codec_of(size)[0], clouds(1, points)
    best = np.inf
    for _ in range(5):
        begin = time.perf_counter()
        codec.encode(cloud, 10.0)
        best = min(best, time.perf_counter() - begin)
    assert best * 1e3 < most_ms  # 0.2, 1 and 10 ms on an idle core
