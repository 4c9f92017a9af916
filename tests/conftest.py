"""What all tests share: the project's folder, and the shared material where it is at hand."""

import os
from pathlib import Path

import pytest

from lcpc import experiments
from lcpc.config import Config
from lcpc.jobs import Job

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = Path(os.environ.get("LCPC_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"shared material is not at {folder}; set LCPC_SHARED to its folder")
    return folder


@pytest.fixture(autouse=True)
def inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Result files of the project's runs, until `lcpc.experiments` lists them itself."""
    if hasattr(experiments, "jobs"):
        return
    listed = (ROOT / "tests" / "golden" / "result_files.txt").read_text().split()

    def jobs(config: Config, root: Path) -> list[Job]:
        files = [file for file in listed if file.startswith(f"results/{config.run}/")]
        return [Job(config.run, "lcpc.experiments.any", file, "") for file in files]

    def files(job: Job) -> list[str]:
        return [job.output, job.output.replace(".csv", ".json")]

    monkeypatch.setattr(experiments, "jobs", jobs, raising=False)
    monkeypatch.setattr(experiments, "files", files, raising=False)
