"""CITATION.cff names the three papers and the thesis; CI and the profile for Slurm name what is there."""

import os
import re
import shlex
import subprocess
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from lcpc import __version__, cli, registry

ROOT = Path(__file__).parents[2]
PAPERS = {"arXiv:2308.05959": ("Learned Point Cloud Compression for Classification", 2023),
          "arXiv:2406.13059": ("Learned Compression of Encoding Distributions", 2024),
          "arXiv:2102.04018": ("Latent Space Motion Analysis for Collaborative Intelligence", 2021),
          "arXiv:2409.08376": ("Learned Compression for Images and Point Clouds", 2023)}
RUNNER = {"sudo", "apt-get", "podman", "echo", "cat"}
"""Commands that GitHub's runners have."""
OLDEST_PYTHONS = {"3.11.2": "Debian 12", "3.12.3": "Ubuntu 24.04", "3.13.5": "Debian 13"}


@pytest.fixture(scope="module")
def citation():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text())


@pytest.fixture(scope="module")
def ci():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())


def test_the_citation_has_what_its_format_asks_for(citation):
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == __version__


def test_the_papers_and_the_thesis_are_named_as_they_were_published(citation):
    told = {one["identifiers"][0]["value"]: (one["title"], one["year"]) for one in citation["references"]}
    assert told == PAPERS
    for one in citation["references"]:
        assert one["authors"][0]["family-names"] == "Ulhaq"
        assert one["url"] == f"https://arxiv.org/abs/{one['identifiers'][0]['value'].removeprefix('arXiv:')}"
    assert [len(one["authors"]) for one in citation["references"] if one["type"] == "thesis"] == [1]


def steps(ci):
    return [step for job in ci["jobs"].values() for step in job["steps"]]


def commands(ci):
    for line in "\n".join(step["run"] for step in steps(ci) if "run" in step).splitlines():
        for part in re.split(r"&&|;|\{ | \}|>+ ?\S+", line):
            if words := shlex.split(part):
                yield words


def test_the_workflow_runs_what_everybody_runs(ci):
    assert [".ci/run"] in list(commands(ci))
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_workflow_stops_the_run_smoke_at_five_moments_and_tries_other_processors(ci):
    assert ["make", "stops", "MOMENTS=5"] in list(commands(ci))
    assert ["make", "processors"] in list(commands(ci))
    recipes = (ROOT / "Makefile").read_text()
    assert "python -m tests.interrupt --moments $(MOMENTS)" in recipes
    assert "python -m tests.processors" in recipes


def test_the_workflow_builds_the_container_and_makes_everything_in_it(ci):
    words = list(commands(ci))
    assert words.index(["podman", "build", "--tag", "lcpc", "."]) < words.index(["podman", "run", "lcpc"])


def test_the_workflow_asks_for_no_right_but_to_read(ci):
    assert ci["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in ci["jobs"].values())
    checkout = next(step for step in steps(ci) if step.get("uses", "").startswith("actions/checkout"))
    assert checkout["with"]["persist-credentials"] is False
    assert "secrets." not in (ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_every_action_is_pinned(ci):
    used = [step["uses"] for step in steps(ci) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@(v\d+|[0-9a-f]{40})", name) for name in used)


def test_every_command_of_the_workflow_is_there(ci):
    targets = re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for words in commands(ci):
        if words[0] == ".venv/bin/lcpc":
            cli.command_line(words[1:]).parse_args(words[1:])
        elif words[0] == ".venv/bin/pytest":
            assert all((ROOT / word).exists() for word in words[1:])
        elif words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= set(targets)
        else:
            assert words[0] in RUNNER or (ROOT / words[0]).exists(), words


def test_the_audit_is_posted_even_where_a_step_before_it_failed(ci):
    posted = [step for step in steps(ci) if "GITHUB_STEP_SUMMARY" in step.get("run", "") or
              step.get("with", {}).get("name") == "audit"]
    assert len(posted) == 2
    assert all(step["if"] == "always()" for step in posted)
    assert "tables/*/audit.*" in posted[1]["with"]["path"]


def test_the_profile_for_slurm_names_rules_that_are_there():
    profile = yaml.safe_load((ROOT / "profiles" / "slurm" / "profile.yaml").read_text())
    assert set(profile["set-threads"]) <= {f"train_{name}" for name in registry.names("lcpc.training")}


def test_conda_and_the_container_get_the_packages_of_the_set_up():
    """Snakemake moves the file of conda's environment, so that it may name no other file."""
    environment = yaml.safe_load((ROOT / "envs" / "lcpc.yaml").read_text())
    assert all(isinstance(package, str) for package in environment["dependencies"])
    set_up = (ROOT / "envs" / "setup.sh").read_text()
    after = (ROOT / "envs" / "lcpc.post-deploy.sh").read_text()
    for words in ("--requirement envs/requirements.txt", "--no-deps --editable ."):
        assert words in set_up
        assert words in after
    steps = re.findall(r"^(?:RUN|CMD) (.*)", (ROOT / "Containerfile").read_text(), re.MULTILINE)
    assert re.search(r"\bmake setup\b", steps[1])
    assert steps[2] == '["make", "all"]'
    assert {"make", "python3.11", "python3.11-venv", "git"} <= set(steps[0].split())


def test_the_image_holds_what_git_holds():
    """But for git's own folder: what a clone makes or downloads stays out of the image."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    left_out = [path.strip("/") for path in ignored if not path.startswith("*")]
    held = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    if not held:
        pytest.skip("not a clone")
    assert ".git" in left_out
    assert [path for path in held if any(path.startswith(f"{name}/") for name in left_out)] == []


@pytest.mark.parametrize("python", OLDEST_PYTHONS)
def test_pins_have_releases_for_the_python_of_each_system(python):
    """Debian 12 has Python 3.11.2, where pip finds nothing that asks for 3.11.5."""
    lines = (ROOT / "envs" / "requirements.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    wanted = {"python_version": python.rpartition(".")[0], "python_full_version": python}
    refused = []
    for pin in pins:
        applies = pin.marker is None or pin.marker.evaluate(wanted)
        if applies and is_installed(pin):
            needs = metadata(pin.name)["Requires-Python"] or ""
            refused += [] if SpecifierSet(needs).contains(python) else [f"{pin}: {needs}"]
    assert refused == []


def is_installed(pin):
    try:
        return pin.specifier.contains(version(pin.name))
    except PackageNotFoundError:
        return False
