"""The command line: one line for each error, an exit code that means something, and a help that is quick."""

import errno
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lcpc import cli
from lcpc.errors import MissingData
from lcpc.results.store import write_whole

LCPC = str(Path(sys.executable).with_name("lcpc"))


def arguments(parser):
    parser.add_argument("--run", default="demo")


@pytest.fixture
def only(monkeypatch, tmp_path):
    """Puts one verb `act` in the place of all others, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def put(call):
        monkeypatch.setattr(cli, "VERBS", {"act": cli.Verb(call, (arguments,))})

    return put


def test_every_verb_has_a_help_and_says_its_options(capsys):
    for name, verb in cli.VERBS.items():
        assert verb.help.strip() == verb.help != ""
        with pytest.raises(SystemExit) as end:
            cli.main([name, "--help"])
        assert end.value.code == 0
        assert f"usage: lcpc {name}" in capsys.readouterr().out


def test_help_lists_every_verb(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    shown = capsys.readouterr().out
    assert end.value.code == 0
    assert all(name in shown for name in cli.VERBS)


def test_a_refusal_is_one_line_and_exit_code_2(only, capsys):
    def refuse(args):
        raise MissingData("train.npz is not there;\n  run `lcpc data --run demo`")

    only(refuse)
    assert cli.main(["act"]) == 2
    assert capsys.readouterr().err == "lcpc: train.npz is not there; run `lcpc data --run demo`\n"


def test_a_crash_is_one_line_that_names_the_log_with_the_traceback(only, capsys, tmp_path):
    only(lambda args: {}["nothing"])
    assert cli.main(["act"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith("lcpc: KeyError: 'nothing' (all of it is in logs/lcpc-error.log")
    assert "Traceback" in (tmp_path / "logs" / "lcpc-error.log").read_text()


def test_a_crash_without_a_place_for_the_log_shows_the_traceback(only, capsys, tmp_path):
    (tmp_path / "logs").write_text("a file where the folder should be")
    only(lambda args: 1 / 0)
    assert cli.main(["act"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "words"), [
    (errno.ENOSPC, "free some space, or set LCPC_DATA"), (errno.EROFS, "copy the project to a folder that can be written"),
    (errno.EFBIG, "ulimit -f unlimited"), (errno.EACCES, "chmod u\\+rw"), (errno.EDQUOT, "ask for a larger quota")])
def test_what_the_disk_refuses_is_one_line_with_the_file_and_the_way_out(only, capsys, tmp_path, monkeypatch, number, words):
    def refuse(source, target):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    only(lambda options: write_whole(tmp_path / "table.csv", "x"))
    assert cli.main(["act"]) == 2
    told = capsys.readouterr().err
    assert re.fullmatch(rf"lcpc: {tmp_path}/table.csv: {os.strerror(number)}; .*{words}.*\n", told)
    assert list(tmp_path.iterdir()) == []


def test_a_limit_on_the_size_of_files_leaves_what_was_there(root, tmp_path):
    for name in ("config", "results/published"):
        shutil.copytree(root / name, tmp_path / name)
    shutil.copy(root / "Snakefile", tmp_path)
    table = tmp_path / "tables/published/bd_metrics.csv"
    table.parent.mkdir(parents=True)
    table.write_text("before")
    done = subprocess.run(["bash", "-c", f"ulimit -f 1; exec {LCPC} table bd_metrics"], cwd=tmp_path, text=True, check=False,
                          capture_output=True)
    assert done.returncode == 2
    assert re.search(r"lcpc: \S+: File too large; raise the limit on the size of files", done.stderr)
    assert [path.name for path in table.parent.iterdir()] == ["bd_metrics.csv"]
    assert table.read_text() == "before"


def test_an_interrupt_is_exit_code_130(only, capsys):
    def interrupted(args):
        raise KeyboardInterrupt

    only(interrupted)
    assert cli.main(["act"]) == 130
    assert capsys.readouterr().err == "lcpc: interrupted\n"


def test_an_unknown_verb_is_named_with_the_nearest(capsys):
    assert cli.main(["tabel"]) == 2
    assert "there is no 'tabel'. Did you mean 'table'?" in capsys.readouterr().err


def test_no_verb_at_all_points_to_the_help(capsys):
    assert cli.main([]) == 2
    assert capsys.readouterr().err.endswith("See `lcpc --help`\n")


def test_an_unknown_option_points_to_the_help_of_the_verb(capsys):
    assert cli.main(["table", "bd_metrics", "--rnu", "demo"]) == 2
    assert "--rnu" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--root", "{there}", "act"], ["act", "--root", "{there}"]])
def test_root_may_stand_before_or_behind_the_verb(only, tmp_path, words):
    seen = []
    only(lambda args: seen.append(args.root) or 0)
    there = tmp_path / "there"
    there.mkdir()
    assert cli.main([word.format(there=there) for word in words]) == 0
    assert seen == [there]


def test_the_root_is_the_nearest_project_upwards(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "Snakefile").touch()
    below = tmp_path / "tables" / "demo"
    below.mkdir(parents=True)
    assert cli.find_root(below) == tmp_path


def test_a_reader_that_leaves_early_is_no_error(root):
    done = subprocess.run(f"set -o pipefail; {LCPC} codecs | true", shell=True, cwd=root, capture_output=True, text=True,
                          executable="/bin/bash", check=False)
    assert done.stderr == ""


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == "lcpc 0.1.0\n"


def test_help_comes_at_once(root):
    start = os.times().children_user
    subprocess.run([LCPC, "--help"], stdout=subprocess.DEVNULL, check=True)
    assert os.times().children_user - start < 0.6


def test_stderr_that_is_closed_hides_no_exit_code(only, monkeypatch):
    closed = io.StringIO()
    closed.close()

    class Gone:
        def write(self, text):
            raise BrokenPipeError

        flush = write

    def refuse(args):
        raise MissingData("nothing there")

    only(refuse)
    monkeypatch.setattr(sys, "stderr", Gone())
    assert cli.main(["act"]) == 2
