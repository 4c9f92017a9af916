"""All verbs have one default run; outside a project they say so; a missing package is named."""

import sys

import pytest

from lcpc import cli
from lcpc.cli import VERBS, main
from lcpc.cli.options import DEFAULT_RUN, SHIPPED_RUN


def test_every_verb_that_takes_a_run_has_the_same_default_but_verify_which_needs_streams():
    takes_run = []
    for name, verb in VERBS.items():
        parser = cli.Parser(prog=name)
        verb.add_options(parser)
        if "--run" in parser.format_help():
            takes_run.append(name)
            assert parser.get_default("run") == (SHIPPED_RUN if name == "verify" else DEFAULT_RUN), name
    assert {"data", "train", "evaluate", "table", "figure", "audit", "report"} <= set(takes_run)


@pytest.mark.parametrize("words", [["audit"], ["table", "rate_savings"], ["report"], ["plan"],
                                   ["train", "x"], ["data"],
                                   ["trace", "tables/x.csv", "--row", "a=b", "--column", "c"]])
def test_outside_a_project_a_verb_says_so_in_one_line(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr().err.splitlines()
    assert said == [f"lcpc: {tmp_path} is no lcpc project: it has no config/. Go to a clone of lcpc, "
                    "or name it with --root FOLDER"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("package", "version", "words"), [
    ("compressai", (3, 13, 0), "compressai has no release for this Python"),
    ("compressai", (3, 12, 0), "'compressai' is not installed; `make setup`"),
    ("torch", (3, 13, 0), "'torch' is not installed; `make setup`")])
def test_a_package_that_is_not_installed_is_named_with_the_way_out(package, version, words,
                                                                   monkeypatch, capsys):
    def refuse(options):
        raise ModuleNotFoundError(f"No module named '{package}'", name=f"{package}.layers")

    monkeypatch.setitem(cli.VERBS, "codecs", cli.Verb(refuse))
    monkeypatch.setattr(sys, "version_info", version)
    assert main(["codecs"]) == 2
    assert words in capsys.readouterr().err
