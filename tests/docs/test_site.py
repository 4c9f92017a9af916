"""The docs site builds without a warning, and no page leads nowhere."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlparse

import pytest

from lcpc import cli

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "config" / "README.md"]
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
MADE = {"columns.md"}
"""Pages that are made when the site is built."""


def links(page: Path) -> list[str]:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return LINK.findall(prose)


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_resolves(page):
    for link in links(page):
        if urlparse(link).scheme:
            assert link.startswith("https://"), link
            continue
        name, _, anchor = link.partition("#")
        target = page if not name else page.parent / name
        assert target.exists() or target.name in MADE, f"{page.name} leads to {link}, which is not there"
        assert not anchor or anchor in anchors(target), f"{page.name} leads to {link}, and {target.name} has no such heading"


@pytest.mark.slow
def test_the_site_builds_and_a_warning_is_an_error(tmp_path):
    done = subprocess.run([sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "--builder", "html",
                           str(ROOT / "docs"), str(tmp_path / "html"), "--doctree-dir", str(tmp_path / "trees")],
                          capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    built = {path.stem for path in (tmp_path / "html").glob("*.html")}
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} <= built


def test_every_verb_has_its_line_among_the_commands():
    text = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in cli.VERBS if f"| `lcpc {name.replace('_', '-')}` |" not in text] == []


def test_every_page_stands_in_the_contents():
    contents = set(re.findall(r"^(?:.* <)?(\w+)>?$", (ROOT / "docs" / "index.md").read_text(), flags=re.MULTILINE))
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"} <= contents
