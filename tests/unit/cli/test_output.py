"""What a terminal or a disk can't take ends no verb in a crash."""

import os
import subprocess
import sys


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
