"""What all tests share: the project's folder, and the shared material where it is at hand."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine fails no test: no deadline, no limit on how long it takes to make inputs.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

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
