"""`lcpc bench image_training` times lcpc's steps beside CompressAI's, or says that it is not there."""

import importlib.util

import pytest

from lcpc.bench import image_training
from lcpc.cli import main

SMALL = ["--patch", "16", "--batch", "1", "--seconds", "0", "--qualities", "1", "--threads", "1"]


def test_it_prints_steps_a_second_of_both(capsys):
    pytest.importorskip("compressai", reason="CompressAI is the reference")
    assert main(["bench", "image_training", *SMALL]) == 0
    cells = capsys.readouterr().out.splitlines()[-1].strip("| ").split(" | ")
    assert cells[:2] == ["1", "128, 192"]
    plain, fast, milliseconds, times = (float(cell) for cell in cells[2:])
    assert milliseconds == pytest.approx(1e3 / fast, rel=0.01)
    assert times == pytest.approx(fast / plain, rel=0.1, abs=0.06)


def test_without_compressai_it_says_so_and_times_lcpc(capsys, monkeypatch):
    original = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec",
                        lambda name: None if name == "compressai" else original(name))
    assert main(["bench", "image_training", *SMALL]) == 0
    printed = capsys.readouterr().out
    assert "CompressAI is not installed here: the plain loop is not measured." in printed
    assert "| 1 | 128, 192 | – |" in printed


@pytest.mark.parametrize("words", [["--patch", "17"], ["--patch", "4096"], ["--batch", "0"]])
def test_steps_that_cannot_be_taken_are_refused(words, capsys):
    assert main(["bench", "image_training", *words]) == 2
    assert "name a multiple of 16 up to 320, and at least one patch" in capsys.readouterr().err


def test_rates_count_the_steps_that_are_done():
    assert image_training.steps_a_second(lambda: 7, 0) > 0
