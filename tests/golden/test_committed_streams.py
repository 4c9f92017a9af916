"""Weights and streams in the repository are small, hold no coordinates, and give the rows beside them."""

from pathlib import Path

import numpy as np
import pytest

from lcpc import config, experiments
from lcpc.audit.verify import verify_rows
from lcpc.results.csv_file import read_csv

ROOT = Path(__file__).parents[2]
RUNS = ("workstation", "beyond", "zoo")
KODAK, MODELNET40 = 24, 2468
MEGABYTE = 10**6


def shipped_jobs(run):
    return {job.name: job for job in experiments.jobs(config.load(ROOT, run), ROOT)
            if any((ROOT / file).is_file() for file in experiments.shipped(job))}


JOBS = {run: shipped_jobs(run) for run in RUNS}
FILES = [ROOT / file for jobs in JOBS.values() for job in jobs.values() for file in experiments.shipped(job)]


def test_there_are_curves_to_decode_and_they_fit_the_repository():
    assert FILES
    sizes = [path.stat().st_size for path in FILES]
    assert max(sizes) <= 8 * MEGABYTE
    assert sum(sizes) <= 64 * MEGABYTE


@pytest.mark.parametrize(("run", "name"), [(run, name) for run in RUNS for name in JOBS[run]])
def test_streams_give_their_rows(run, name):
    job = JOBS[run][name]
    result = verify_rows(ROOT, run, job)
    assert result.differences == []
    samples = KODAK if run == "zoo" else MODELNET40
    assert result.streams == len(read_csv(ROOT / job.output, ROOT)) * samples


@pytest.mark.parametrize("path", [path for path in FILES if "streams" in path.name], ids=lambda path: path.name)
def test_streams_come_with_names_and_labels_alone(path):
    with np.load(path, allow_pickle=False) as arrays:
        names = {"images"} if "zoo" in path.parts else {"samples", "label"}
        assert set(arrays) == {"header", "lengths", "streams"} | names
        assert arrays["streams"].dtype == np.uint8
        assert "label" not in arrays or arrays["label"].dtype.kind == "i"
