"""The doctor names what is missing and the way out, and fails only for what `all` needs."""

import json
import re
import shutil

import pytest

from lcpc.audit import doctor
from lcpc.cli import main


@pytest.fixture
def folder(root, tmp_path):
    """A project without results, whose configs and pins are the real ones."""
    shutil.copytree(root / "config", tmp_path / "config")
    shutil.copytree(root / "envs", tmp_path / "envs")
    return tmp_path


def states(folder):
    return {f"{finding.area} {finding.name}": finding for finding in doctor.examine(folder)}


def test_everything_that_all_needs_is_there(root, capsys):
    assert main(["doctor", "--root", str(root)]) == 0
    assert "`snakemake all` has all it needs" in capsys.readouterr().out


def test_missing_published_numbers_are_a_failure_with_a_remedy(folder, capsys):
    assert main(["doctor", "--root", str(folder)]) == 1
    assert "-> restore results/published/ from the repository" in capsys.readouterr().out


def test_a_real_data_set_that_is_not_there_fails_nothing(folder, monkeypatch):
    monkeypatch.delenv("LCPC_DATA", raising=False)
    assert states(folder)["data of workstation: modelnet40"].state == "absent"


def test_a_broken_config_is_a_failure_that_names_the_key(folder):
    (folder / "config" / "demo.yaml").write_text("sead: 1\n")
    finding = states(folder)["run demo"]
    assert finding.state == "missing"
    assert "Did you mean 'seed'" in finding.detail


def test_a_missing_library_is_named_with_its_package(folder, monkeypatch):
    monkeypatch.setattr(doctor, "LIBRARIES", {"libnothing.so.9": "libnothing9"})
    assert states(folder)["library libnothing.so.9"].remedy == "apt-get install libnothing9"


def test_a_package_at_another_version_is_told_and_one_that_is_not_there_fails(tmp_path):
    pins = tmp_path / "requirements.txt"
    pins.write_text("# pins\npytest==0.1\nnosuchpackage==1.0\n"
                    "nosuchother==1.0 ; python_version < '3'\n")
    found = {finding.name: finding for finding in doctor.packages(pins)}
    assert found["pinned"].detail == "0 of 2 at their pinned versions"
    assert found["pytest"].state == "absent"
    assert found["nosuchpackage"].state == "missing"
    assert found["nosuchpackage"].detail == "not installed, pinned is 1.0"


def test_an_absent_tmc3_is_told_with_the_way_out(folder, monkeypatch):
    monkeypatch.delenv("LCPC_TMC3", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    finding = states(folder)["codec tmc13"]
    assert finding.state == "absent"
    assert "LCPC_TMC3" in finding.detail


def test_json_holds_the_same_findings(root, capsys):
    main(["doctor", "--json", "--root", str(root)])
    names = [finding["area"] for finding in json.loads(capsys.readouterr().out)]
    assert {"python", "packages", "library", "machine", "codec"} <= set(names)


def test_codecs_are_listed_with_what_they_lack(root, monkeypatch, capsys):
    monkeypatch.delenv("LCPC_TMC3", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["codecs", "--root", str(root)]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"draco-best +ready; point clouds; S = 1, 2, 4", shown)
    assert re.search(r"tmc13 +tmc3 is not found", shown)


def test_rows_that_come_with_the_repository_are_counted(root):
    finding = states(root)["rows of workstation: measured"]
    assert finding.state == "ok"
    assert re.fullmatch(r"(\d+) of \1 files, \d+ weights", finding.detail)
