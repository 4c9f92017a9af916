"""Completion in bash offers the verbs, runs, tables and figures that there are."""

import subprocess
from pathlib import Path

import pytest

from lcpc import registry
from lcpc.cli import VERBS

ROOT = Path(__file__).parents[3]
SCRIPT = """
source envs/completion.bash
lcpc() { python3 -m lcpc.cli "$@"; }
COMP_WORDS=("$@" "")
COMP_CWORD=$#
_lcpc
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(*words: str) -> list[str]:
    done = subprocess.run(["bash", "-c", SCRIPT, "bash", *words], cwd=ROOT, capture_output=True,
                          text=True, check=True)
    return done.stdout.split()


def test_verbs_are_offered_first():
    assert offered("lcpc") == list(VERBS)


@pytest.mark.parametrize(("words", "known"), [
    (("lcpc", "table"), [*registry.names("lcpc.tables"), "audit"]),
    (("lcpc", "figure"), registry.names("lcpc.figures")),
    (("lcpc", "bench"), registry.names("lcpc.bench")),
    (("lcpc", "audit", "--run"), [path.stem for path in (ROOT / "config").glob("*.yaml")]),
])
def test_what_a_verb_takes_is_offered(words, known):
    assert sorted(offered(*words)) == sorted(known)
