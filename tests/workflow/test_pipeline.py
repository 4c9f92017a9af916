"""The whole path for real: from nothing to tables and figures of the smallest run, and the published ones quickly."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))


@pytest.fixture(scope="module")
def clone(root, tmp_path_factory):
    """The project as a fresh clone has it, without tables, figures, data and weights."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("workflow", "profiles", "envs", "config", "lcpc"):
        shutil.copytree(root / name, folder / name)
    for name in ("published", "recorded"):
        if (root / "results" / name).is_dir():
            shutil.copytree(root / "results" / name, folder / "results" / name)
    shutil.copy2(root / "Snakefile", folder)
    return folder


def snakemake(folder, *words):
    without = ("LCPC_DATA", "LCPC_TMC3", "PYTHONDONTWRITEBYTECODE")  # the last has a thousand modules compiled at each start
    environment = {key: value for key, value in os.environ.items() if key not in without}
    environment["PYTHONPATH"] = str(folder)  # the clone's own package, so that an edit elsewhere can't disturb it
    done = subprocess.run([SNAKEMAKE, "--cores", "2", *words], cwd=folder, env=environment, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900)
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


def test_a_published_table_comes_in_seconds_by_one_job_that_trains_nothing(clone):
    # Seconds of processor, not of the clock: other tests may run beside this one. Modules are compiled by the first call.
    snakemake(clone, "tables/published/layer_sizes.csv")
    before = os.times()
    told = snakemake(clone, "tables/published/bd_metrics.csv")
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 15
    assert "1 of 1 steps (100%) done" in told
    assert not (clone / "checkpoints").exists()


@pytest.mark.slow
def test_the_smoke_run_goes_from_nothing_to_tables_and_figures(clone):
    snakemake(clone, "smoke")
    for stem in ("bd_metrics", "layer_sizes", "rate_at_80", "audit"):
        for kind in ("csv", "md", "tex", "html", "json"):
            assert (clone / "tables" / "smoke" / f"{stem}.{kind}").stat().st_size > 0
    for kind in ("pdf", "png", "csv", "json"):
        assert (clone / "figures" / "smoke" / f"rate_accuracy_micro.{kind}").stat().st_size > 0
    assert "Nothing to be done" in snakemake(clone, "smoke")


@pytest.mark.slow
def test_stops_at_random_moments_lose_nothing_and_change_no_byte(root, clone):
    snakemake(clone, "smoke")
    command = [sys.executable, "-m", "tests.interrupt", "--folder", str(clone), "--kinds", "products", "rows", "--moments", "5"]
    done = subprocess.run(command, cwd=root, text=True, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=900)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("0 files lost, 0 differ at the end") == 5


@pytest.mark.slow
def test_rows_of_the_smoke_run_say_where_they_are_from(clone):
    snakemake(clone, "smoke")
    for path in (clone / "results" / "smoke").rglob("*.csv"):
        told = json.loads(path.with_suffix(".json").read_text())
        assert told["run"] == "smoke"
        assert told["config"]["seed"] == 1
        assert str(clone) not in path.with_suffix(".json").read_text()


@pytest.mark.slow
def test_a_codec_without_its_program_is_skipped_with_the_reason(clone):
    snakemake(clone, "results/smoke/rate_accuracy/tmc13_P64.csv")
    rows = (clone / "results" / "smoke" / "rate_accuracy" / "tmc13_P64.csv").read_text()
    if shutil.which("tmc3") is None:
        assert "skipped" in rows
        assert "LCPC_TMC3" in rows


@pytest.mark.slow
def test_weights_that_are_gone_make_the_rows_evidence(clone):
    snakemake(clone, "smoke")
    shutil.rmtree(clone / "checkpoints")
    shutil.rmtree(clone / "tables" / "smoke")
    told = snakemake(clone, "tables/smoke/bd_metrics.csv")
    assert "training" not in told
    assert (clone / "tables" / "smoke" / "bd_metrics.csv").is_file()
