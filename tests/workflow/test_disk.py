"""A full disk, one that can't be written and a limit on the size of files end each verb in one line."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LCPC = str(Path(sys.executable).with_name("lcpc"))
WEIGHTS = "results/workstation/rate_accuracy/proposed_micro_P64.weights.npz"
VERBS = {
    "table": "table rate_at_80 --run published",
    "figure": "figure rate_accuracy_micro --run published",
    "data": "data --run smoke",
    "train": "train pointnet_P64 --run smoke",
    "evaluate": "evaluate architecture/networks --run published",
    "report": "report --run published",
    "encode": "encode mesh.off --model micro-64-80 -o mesh.lcpc",
}
SMALL = """
set -e
mount -t tmpfs -o size=64m none "$1"
cp -r "$2/." "$1"
cd "$1"
head -c 64M /dev/zero > filler 2> /dev/null || true
shift 2
"""
LIMITS = {
    "size": ("ulimit -f 0; shift 2", "File too large; raise the limit on the size of files"),
    "full": (SMALL, "No space left on device; free some space"),
    "read-only": (f"{SMALL}mount -o remount,ro \"$PWD\"\n",
                  "Read-only file system; copy the project to a folder that can be written"),
}
OF_A_DISK = ("table", "data", "encode")
"""Verbs that are tried with a disk of their own: all write by the same function."""
CASES = [(verb, limit) for verb in VERBS for limit in LIMITS if limit == "size" or verb in OF_A_DISK]


@pytest.fixture(scope="module")
def project(root, tmp_path_factory):
    """A project whose run smoke has data."""
    folder = tmp_path_factory.mktemp("disk") / "project"
    for name in ("config", "results/published", "tables/published", "figures/published"):
        shutil.copytree(root / name, folder / name)
    for name in ("Snakefile", WEIGHTS):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, folder / name)
    (folder / "mesh.off").write_text("OFF\n4 4 0\n0 0 0\n2 0 0\n0 1 0\n0 0 1\n"
                                     "3 0 1 2\n3 0 1 3\n3 0 2 3\n3 1 2 3\n")
    return folder


@pytest.fixture(scope="module")
def with_data(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("disk") / "with-data"
    shutil.copytree(project, folder)
    subprocess.run([LCPC, *VERBS["data"].split()], cwd=folder, check=True, capture_output=True)
    return folder


def files(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(("verb", "limit"), CASES)
def test_it_is_one_line_with_the_way_out_and_nothing_is_lost(request, tmp_path, verb, limit):
    folder = request.getfixturevalue("with_data" if verb == "train" else "project")
    script, words = LIMITS[limit]
    aside = [] if limit == "size" else ["unshare", "--user", "--map-root-user", "--mount"]
    if aside and subprocess.run([*aside, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system gives no one a disk of their own (unshare --user --mount)")
    before = files(folder)
    done = subprocess.run([*aside, "bash", "-c", f'{script}\nexec "$@"', "try", str(tmp_path), str(folder),
                           LCPC, *VERBS[verb].split()],
                          cwd=folder, text=True, check=False, capture_output=True)
    refusals = [line for line in done.stderr.splitlines() if line.startswith("lcpc: ")]
    assert done.returncode == 2, done.stderr
    assert len(refusals) == 1
    nowhere = r"No usable temporary directory .*; free some space, .* or set TMPDIR to .*"
    assert re.fullmatch(rf"lcpc: (\S+: {words}.*|{nowhere})", refusals[0])
    assert "Traceback" not in done.stderr
    assert files(folder) == before
