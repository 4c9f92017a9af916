"""One contract for every experiment and training; a new file of these rooms is found by itself."""

import json
import os
import re
import subprocess
import sys

import pytest

from lcpc import config
from lcpc.config import Section
from lcpc.config.__main__ import descriptions
from lcpc.registry import load, names
from lcpc.results.fingerprint import source_path
from lcpc.results.store import PANDAS_TYPES

EXPERIMENTS, TRAININGS = "lcpc.experiments", "lcpc.training"
PLUGINS = [(room, name) for room in (EXPERIMENTS, TRAININGS) for name in names(room)]
ENDINGS = {"csv", "json", "npz"}
FIRST, LAST = "run", ("evidence", "status", "note")
HEAVY = ("torch", "pandas", "compressai", "matplotlib", "scipy")
LIST_JOBS = f"""
import sys
from pathlib import Path
from lcpc import config, experiments, training
for settings in config.load_all(Path())[0].values():
    training.jobs(settings, Path()), experiments.jobs(settings, Path())
print([name for name in {HEAVY} if name in sys.modules])
"""


@pytest.fixture(scope="module")
def runs(root):
    readable, broken = config.load_all(root)
    assert not broken
    return readable


@pytest.fixture(scope="module")
def jobs_of(root, runs):
    """The jobs of a plug-in in all runs."""

    def listed(room, name):
        return [job for run in runs.values() for job in load(room, name).jobs(run, root)]

    return listed


@pytest.mark.parametrize("name", names(EXPERIMENTS))
def test_an_experiment_says_what_it_writes(name):
    module = load(EXPERIMENTS, name)
    assert re.fullmatch("[a-z][a-z0-9_]*", module.KIND)
    assert {"csv", "json"} <= set(module.FILES) <= ENDINGS
    columns = list(module.COLUMNS)
    assert (columns[0], tuple(columns[-3:])) == (FIRST, LAST)
    for column in module.COLUMNS.values():
        assert column.kind in PANDAS_TYPES
        assert column.meaning


@pytest.mark.parametrize("name", names(EXPERIMENTS))
def test_experiments_that_write_rows_of_one_kind_write_the_same_columns(name):
    columns = load(EXPERIMENTS, name).COLUMNS
    others = [load(EXPERIMENTS, other) for other in names(EXPERIMENTS)]
    for other in others:
        assert other.KIND != load(EXPERIMENTS, name).KIND or columns == other.COLUMNS


@pytest.mark.parametrize("name", names(EXPERIMENTS))
def test_settings_of_an_experiment_have_defaults_and_say_what_they_are(name):
    settings = getattr(load(EXPERIMENTS, name), "Settings", None)
    if settings is None:
        pytest.skip("its keys are a section of lcpc/config, or it has none")
    assert issubclass(settings, Section)
    settings()
    assert set(descriptions(settings)) == set(settings.model_fields)


@pytest.mark.parametrize(("room", "name"), PLUGINS)
def test_jobs_say_what_they_make_from_what(jobs_of, room, name):
    module = load(room, name)
    folder = "checkpoints/{}" if room == TRAININGS else f"results/{{}}/{getattr(module, 'KIND', '')}"
    ending = "pt" if room == TRAININGS else "csv"
    jobs = jobs_of(room, name)
    for job in jobs:
        assert job.plugin == module.__name__
        assert job.output == f"{folder.format(job.run)}/{job.name}.{ending}"
        assert job.title
        assert job.threads >= 1
        assert job.work > 0
        assert all(map(source_path, job.modules))
    assert len({job.output for job in jobs}) == len(jobs)


@pytest.mark.parametrize(("room", "name"), PLUGINS)
def test_values_of_a_job_are_plain_and_not_empty(jobs_of, room, name):
    """They are parameters of a Snakemake rule and are digested as JSON."""
    for job in jobs_of(room, name):
        assert job.values
        json.dumps(dict(job.values), allow_nan=False)


def test_no_two_jobs_make_one_file(jobs_of):
    outputs = [job.output for room, name in PLUGINS for job in jobs_of(room, name)]
    assert len(set(outputs)) == len(outputs) > 0


def test_listing_jobs_imports_no_large_package(root):
    done = subprocess.run([sys.executable, "-c", LIST_JOBS], cwd=root, capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(root)})
    assert done.stdout.strip() == "[]"
