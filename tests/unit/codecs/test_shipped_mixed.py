"""A shipped curve of `mixed` writes the streams of the trained one, and its files are refused with a reason."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from lcpc.codecs import portable
from lcpc.codecs.point_clouds.mixed import from_networks
from lcpc.codecs.shipped import _fold, base, mixed
from lcpc.data import store
from lcpc.errors import BitstreamError, DataError, MissingData
from lcpc.models.mixed_codec import MixedPointCodec, MixedShape

LAMBDAS = (10.0, 80.0)
NAME = "mine/mixed-micro-64-80"


def trained(size="micro", shape=None):
    """Networks with statistics of their own and gains of both signs; those of local share an encoder."""
    models, is_local = {}, size == "local"
    largest_gain = 8.0 if is_local else 1.0
    for lambda_ in LAMBDAS:
        generator = torch.Generator().manual_seed(int(lambda_))
        model = MixedPointCodec(size, 7, shape=shape, seed=int(lambda_))
        torch.nn.init.uniform_(model.gain, -largest_gain, largest_gain, generator=generator)
        if is_local and models:
            model.g_a = models[LAMBDAS[0]].g_a
        with torch.random.fork_rng():
            torch.manual_seed(int(lambda_))  # of noise and dropout
            for _ in range(3 if is_local else 20):
                model(torch.randn(50, 3, 64, generator=generator))
        models[lambda_] = model.requires_grad_(False).eval()
    return from_networks(size, 64, models)


@pytest.fixture(scope="module")
def codec():
    return trained()


@pytest.fixture(scope="module")
def curve(codec, training):
    return mixed.ship(codec, training, {"run": "mine"})


@pytest.fixture
def root(curve, tmp_path):
    for seed in (1, 2):
        path = tmp_path / f"results/mine/mixed/micro_P64_seed{seed}.weights.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base.weights_file(curve))
    points = np.random.default_rng(1).normal(size=(100, 3)).astype(np.float32)
    (tmp_path / "cloud.npz").write_bytes(store.npz_bytes({"points": points}))
    return tmp_path


@pytest.fixture
def file(root):
    return root / "results/mine/mixed/micro_P64_seed1.weights.npz"


@pytest.mark.parametrize(("size", "shape"), [("micro", None), ("lite", None), ("full", None), ("local", None),
                                             ("micro", MixedShape(mixing=0)), ("lite", MixedShape(mixing=0, context=False))])
def test_in_float32_it_is_the_trained_codec(size, shape, training):
    codec = trained(size, shape)
    curve = mixed.shipped({"lambdas": LAMBDAS, "classes": list("abcdefg")}, _fold.mixed_arrays(codec))
    points = training.points[:5]
    for lambda_ in LAMBDAS:
        symbols = codec.symbols(points, lambda_)
        y_hat = symbols.astype(np.float32)
        assert np.ptp(symbols) > 2
        assert np.mean(base.symbols_of(curve.latents(points, lambda_)) != symbols) < 1e-3
        assert np.allclose(curve.classify(symbols, lambda_), codec.classify(y_hat, lambda_), rtol=1e-4, atol=1e-4)
        streams = [codec.encode(cloud, lambda_) for cloud in points]
        assert curve.encode(symbols, lambda_) == streams
        assert np.array_equal(curve.decode(streams, lambda_), symbols)
        rate_bits = [codec.rate_bits(b"", row, lambda_) for row in y_hat]
        assert curve.rate_bits(symbols, lambda_).tolist() == rate_bits


def test_a_file_gives_the_same_codec_and_the_same_file(curve, file, training):
    again = base.read_weights(file)
    assert base.weights_file(again) == file.read_bytes()
    precision = again.header["precision"]
    assert precision == curve.header["precision"]
    assert (precision["encoder"], precision["mixing"]) == ("float32", "float32")
    assert precision["decoder"] in _fold.PRECISIONS
    for lambda_ in LAMBDAS:
        symbols = base.symbols_of(curve.latents(training.points, lambda_))
        assert np.array_equal(base.symbols_of(again.latents(training.points, lambda_)), symbols)
        assert again.encode(symbols[:5], lambda_) == curve.encode(symbols[:5], lambda_)
        assert np.array_equal(again.classify(symbols, lambda_), curve.classify(symbols, lambda_))


def test_a_stream_of_another_codec_is_refused(curve):
    with pytest.raises(BitstreamError):
        curve.decode([b"\xff" * 1000], 10.0)


@pytest.mark.parametrize(("changes", "words"), [
    ({"10.sign": None}, "array 10.sign is not there"),
    ({"10.sign": np.ones(3, np.int8)}, r"arrays 10.encoder.\* lack a layer"),
    ({"10.mixing.1.weight": None}, r"arrays 10.mixing.\* lack a layer"),
    ({"10.entropy.bias_1": None}, "an autoregressive model lacks bias_1"),
    ({"10.entropy.weight_0": np.full((16, 64), 1 << 60)}, "beyond 2.15e\\+09"),
    ({"10.entropy.weight_0": np.ones((16, 64), np.int64)}, "latents that depend on themselves or on later ones"),
    ({"10.decoder.2.bias": np.full(7, np.nan, np.float32)}, "not finite"),
    ({"10.median": np.zeros(3, np.float32)}, "no array '10.median' in this codec"),
])
def test_arrays_that_fit_no_codec_are_refused_by_name(file, changes, words):
    with np.load(file, allow_pickle=False) as arrays:
        content = {**arrays, **changes}
    file.write_bytes(store.npz_bytes({name: array for name, array in content.items() if array is not None}))
    with pytest.raises(DataError, match=words):
        base.read_weights(file)


def test_a_model_is_named_by_run_codec_and_seed(root):
    files = {name: portable.encode(root, root / "cloud.npz", name)
             for name in (NAME, "mine/mixed-micro-64-seed1-80", "mine/mixed-micro-64-seed2-80")}
    first, same, second = files.values()
    assert first == same
    assert b"mine/mixed-micro-64-80" in first
    assert b"mine/mixed-micro-64-seed2-80" in second
    path = root / "x.lcpc"
    path.write_bytes(second)
    assert portable.decode(root, path).model == "mine/mixed-micro-64-seed2-80"


@pytest.mark.parametrize(("name", "kind", "words"), [
    ("mine/mixed-micro-64-seed3-80", MissingData, "no weights of mixed-micro-64-seed3. Did you mean 'mine/mixed-micro-64-seed2'"),
    ("mine/proposed-micro-64-seed2-80", DataError, "of proposed only the training of seed 1"),
])
def test_a_seed_that_is_not_there_is_refused(root, name, kind, words):
    with pytest.raises(kind, match=words):
        portable.encode(root, root / "cloud.npz", name)


def test_neither_torch_nor_pandas_is_loaded_for_it(root):
    (root / "Snakefile").touch()
    code = (f"import sys; from lcpc.cli import main; root = {str(root)!r}; "
            f"main(['--root', root, 'encode', root + '/cloud.npz', '--model', {NAME!r}, '-o', root + '/z.lcpc']); "
            "main(['--root', root, 'decode', root + '/z.lcpc']); "
            "print([name for name in ('torch', 'compressai', 'pandas', 'pydantic', 'open3d') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert NAME in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
