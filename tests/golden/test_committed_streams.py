"""Weights and streams in the repository are small, hold no coordinates, and give the rows beside them."""

from pathlib import Path

import numpy as np
import pytest

from lcpc import config, experiments
from lcpc.audit.verify import _reach_largest, verify_curve
from lcpc.codecs.shipped import base
from lcpc.results.csv_file import read_csv

ROOT = Path(__file__).parents[2]
RUN, OTHER_RUN = "workstation", "beyond"
MEGABYTE = 10**6
EVERY = 60


def shipped_jobs(run):
    return {job.name: job for job in experiments.jobs(config.load(ROOT, run), ROOT)
            if any((ROOT / file).is_file() for file in experiments.shipped(job))}


JOBS, OTHER_JOBS = shipped_jobs(RUN), shipped_jobs(OTHER_RUN)
FILES = [ROOT / file for job in [*JOBS.values(), *OTHER_JOBS.values()] for file in experiments.shipped(job)]


def test_there_are_curves_to_decode_and_they_fit_the_repository():
    assert FILES
    sizes = [path.stat().st_size for path in FILES]
    assert max(sizes) <= 8 * MEGABYTE
    assert sum(sizes) <= 64 * MEGABYTE


@pytest.mark.parametrize("name", JOBS)
def test_a_curve_decodes_to_its_rows(name):
    result = verify_curve(ROOT, RUN, JOBS[name])
    assert result.differences == []
    assert result.streams == 12 * 2468


@pytest.mark.parametrize("name", OTHER_JOBS)
def test_some_streams_of_a_slow_codec_decode_to_their_rows(name):
    """`lcpc verify --run beyond` decodes all of them."""
    weights, path = (ROOT / file for file in experiments.shipped(OTHER_JOBS[name]))
    codec, streams = base.read_weights(weights), base.read_streams(path)
    assert base.belong_together(weights, streams)
    rows = read_csv(ROOT / experiments.samples(OTHER_JOBS[name]), ROOT)
    for lambda_, of_lambda in streams.by_lambda.items():
        chosen = rows[rows["lambda"] == lambda_][::EVERY]
        symbols = codec.decode(of_lambda[::EVERY], lambda_)
        assert chosen["sample"].tolist() == streams.samples[::EVERY].tolist()
        assert chosen["stream_bits"].tolist() == [8 * len(stream) for stream in of_lambda[::EVERY]]
        assert chosen["rate_bits"].to_numpy() == pytest.approx(codec.rate_bits(symbols, lambda_), rel=1e-5)
        assert _reach_largest(codec.classify(symbols, lambda_), chosen["predicted"].to_numpy()).all()


@pytest.mark.parametrize("path", [path for path in FILES if "streams" in path.name], ids=lambda path: path.name)
def test_streams_come_with_names_and_labels_alone(path):
    with np.load(path, allow_pickle=False) as arrays:
        assert sorted(arrays) == ["header", "label", "lengths", "samples", "streams"]
        assert arrays["streams"].dtype == np.uint8
        assert arrays["label"].dtype.kind == "i"
