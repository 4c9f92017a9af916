"""A small copy of the project whose `lcpc` only writes the files that a verb promises: rules are tested without science."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

COPIED = ("Snakefile", "workflow", "profiles", "envs", "lcpc")
CONFIGS = {
    "published": {"tables": ["bd_metrics"], "figures": ["image_codec_comparison"]},
    "demo": {
        "dataset": {"name": "shapes40"},
        "proposed": [{"sizes": ["micro", "lite"], "points": [64]}],
        "input_compression": {"codecs": ["draco", "draco-best"], "points": [16]},
        "tables": ["bd_metrics", "audit"], "figures": ["rate_accuracy_micro"],
    },
}
STUB = """#!{python} -IS
import os, sys, time
words = sys.argv[1:]
open("calls.txt", "a").write(" ".join(words) + "\\n")
option = lambda name: words[words.index(name) + 1]
verb, run = words[0], option("--run")
if os.path.exists("fail-" + verb):
    sys.exit("lcpc: the clouds are not there; see config/README.md")
if verb == "data":
    paths = [f"data/{{run}}/train.npz", f"data/{{run}}/test.npz"]
elif verb == "report":
    paths = [f"report/{{run}}/index.html"]
elif verb in ("table", "figure"):
    kinds = "csv md tex html json" if verb == "table" else "pdf png csv json"
    paths = [f"{{verb}}s/{{run}}/{{words[1]}}.{{kind}}" for kind in kinds.split()]
    if words[1] == "audit":
        paths.append(f"results/{{run}}/manifest.sha256")
elif verb == "train":
    paths = [f"checkpoints/{{run}}/{{words[1]}}.pt"]
else:
    pictured = ("image_distributions", "critical_points", "reconstruction")
    kinds = ["csv", "json"] + ["npz"] * words[1].startswith(pictured)
    paths = [f"results/{{run}}/{{words[1]}}.{{kind}}" for kind in kinds]
if os.path.exists("slow"):
    open(paths[0], "w").write("half")
    time.sleep(60)
for path in paths:
    if os.path.exists("hang") and path == paths[-1]:
        time.sleep(60)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    mode = "a" if path.endswith(".sha256") else "w"
    open(path, mode).write(" ".join(words))
"""


@dataclass
class Project:
    """A folder with the workflow, a copy of the package, and a stub in the place of `lcpc`."""

    folder: Path

    def environment(self) -> dict[str, str]:
        paths = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": paths, "PYTHONPATH": str(self.folder)}

    def command(self, *words: str) -> list[str]:
        cores = [] if "--cores" in words else ["--cores", "2"]
        return [str(Path(sys.executable).with_name("snakemake")), *cores, *words]

    def snakemake(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), cwd=self.folder, env=self.environment(), text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)

    def calls(self, *words: str) -> list[str]:
        """What the rules call while Snakemake makes the targets `words`, which succeeds."""
        (self.folder / "calls.txt").write_text("")
        done = self.snakemake(*words)
        assert done.returncode == 0, done.stdout
        return sorted((self.folder / "calls.txt").read_text().splitlines())

    def verbs(self, *words: str) -> set[str]:
        """The verbs among `calls`."""
        return {call.split()[0] for call in self.calls(*words)}

    def configure(self, run: str, **keys: object) -> None:
        content = {**CONFIGS.get(run, {}), **keys}
        (self.folder / "config" / f"{run}.yaml").write_text(yaml.safe_dump(content))

    def edit(self, file: str, more: str) -> None:
        path = self.folder / file
        path.write_text(path.read_text() + more)


def project_at(folder: Path, root: Path) -> Project:
    for name in COPIED:
        source = root / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)
    shutil.copytree(root / "results" / "published", folder / "results" / "published")
    for name in ("bin", "config"):
        (folder / name).mkdir()
    stub = folder / "bin" / "lcpc"
    stub.write_text(STUB.format(python=sys.executable))
    stub.chmod(0o755)
    project = Project(folder)
    for run in CONFIGS:
        project.configure(run)
    return project


@pytest.fixture
def project(tmp_path: Path, root: Path) -> Project:
    """A fresh clone: nothing made yet."""
    return project_at(tmp_path, root)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    project = project_at(tmp_path_factory.mktemp("made"), root)
    project.calls("all")
    return project


@pytest.fixture
def finished(made: Project, tmp_path: Path) -> Project:
    """A project in which `all` has been made."""
    shutil.copytree(made.folder, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)
