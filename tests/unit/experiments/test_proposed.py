"""Rates are those of real streams, the model's estimate is close to them, and bytes alone decide the class."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.entropy import coder
from lcpc.errors import BitstreamError, DataError
from lcpc.experiments import proposed as rate_accuracy
from lcpc.experiments._classification import classifier_of, padded, predict
from lcpc.experiments.input_compression import spread
from lcpc.training import checkpoint

DECODE = """
import sys
from pathlib import Path
from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.training import checkpoint
curve = TrainedCurve.of(checkpoint.read(Path(sys.argv[1])), "weights")
sys.stdout.buffer.write(curve.decode(bytes.fromhex(sys.argv[2]), 1).tobytes())
"""


def test_real_streams_cost_at_most_ten_bits_more_than_the_estimate(curve, test_clouds):
    samples = rate_accuracy.evaluate(curve, test_clouds)
    overhead = (samples["stream_bits"] - samples["rate_bits"]).groupby(samples["lambda"]).mean()
    assert overhead.between(-1, 10).all(), overhead


def test_every_cloud_has_a_row_at_every_lambda(curve, test_clouds):
    samples = rate_accuracy.evaluate(curve, test_clouds)
    assert len(samples) == 2 * len(test_clouds)
    rows = rate_accuracy.summarise(samples, "lambda")
    assert rows["lambda"].tolist() == [10, 1000]
    assert rows["samples"].tolist() == [len(test_clouds)] * 2
    assert rows["top1_percent"].between(0, 100).all()


def test_a_larger_lambda_spends_more_bits(curve, test_clouds):
    rows = rate_accuracy.summarise(rate_accuracy.evaluate(curve, test_clouds), "lambda")
    assert rows["rate_bits"].is_monotonic_increasing


def test_the_summary_counts_hits():
    import pandas

    hits = {"lambda": [1, 1], "label": [0, 1], "predicted": [0, 2]}
    samples = pandas.DataFrame({**hits, "rate_bits": [2.0, 4.0], "stream_bits": [8, 16]})
    row = rate_accuracy.summarise(samples, "lambda").iloc[0]
    assert (row["top1_percent"], row["rate_bits"], row["stream_bits"]) == (50, 3, 12)


def test_bytes_decode_to_the_same_logits_in_a_fresh_process(curve, weights, test_clouds):
    stream = curve.encode(test_clouds.points[0], 1)
    here = curve.decode(stream, 1)
    command = [sys.executable, "-c", DECODE, str(weights / "micro.pt"), stream.hex()]
    there = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, dtype=np.float32)
    assert np.array_equal(here, there)


def test_the_critical_points_alone_give_the_same_bytes(curve, test_clouds):
    cloud = test_clouds.points[3]
    block = curve.network.g_a.blocks[0]
    with torch.no_grad():
        response = (block.conv.weight[:, 0] @ torch.from_numpy(cloud.T)) * torch.sign(block.norm.weight)[..., None]
    critical = np.unique(response.argmax(-1).numpy())
    assert len(critical) <= 2 * 16
    assert [curve.encode(cloud[critical], m) for m in range(2)] == [curve.encode(cloud, m) for m in range(2)]


def test_a_damaged_stream_is_refused_or_gives_bounded_logits(curve, test_clouds):
    stream = curve.encode(test_clouds.points[0], 1)
    for bad in (stream + b"\x01", bytes(4000)):
        with pytest.raises(BitstreamError):
            curve.decode(bad, 1)
    for bad in (stream[:-1], b"", bytes([byte ^ 0x55 for byte in stream])):
        try:
            assert np.isfinite(curve.decode(bad, 1)).all()
        except BitstreamError as error:
            assert "stream" in str(error)


def test_a_coder_that_loses_something_is_noticed(curve, test_clouds, monkeypatch):
    monkeypatch.setattr(coder, "decode", lambda stream, tables: np.zeros(len(tables), dtype=np.int64))
    with pytest.raises(BitstreamError, match="does not decode to the symbols"):
        rate_accuracy.evaluate(curve, test_clouds)


def test_weights_of_a_classifier_are_no_curve(weights):
    with pytest.raises(DataError, match=r"pointnet.pt holds 'pointnet', no trained curve; train again"):
        TrainedCurve.of(checkpoint.read(weights / "pointnet.pt"), "pointnet.pt")
    with pytest.raises(DataError, match=r"micro.pt holds 'proposed', no PointNet; train again"):
        classifier_of(checkpoint.read(weights / "micro.pt"), "micro.pt")


def test_hostile_tables_in_a_checkpoint_are_refused(weights):
    content = checkpoint.read(weights / "micro.pt")
    content["tables"] = {**content["tables"], "cumulative": content["tables"]["cumulative"].flip(0)}
    with pytest.raises(DataError, match="frequency tables"):
        TrainedCurve.of(content, "micro.pt")


def test_clouds_of_any_sizes_are_judged_as_if_alone(weights, test_clouds):
    network = classifier_of(checkpoint.read(weights / "pointnet.pt"), "pointnet.pt")
    clouds = [test_clouds.points[i][: 5 + i] for i in range(12)]
    together = predict(network, clouds)
    assert together.tolist() == [int(predict(network, [cloud])[0]) for cloud in clouds]
    assert padded(clouds).shape == (12, 3, 16)


def test_samples_are_spread_evenly_over_the_split():
    assert spread(10, 0).tolist() == list(range(10))
    assert spread(9, 3).tolist() == [0, 4, 8]
