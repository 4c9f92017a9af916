"""Weights and streams in the repository are small, hold no coordinates, and give the rows beside them."""

from pathlib import Path

import numpy as np
import pytest

from lcpc import config, experiments
from lcpc.audit.verify import verify_curve

ROOT = Path(__file__).parents[2]
RUN = "workstation"
MEGABYTE = 10**6
JOBS = {job.name: job for job in experiments.jobs(config.load(ROOT, RUN), ROOT)
        if any((ROOT / file).is_file() for file in experiments.shipped(job))}
FILES = [ROOT / file for job in JOBS.values() for file in experiments.shipped(job)]


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


@pytest.mark.parametrize("path", [path for path in FILES if "streams" in path.name], ids=lambda path: path.name)
def test_streams_come_with_names_and_labels_alone(path):
    with np.load(path, allow_pickle=False) as arrays:
        assert sorted(arrays) == ["header", "label", "lengths", "samples", "streams"]
        assert arrays["streams"].dtype == np.uint8
        assert arrays["label"].dtype.kind == "i"
