"""What a terminal or a disk can't take ends no verb in a crash."""

import os
import subprocess
import sys

import pytest

from lcpc import cli
from lcpc.cli import command_line
from lcpc.cli.options import new_file
from lcpc.errors import ConfigError
from lcpc.results.store import write_whole


def lcpc(root, *words, **environment):
    command = [sys.executable, "-m", "lcpc.cli", "--root", str(root), *words]
    return subprocess.run(command, cwd=root, env={**os.environ, **environment}, capture_output=True, encoding="utf-8", check=False)


def test_a_terminal_without_utf_8_shows_other_characters_as_escapes(tmp_path):
    table = tmp_path / "tables" / "mine" / "x.csv"
    table.parent.mkdir(parents=True)
    table.write_text("\u03bb\n1\n")
    table.with_suffix(".json").write_text('{"rows": [{"key": {}, "cells": {}}]}')
    words = ("trace", str(table), "--row", "\u03bb=1", "--column", "\u03bb")
    assert "\u03bb = 1" in lcpc(tmp_path, *words, PYTHONIOENCODING="utf-8").stdout
    done = lcpc(tmp_path, *words, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "\\u03bb = 1" in done.stdout


def test_a_name_that_is_too_long_for_the_disk_is_refused_in_one_line(root):
    done = lcpc(root, "trace", f"tables/{'n' * 300}.csv", "--row", "a=b", "--column", "c")
    assert done.returncode == 2
    assert done.stderr.endswith("File name too long; give a shorter name\n")
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_there_or_not_yet_may_be_written(tmp_path):
    (tmp_path / "there.zip").touch()
    for name in ("there.zip", "not yet.zip"):
        assert new_file(str(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize("verb", ["encode", "export", "crate"])
@pytest.mark.parametrize(("name", "problem"), [
    ("folder", "folder is a folder"),
    ("none/x", "none is not there"),
    ("pipe", "only files are written, whole, and no pipes and devices"),
    ("-", "only files are written, whole, and no pipes and devices"),
])
def test_what_is_no_place_for_a_file_is_refused_and_stays(tmp_path, monkeypatch, verb, name, problem):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    os.mkdir("folder")
    words = {"encode": ["x.off", "--model", "micro-8-80"], "export": ["--points", "8", "--lambda", "80"]}
    with pytest.raises(ConfigError, match=f"--out {name}: {problem}; name a file in a folder that is there"):
        command_line([verb]).parse_args([verb, *words.get(verb, []), "--out", name])
    assert sorted(os.listdir()) == ["folder", "pipe"]
    assert not os.path.isfile("pipe")


@pytest.mark.parametrize(("make", "words"), [
    (lambda path: path.write_text("x"), "out: File exists; move the file away that lies where a folder belongs"),
    (lambda path: (path / "P8" / "a.ply").mkdir(parents=True), "move the folder away that lies where a file belongs"),
])
def test_what_lies_in_the_way_of_files_is_refused_in_one_line(tmp_path, monkeypatch, capsys, make, words):
    make(tmp_path / "out")
    monkeypatch.setattr(cli, "VERBS", {"act": cli.Verb(lambda options: write_clouds(tmp_path / "out"))})
    assert cli.main(["act"]) == 2
    assert words in (shown := capsys.readouterr().err)
    assert shown.count("\n") == 1


def write_clouds(folder):
    folder.mkdir(exist_ok=True)
    write_whole(folder / "P8" / "a.ply", "ply")


def test_a_seed_below_zero_is_refused():
    with pytest.raises(ConfigError, match="--seed: at least zero"):
        command_line(["encode"]).parse_args(["encode", "x.off", "--model", "micro-8-80", "-o", "x", "--seed", "-1"])
