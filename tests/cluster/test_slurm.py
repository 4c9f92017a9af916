"""The profile for Slurm on a real controller and node: a run whose node dies ends with the rows of a local run."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

COPIED = ("Snakefile", "workflow", "profiles", "envs", "config", "lcpc", "results/published", "results/recorded",
          "tables/published", "figures/published")
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
# Slurm's accounting needs a database; without one, the plug-in has to ask the queue.
OPTIONS = ("--workflow-profile", "profiles/slurm", "--slurm-status-command", "squeue", "--slurm-no-account",
           "--slurm-init-seconds-before-status-checks", "2",
           "--seconds-between-status-checks", "2", "--latency-wait", "10", "--jobs", "2")


def project_at(folder, root):
    folder.mkdir()
    for name in COPIED:
        source = root / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)
    return folder


def command(folder, *words):
    left_out = ("LCPC_DATA", "LCPC_TMC3")
    kept = {key: value for key, value in os.environ.items() if key not in left_out}
    kept["PYTHONPATH"] = f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return subprocess.Popen([SNAKEMAKE, *words, "smoke"], cwd=folder, env=kept, text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def rows(folder):
    files = sorted((folder / "results" / "smoke").rglob("*.csv")) + sorted((folder / "tables" / "smoke").glob("*.csv"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.slow
def test_a_run_whose_node_dies_ends_with_the_rows_of_a_local_run(cluster, root, tmp_path):
    remote, local = project_at(tmp_path / "remote", root), project_at(tmp_path / "local", root)
    first = command(remote, *OPTIONS)
    while cluster.jobs() == 0 and first.poll() is None:
        time.sleep(0.2)
    assert first.poll() is None, first.communicate()[0][-3000:]
    cluster.kill_node()
    cluster.start_node()
    said, _ = first.communicate(timeout=900)
    again = command(remote, *OPTIONS)
    told, _ = again.communicate(timeout=900)
    assert again.returncode == 0, said[-3000:] + told[-3000:]
    alone = command(local, "--cores", "2")
    told, _ = alone.communicate(timeout=900)
    assert alone.returncode == 0, told[-3000:]
    assert rows(remote) == rows(local)
    assert len(rows(local)) >= 8
