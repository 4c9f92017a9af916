"""The benchmark of start-up runs each command in a copy of the project and says what it took."""

import re
import sys

import pytest

from lcpc.bench import startup
from lcpc.cli import main
from lcpc.errors import LcpcError


def test_each_command_has_a_line_with_goal_times_and_memory(root, monkeypatch, capsys):
    words = [sys.executable, "-c", "import lcpc; open('made', 'w').close()"]
    monkeypatch.setattr(startup, "commands", lambda: iter([("a command", words, 2.0)]))
    assert main(["--root", str(root), "bench", "startup", "--repeats", "1"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"\| a command \| 2 \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d,]+ \|", line)
    assert not (root / "made").exists()


def test_a_command_that_fails_is_named_with_its_last_words(tmp_path):
    words = [sys.executable, "-c", "raise SystemExit('no such run')"]
    with pytest.raises(LcpcError, match="ended with 1: no such run"):
        startup.start(words, tmp_path)


def test_an_audit_that_finds_something_has_started_too(tmp_path):
    words = [sys.executable, "-c", f"raise SystemExit('{startup.VERDICT}: 1 of 2 findings')"]
    assert startup.start(words, tmp_path).processor_s > 0


def test_each_verb_that_is_timed_is_there():
    names = [words for _, words, _ in startup.commands() if "lcpc.cli" in words]
    assert {words[3] for words in names} == {"table", "figure", "trace", "audit", "doctor"}
