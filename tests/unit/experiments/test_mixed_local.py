"""A curve of `mixed` with the encoder `local`: rows from real streams, verified from bytes, in files of anyone's cloud."""

import numpy as np
import pytest
import yaml

from lcpc import config
from lcpc.audit import verify
from lcpc.codecs import portable
from lcpc.codecs.shipped import base
from lcpc.data import store
from lcpc.errors import DataError
from lcpc.experiments import mixed
from lcpc.jobs import JobContext
from lcpc.results.store import Results
from lcpc.training import mixed as training

RUN = {
    "dataset": {"name": "shapes40", "stored_points": 32},
    "mixed": [{"sizes": ["local"], "points": [16], "lambdas": [10, 1000], "latents": 6, "mixing": 20,
               "entropy_hidden": 12, "mixtures": 2, "training": {"epochs": 3, "batch": 10}}],
}
NAME = "mixed/local_P16_seed1"
MODEL = "mine/mixed-local-16-1000"


@pytest.fixture(scope="module")
def measured(tmp_path_factory, test_clouds, evaluate):
    from tests.unit.experiments.conftest import make

    root = tmp_path_factory.mktemp("local")
    (root / "config").mkdir()
    (root / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    (root / "results").mkdir()
    for split in ("train", "test"):
        store.save(make(split), root / "data" / "mine" / f"{split}.npz")
    context = JobContext(root, config.load(root, "mine"))
    for job in training.jobs(context.config, root):
        training.run(job, context)
    evaluate(mixed, root, "mine", NAME)
    return root


def weights_of(root):
    return root / f"results/mine/{NAME}.weights.npz"


def verified(root, encode=False):
    lines = []
    return verify.verify(root, "mine", encode, say=lines.append), "\n".join(lines)


def test_rows_hold_from_bytes_and_streams_are_made_again(measured):
    holds, text = verified(measured, encode=True)
    assert holds, text
    assert "mine: 1 of 1 curves can be decoded here: 120 streams" in text


def test_rows_have_the_cost_of_the_encoder_at_so_few_points(measured):
    from lcpc.models.local_encoder import LocalEncoder

    rows = Results(measured, "mine").measured("mixed")
    assert rows["encoder_macs_per_point"].tolist() == [-(-LocalEncoder().macs(16) // 16)] * 2
    assert rows["mixing_macs"].tolist() == [512 * 20 + 20 * 6] * 2


def test_the_encoder_lies_in_the_file_once(measured):
    codec = base.read_weights(weights_of(measured))
    shared = {name: array for name, array in codec.arrays.items() if name.startswith("shared.encoder")}
    weights = [array.size for name, array in shared.items() if name.endswith(".weight")]
    assert len(weights) == 9
    assert sum(weights) == 3_168 + 57_728 + 459_520
    assert not [name for name in codec.arrays if name.startswith(("10.encoder", "1000.encoder"))]


def test_a_cloud_becomes_a_file_and_comes_back_as_its_class(measured, tmp_path):
    points = np.random.default_rng(3).normal(size=(40, 3)).astype(np.float32)
    (tmp_path / "cloud.npz").write_bytes(store.npz_bytes({"points": points}))
    content = portable.encode(measured, tmp_path / "cloud.npz", MODEL)
    assert content == portable.encode(measured, tmp_path / "cloud.npz", MODEL)
    path = tmp_path / "x.lcpc"
    path.write_bytes(content)
    decoded = portable.decode(measured, path)
    assert (decoded.model, decoded.file_bytes, len(decoded.classes)) == (MODEL, len(content), 5)
    codec = base.read_weights(weights_of(measured))
    x = portable.cloud(tmp_path / "cloud.npz", 16, 1)
    symbols = base.symbols_of(codec.latents(x[None], 1000.0))
    assert decoded.classes[0] == "abcde"[codec.classify(symbols, 1000.0).argmax()]


@pytest.fixture
def altered(measured):
    """altered(name, change): the weights file with one array changed; it is put back afterwards."""
    path = weights_of(measured)
    content = path.read_bytes()

    def change(name, function):
        with np.load(path, allow_pickle=False) as arrays:
            changed = {**arrays, name: function(arrays[name])}
        path.write_bytes(store.npz_bytes(changed))

    yield change
    path.write_bytes(content)


def test_another_encoder_is_caught_where_streams_are_made_again(measured, altered):
    altered("shared.encoder.2.2.weight", lambda weight: -weight)
    holds, text = verified(measured, encode=True)
    assert not holds
    assert "weights.npz is not that of the rows' provenance" in text
    assert "streams made anew" in text


@pytest.mark.parametrize(("name", "function", "words"), [
    ("shared.groups", lambda groups: groups[:2], "does not say centres and neighbours"),
    ("shared.encoder.0.0.weight", lambda weight: weight[:, :2], "shared.encoder.0.0.weight does not fit"),
])
def test_a_broken_encoder_is_refused_by_all_that_read_it(measured, altered, tmp_path, name, function, words):
    altered(name, function)
    with pytest.raises(DataError, match=words):
        base.read_weights(weights_of(measured))
    (tmp_path / "cloud.npz").write_bytes(store.npz_bytes({"points": np.ones((20, 3), np.float32)}))
    with pytest.raises(DataError, match=words):
        portable.encode(measured, tmp_path / "cloud.npz", MODEL)
    holds, text = verified(measured)
    assert not holds
    assert words in text
