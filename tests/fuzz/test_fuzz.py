"""No parser lets a raw exception through, whatever it is fed; more of it: `python -m tests.fuzz --help`."""

import random
import subprocess
import sys

INPUTS = 25


def fuzz(root, *words):
    command = [sys.executable, "-m", "tests.fuzz", *words]
    return subprocess.run(command, cwd=root, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_every_parser_reads_its_input_or_refuses_it_in_lcpcs_words(root):
    done = fuzz(root, "--inputs", str(INPUTS), "--seed", "20261127")
    assert done.returncode == 0, done.stdout
    parsed = [line for line in done.stdout.splitlines() if f": {INPUTS} inputs, 0 failures" in line]
    assert len(parsed) >= 50


def test_an_input_follows_from_parser_seed_and_number(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root))
    from tests.fuzz.harness import Parser, hostile
    from tests.fuzz.mutate import TEXT

    words = Parser("words", lambda: [b"a b c\nd e f\n"], lambda content, folder: None, TEXT)
    inputs = [hostile(words, words.good(), 3, number) for number in range(50)]
    random.seed(9)
    assert inputs == [hostile(words, words.good(), 3, number) for number in range(50)]
    assert len(set(inputs)) > 25


def test_good_contents_are_the_same_in_each_process(root):
    digests, again = fuzz(root, "--good"), fuzz(root, "--good")
    assert digests.returncode == 0, digests.stdout
    assert digests.stdout.count("\n") >= 50
    assert again.stdout == digests.stdout


def test_a_raw_exception_is_a_failure_with_its_input(root, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(root))
    from tests.fuzz.harness import Parser, run
    from tests.fuzz.mutate import BINARY

    raw = Parser("raw", lambda: [b"7"], lambda content, folder: int(content), BINARY)
    count, failures = run(raw, 1, iter(range(100)))
    assert count < 100
    assert len(failures) == 10
    assert "ValueError" in failures[0].trace
    assert failures[0].content != b"7"
