"""The examples of the docs do what they say: each page is played, block by block, in a copy of the project.

A fenced block is an example by its language: `sh` is run by bash, `python` with prompts is a doctest. A comment before it says
more: `<!-- example: file PATH -->` writes the block to that file, `shows` looks for its lines in what the last `sh` block said
(a line of three dots stands for any), `exit N` expects that exit code, `not run: WHY` only checks that its `lcpc` commands and
`make` targets exist.
"""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from lcpc import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
FENCE = re.compile(r"^(?:<!-- example: (?P<say>.+?) -->\n+)?^```(?P<language>[^\n`]*)\n(?P<text>.*?)^```$", re.M | re.S)
COPIED = ("Snakefile", "workflow", "profiles", "envs", "config", "lcpc", "results/published", "results/recorded", "results/workstation",
          "tables/published", "tables/workstation", "figures/published", "figures/workstation", "tests", "pyproject.toml")
WORDS = ("", "file ", "shows", "exit ", "not run: ")


class Block(NamedTuple):
    """One fenced block of a page."""

    language: str
    text: str
    say: str
    line: int


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text()
    return [Block(found["language"], found["text"], found["say"] or "", text[:found.start("text")].count("\n") + 1)
            for found in FENCE.finditer(text)]


def is_played(block: Block) -> bool:
    return not block.say.startswith("not run") and (block.language in ("sh", "python") or bool(block.say))


def copy_of_the_project(folder: Path) -> None:
    for name in COPIED:
        if (source := ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("LCPC_DATA", "LCPC_TMC3")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}


def shell(block: Block, folder: Path) -> str:
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", block.text], cwd=folder, env=environment(folder), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False)
    expected = int(block.say.removeprefix("exit ")) if block.say.startswith("exit ") else 0
    assert done.returncode == expected, f"line {block.line}: ended with {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout


def shown(block: Block, output: str) -> None:
    said = [" ".join(line.split()) for line in output.splitlines()]
    for line in filter(None, (" ".join(line.split()) for line in block.text.splitlines())):
        assert line == "..." or any(line in one for one in said), f"line {block.line}: {line!r} is not in\n{output}"


def prompts(block: Block, page: str, names: dict[str, object]) -> None:
    example = doctest.DocTestParser().get_doctest(block.text, names, page, page, block.line)
    assert example.examples, f"line {block.line}: a python block has prompts, or says what it is for"
    told: list[str] = []
    failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=told.append, clear_globs=False).failed
    assert not failed, "".join(told)
    names.update(example.globs)


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_played, blocks(page)))])
def test_the_examples_of_a_page_do_what_it_says(page, tmp_path, monkeypatch):
    copy_of_the_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    output, names = "", {}
    for block in filter(is_played, blocks(page)):
        if block.say.startswith("file "):
            path = tmp_path / block.say.removeprefix("file ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        elif block.say == "shows":
            shown(block, output)
        elif block.language == "python":
            prompts(block, page, names)
        else:
            output = shell(block, tmp_path)


def commands(block: Block) -> list[list[str]]:
    lines = re.sub(r"[\[\]]", " ", block.text.replace("\\\n", " ")).splitlines()
    parts = [part for line in lines for part in re.split(r"\|\||&&|\|", re.sub(r"(^|\s)#.*", "", line))]
    return [words for part in parts if (words := shlex.split(part))]


@pytest.mark.parametrize("page", [*PAGES, "README.md", "config/README.md"])
def test_every_command_that_a_page_names_is_there(page):
    targets = re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for words in [words for block in blocks(page) if block.language == "sh" for words in commands(block)]:
        if words[0] == "lcpc" and "--help" not in words:
            cli.command_line(words[1:]).parse_args(words[1:])
        elif words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= set(targets), words


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page):
    for block in blocks(page):
        assert block.say.startswith(WORDS[1:]) or not block.say, f"{page}, line {block.line}: {block.say}"
        assert block.language, f"{page}, line {block.line}: a block names its language (sh, python, yaml, text, ...)"
        if block.language == "yaml":
            yaml.safe_load(block.text)
