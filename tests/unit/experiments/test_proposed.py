"""Rates are those of real streams, the model's estimate is close to them, and bytes alone decide the class."""

import json
import subprocess
import sys

import numpy as np
import pytest

from lcpc import config
from lcpc.codecs.point_clouds import proposed as codecs
from lcpc.codecs.shipped.base import symbols_of
from lcpc.codecs.trained import codec_of
from lcpc.entropy import coder
from lcpc.errors import BitstreamError, ConfigError, DataError
from lcpc.experiments import proposed
from lcpc.experiments._classification import classifier_of, padded, predict
from lcpc.experiments._shipped import evaluate as evaluate_shipped
from lcpc.jobs import JobContext
from lcpc.results.store import Results

DECODE = """
import sys
from pathlib import Path
from lcpc import checkpoints
from lcpc.codecs.point_clouds import proposed
codec = proposed.load(checkpoints.read(Path(sys.argv[1])), "weights")
y_hat = codec.decode(bytes.fromhex(sys.argv[2]), 1000.0)
sys.stdout.buffer.write(codec.classify(y_hat[None], 1000.0).tobytes())
"""


@pytest.fixture(scope="module")
def samples(shipped, test_clouds):
    return evaluate_shipped(shipped, test_clouds)[0]


def test_real_streams_cost_at_most_ten_bits_more_than_the_estimate(samples):
    overhead = (samples["stream_bits"] - samples["rate_bits"]).groupby(samples["lambda"]).mean()
    assert overhead.between(-1, 10).all(), overhead


def test_every_cloud_has_a_row_at_every_lambda(samples, test_clouds):
    assert len(samples) == 2 * len(test_clouds)
    rows = proposed.summarise(samples)
    assert rows["lambda"].tolist() == [10, 1000]
    assert rows["samples"].tolist() == [len(test_clouds)] * 2
    assert rows["top1_percent"].between(0, 100).all()


def test_a_larger_lambda_spends_more_bits(samples):
    assert proposed.summarise(samples)["rate_bits"].is_monotonic_increasing


def test_the_summary_counts_hits():
    import pandas

    hits = {"lambda": [1, 1], "label": [0, 1], "predicted": [0, 2]}
    samples = pandas.DataFrame({**hits, "rate_bits": [2.0, 4.0], "stream_bits": [8, 16]})
    row = proposed.summarise(samples).iloc[0]
    assert (row["top1_percent"], row["rate_bits"], row["stream_bits"]) == (50, 3, 12)


def test_rows_say_how_many_test_clouds_each_class_has(trained, evaluate):
    evaluate(proposed, trained, "mine", "rate_accuracy/proposed_micro_P32")
    rows = Results(trained, "mine").measured("rate_accuracy")
    assert set(rows["codec"]) == {"proposed"}
    content = json.loads((trained / "results/mine/rate_accuracy/proposed_micro_P32.json").read_text())
    assert content["class_counts"] == dict.fromkeys("abcde", 12)
    assert list(content["inputs"]) == ["checkpoints/mine/proposed_micro_P32.pt"]
    assert set(content["dataset_digests"]) == {"train", "test"}


def test_bytes_decode_to_the_same_logits_in_a_fresh_process(codec, context, test_clouds):
    stream = codec.encode(test_clouds.points[0], 1000)
    here = codec.classify(codec.decode(stream, 1000)[None], 1000)[0]
    command = [sys.executable, "-c", DECODE, str(context.weights("proposed_micro_P32")), stream.hex()]
    there = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, dtype=np.float32)
    assert np.array_equal(here, there)


def test_a_damaged_stream_is_refused_or_gives_bounded_latents(codec, test_clouds):
    stream = codec.encode(test_clouds.points[0], 1000)
    for bad in (stream + b"\x01", bytes(4000)):
        with pytest.raises(BitstreamError):
            codec.decode(bad, 1000)
    for bad in (stream[:-1], b"", bytes([byte ^ 0x55 for byte in stream])):
        try:
            assert np.isfinite(codec.decode(bad, 1000)).all()
        except BitstreamError as error:
            assert "stream" in str(error)


def test_a_coder_that_loses_something_is_noticed(shipped, test_clouds, monkeypatch):
    monkeypatch.setattr(coder, "decode", lambda stream, tables: np.zeros(len(tables), dtype=np.int64))
    with pytest.raises(BitstreamError, match="proposed at 10: what was decoded is not what was encoded"):
        evaluate_shipped(shipped, test_clouds)


def test_the_shipped_codec_costs_and_classifies_as_the_trained_one_does(codec, shipped, test_clouds):
    for lambda_ in codec.settings:
        latents = codec.dequantise(codec.symbols(test_clouds.points, lambda_), lambda_)
        trained = codec.classify(latents, lambda_).argmax(1) == test_clouds.label
        symbols = symbols_of(shipped.latents(test_clouds.points, lambda_))
        measured = shipped.classify(symbols, lambda_).argmax(1) == test_clouds.label
        assert abs(trained.mean() - measured.mean()) < 0.04  # two of 60 clouds
        rate_bits = np.mean([codec.rate_bits(b"", y_hat, lambda_) for y_hat in latents])
        assert shipped.rate_bits(symbols, lambda_).mean() == pytest.approx(rate_bits, rel=0.05)


def test_weights_of_a_classifier_are_no_curve(context):
    with pytest.raises(DataError, match=r"pointnet.pt holds 'pointnet', not 'proposed'; delete it and train again"):
        codecs.load(context.checkpoint("pointnet_P32"), "pointnet.pt")
    with pytest.raises(DataError, match=r"micro.pt holds 'proposed', not 'pointnet'; delete it and train again"):
        classifier_of(context.checkpoint("proposed_micro_P32"), "micro.pt")


def test_hostile_tables_in_a_checkpoint_are_refused(context):
    content = context.checkpoint("proposed_micro_P32")
    first = content["tables"][0]
    content["tables"][0] = {**first, "cumulative": first["cumulative"].flip(0)}
    with pytest.raises(DataError, match="frequency tables"):
        codecs.load(content, "micro.pt")


def test_clouds_of_any_sizes_are_classified_as_if_alone(network, test_clouds):
    clouds = [test_clouds.points[i][: 5 + i] for i in range(12)]
    together = predict(network, clouds)
    assert together.tolist() == [int(predict(network, [cloud])[0]) for cloud in clouds]
    assert padded(clouds).shape == (12, 3, 16)


def test_a_classifier_knows_as_many_classes_as_its_data_set(network, codec, test_clouds):
    assert network.classes == len(test_clouds.classes) == 5
    y_hat = codec.expected(test_clouds.points[0], 10)
    assert codec.classify(y_hat[None], 10).shape == (1, 5)


@pytest.mark.parametrize(("changes", "words"), [
    ({"lambdas": [10, 640]}, r"lambdas \[10.0, 1000.0\], not \[10.0, 640.0\]"),
    ({"training": {"epochs": 31, "batch": 10}}, "epochs 30, not 31"),
])
def test_weights_of_other_settings_are_not_measured(context, test_clouds, changes, words):
    curve = {"sizes": ["micro"], "points": [32], "lambdas": [10, 1000],
             "training": {"epochs": 30, "batch": 10}, **changes}
    other = config.parse({"dataset": {}, "proposed": [curve]}, context.config.run, "mine.yaml")
    with pytest.raises(ConfigError, match=words):
        codec_of(JobContext(context.root, other), "micro", 32, test_clouds)
