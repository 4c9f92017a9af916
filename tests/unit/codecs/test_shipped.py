"""A shipped curve is the trained one without what it does not use, and its files are refused with a reason."""

import io
import zipfile

import numpy as np
import pytest

from lcpc.codecs.shipped import _fold, base
from lcpc.codecs.shipped import proposed as shipped
from lcpc.data import store
from lcpc.errors import BitstreamError, ConfigError, DataError, MissingData

LAMBDAS = (10.0, 80.0)


@pytest.fixture
def file(curve, tmp_path):
    path = tmp_path / "c.weights.npz"
    path.write_bytes(base.weights_file(curve))
    return path


def rewritten(path, **changes):
    with np.load(path, allow_pickle=False) as arrays:
        content = {**arrays, **changes}
    path.write_bytes(store.npz_bytes({name: array for name, array in content.items() if array is not None}))
    return path


@pytest.mark.parametrize("size", ["micro", "lite", "full"])
def test_all_latents_in_float32_are_those_of_the_network(size, training, trained):
    codec = trained(size)
    for lambda_ in LAMBDAS:
        arrays = {f"{lambda_:g}.{name}": array for name, array
                  in _fold._arrays(codec.model(lambda_), codec.tables[lambda_]).items()}
        curve = shipped.shipped({"lambdas": [lambda_], "classes": list("abcdefg")}, arrays)
        symbols = codec.symbols(training.points, lambda_)
        y_hat = codec.dequantise(symbols, lambda_)
        assert np.mean(base.symbols_of(curve.latents(training.points, lambda_)) != symbols) < 1e-4
        assert np.allclose(curve.classify(symbols, lambda_), codec.classify(y_hat, lambda_), rtol=1e-4, atol=1e-4)
        rate_bits = [codec.rate_bits(b"", row, lambda_) for row in y_hat]
        assert curve.rate_bits(symbols, lambda_) == pytest.approx(rate_bits, rel=1e-5)


def test_a_latent_that_never_changes_is_left_out(curve, training, trained):
    codec = trained("micro")
    for lambda_, network in curve.networks.items():
        symbols = codec.symbols(training.points, lambda_)
        is_used = np.ptp(symbols, axis=0) > 0
        assert not is_used[3]
        assert len(network.tables) == is_used.sum()
        reach = np.abs(base.symbols_of(curve.latents(training.points, lambda_)) - symbols[:, is_used])
        assert reach.max() <= 1
        logits = codec.classify(codec.dequantise(symbols, lambda_), lambda_)
        again = curve.classify(symbols[:, is_used], lambda_)
        assert np.abs(again - logits).max() < 0.05 * np.abs(logits).max()


def test_a_file_gives_the_same_codec_and_the_same_file(curve, file, training):
    again = base.read_weights(file)
    assert base.weights_file(again) == file.read_bytes()
    assert again.header["classes"] == list("abcdefg")
    for lambda_ in LAMBDAS:
        assert np.array_equal(again.latents(training.points, lambda_), curve.latents(training.points, lambda_))
        symbols = base.symbols_of(curve.latents(training.points, lambda_))
        streams = curve.encode(symbols, lambda_)
        assert np.array_equal(again.decode(streams, lambda_), symbols)
        assert np.array_equal(again.classify(symbols, lambda_), curve.classify(symbols, lambda_))


def test_a_part_that_suffers_keeps_more_bits(training, trained, monkeypatch):
    codec = trained("micro")
    assert shipped.ship(codec, training, {}).header["precision"] == {"encoder": "float32", "decoder": "int8"}
    monkeypatch.setattr(_fold, "FEWEST_WEIGHTS", 0)
    assert shipped.ship(codec, training, {}).header["precision"] == {"encoder": "int8", "decoder": "int8"}
    monkeypatch.setattr(_fold, "MOST_LOSS_POINTS", -100)
    assert shipped.ship(codec, training, {}).header["precision"] == {"encoder": "float32", "decoder": "float32"}
    monkeypatch.setattr(_fold, "PRECISIONS", ("float16",))
    monkeypatch.setattr(_fold, "MOST_LOSS_POINTS", 0.1)
    half = shipped.ship(codec, training, {})
    assert half.header["precision"] == {"encoder": "float16", "decoder": "float16"}
    assert half.arrays["10.encoder.0.weight"].dtype == np.float16


def test_a_lambda_that_is_not_there_is_refused_with_those_that_are(curve):
    with pytest.raises(ConfigError, match="has no lambda 20; it has 10, 80"):
        curve.network(20.0)


