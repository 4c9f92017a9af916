"""The audit knows every result file of the runs demo, published, workstation and zoo.

`result_files.txt` lists them as the workflow made them before `lcpc.experiments.jobs` became the
one list; a file that a run gains or loses on purpose is a line there.
"""

from pathlib import Path

import pytest

from lcpc import config, experiments
from lcpc.audit.evidence import run_flaws
from lcpc.audit.files import TableCache

ROOT = Path(__file__).parents[2]
FILES = (ROOT / "tests" / "golden" / "result_files.txt").read_text().split()
RUNS = ("demo", "published", "workstation", "zoo")


def files_of(run):
    return {file for file in FILES if file.startswith(f"results/{run}/")}


@pytest.mark.parametrize("run", RUNS)
def test_the_inventory_of_a_run_is_all_its_result_files_and_no_other(run):
    jobs = experiments.jobs(config.load(ROOT, run), ROOT)
    outputs = [job.output for job in jobs]
    assert sorted(outputs) == sorted(files_of(run))


@pytest.mark.parametrize("run", RUNS)
def test_each_result_file_that_is_not_there_is_a_finding(run, tmp_path):
    settings = config.load(ROOT, run)
    findings = {flaw.file: flaw.verdict for flaw in run_flaws(TableCache(tmp_path), settings)}
    assert all(findings[file] == "missing" for file in files_of(run))


@pytest.mark.parametrize("run", ["workstation", "zoo"])
def test_the_rows_of_a_measured_run_are_those_that_its_config_promises(run):
    folder = ROOT / "results" / run
    on_disk = {path.relative_to(ROOT).as_posix() for path in folder.glob("*/*.csv")}
    assert on_disk == files_of(run)


def test_rows_of_samples_are_promised_for_all_measured_rows_that_have_them():
    folder = ROOT / "results" / "workstation"
    jobs = experiments.jobs(config.load(ROOT, "workstation"), ROOT)
    promised = {experiments.samples(job) for job in jobs}
    on_disk = {path.relative_to(ROOT).as_posix() for path in folder.glob("*/*.samples.csv.gz")}
    assert on_disk <= promised