def test_no_file_is_refused(tmp_path):
    with pytest.raises(MissingData, match=r"w.npz is not there; restore the file or evaluate again"):
        base.read_weights(tmp_path / "w.npz")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_file_of_weights_is_refused(tmp_path, content):
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="w.npz"):
        base.read_weights(path)


def test_a_cut_file_is_refused(file):
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(DataError, match="c.weights.npz"):
        base.read_weights(file)


def test_a_pickle_among_the_arrays_is_not_run(file, tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    buffer = io.BytesIO()
    np.save(buffer, np.array([Hostile()], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("10.encoder.1.weight.npy", buffer.getvalue())
    with pytest.raises(DataError, match="c.weights.npz"):
        base.read_weights(file)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(("changes", "words"), [
    ({"10.sign": None}, "array 10.sign is not there"),
    ({"10.median": np.zeros(3, np.float32)}, "do not fit each other"),
    ({"10.decoder.1.weight": None}, r"arrays 10.decoder.\* lack a layer"),
    ({"10.decoder.0.bias": np.zeros(2, np.float32)}, "10.decoder.0.weight does not fit its layer"),
    ({"10.decoder.0.scale": None}, "decoder.0.scale does not fit"),
    ({"10.cumulative": np.array([5, 4], np.int32)}, "frequency tables"),
    ({"10.decoder.2.bias": np.full(7, np.nan, np.float32)}, "not finite"),
    ({"10.odd": np.zeros(3)}, "no array '10.odd' in this codec"),
    ({"header": np.array("[]")}, "no file of lcpc-weights-1"),
    ({"header": np.array("{")}, "its header is no JSON"),
    ({"header": np.array('{"format": "lcpc-weights-1", "codec": "proposed"}')}, "has no size"),
    ({"header": np.array('{"format": "lcpc-weights-1", "codec": "odd", "size": "", "points": 1, '
                         '"lambdas": [], "classes": [], "training": {}}')}, "there is no 'odd'"),
    ({"header": np.array('{"format": "lcpc-weights-1", "codec": "proposed", "size": "", "points": 1, '
                         '"lambdas": ["10"], "classes": [], "training": {}}')}, "no list of lambdas"),
])
def test_arrays_that_fit_no_codec_are_refused_by_name(file, changes, words):
    with pytest.raises(DataError, match=words):
        base.read_weights(rewritten(file, **changes))


def test_a_file_that_claims_too_much_is_refused_unread(file, monkeypatch):
    monkeypatch.setattr(base, "MOST_BYTES", 5000)
    with pytest.raises(DataError, match=r"bytes"):
        base.read_weights(file)


@pytest.fixture
def streams(curve, training, tmp_path):
    by_lambda = {lambda_: curve.encode(base.symbols_of(curve.latents(training.points, lambda_)), lambda_)
                 for lambda_ in LAMBDAS}
    path = tmp_path / "c.streams.npz"
    path.write_bytes(base.streams_file(training.samples, training.label, by_lambda, b"weights"))
    return path, by_lambda


def test_streams_come_back_as_they_were(streams, training):
    path, by_lambda = streams
    again = base.read_streams(path)
    assert again.by_lambda == by_lambda
    assert again.samples.tolist() == training.samples.tolist()
    assert again.label.tolist() == training.label.tolist()
    assert not base.belong_together(path, again)


def test_streams_whose_bytes_or_sizes_were_altered_are_refused(streams):
    path, _ = streams
    with np.load(path) as arrays:
        content, lengths, label = (arrays[name] for name in ("streams", "lengths", "label"))
    other = content.copy()
    other[5] ^= 1
    swapped = lengths.copy()
    swapped[0, :2] += np.array([1, -1]).astype(np.uint32)
    for changes, words in (({"streams": other}, "not those of its digest"),
                           ({"lengths": swapped}, "not those of its digest"),
                           ({"streams": content[1:]}, "labels or bytes do not fit"),
                           ({"label": label[1:]}, "labels or bytes do not fit"),
                           ({"lengths": lengths[:1]}, "do not fit its samples and lambdas")):
        before = path.read_bytes()
        with pytest.raises(DataError, match=words):
            base.read_streams(rewritten(path, **changes))
        path.write_bytes(before)


def test_a_stream_of_another_codec_is_refused(curve):
    with pytest.raises(BitstreamError):
        curve.decode([b"\xff" * 1000], 10.0)
