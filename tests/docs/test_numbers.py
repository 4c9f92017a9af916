"""Decimal numbers in README and docs come from a file that the text names, or are on record.

A number is traced if, rounded as it is shown, it is a value of a csv of tables/, results/ or
figures/ that a link in the same paragraph or table names (for a table, in the paragraph before it
too). All others are in docs/_numbers.yaml with their source, each as often as the page has it. This
finds numbers typed anew and numbers whose file has changed; it can't tell which of two values of a
file was meant. Whole numbers, code and link addresses are not looked at.
"""

import csv
import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MADE = "columns.md"
"""A page that is made when the site is built."""
WRITTEN = [page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != MADE]
PAGES = [ROOT / "README.md", *WRITTEN]
RECORD = "docs/_numbers.yaml"
ROOMS = ("tables", "results", "figures")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NUMBER = re.compile(r"(?<![\w.,])[-+\N{MINUS SIGN}]?\d+(?:,\d{3})*\.\d+(?!\.?\d)")
CODE = re.compile(r"`[^`]*`|\]\([^)\s]+\)")
FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True)
class Block:
    """A paragraph, list or table: its lines with their numbers, and the links that it names."""

    lines: tuple[tuple[int, str], ...]
    links: tuple[str, ...]

    @property
    def is_table(self) -> bool:
        """Whether it is a Markdown table."""
        return self.lines[0][1].lstrip().startswith("|")


def blocks(text: str) -> Iterator[Block]:
    """Paragraphs, lists and tables outside code; a table has the links of the block before too."""
    before: tuple[str, ...] = ()
    for lines in _paragraphs(text):
        links = tuple(link for _, line in lines for link in LINK.findall(line))
        block = Block(tuple(lines), links)
        yield Block(block.lines, (*links, *before)) if block.is_table else block
        before = links


def _paragraphs(text: str) -> Iterator[list[tuple[int, str]]]:
    lines: list[tuple[int, str]] = []
    is_code = False
    for number, line in enumerate(text.splitlines(), 1):
        is_fence = bool(FENCE.match(line))
        if lines and (is_fence or not line.strip()):
            yield lines
            lines = []
        is_code ^= is_fence
        if line.strip() and not (is_code or is_fence):
            lines.append((number, line))
    if lines:
        yield lines


def numbers(block: Block) -> Iterator[tuple[int, str]]:
    """Line and text of each decimal number, a minus sign written as -."""
    for line, text in block.lines:
        for match in NUMBER.findall(CODE.sub(" ", text)):
            yield line, match.replace("\N{MINUS SIGN}", "-")


def csv_files(page: Path, links: tuple[str, ...], root: Path) -> Iterator[Path]:
    """The csv files that links name: themselves, or beside a page or picture of a table or figure."""
    for link in links:
        target = (page.parent / link.partition("#")[0]).resolve().with_suffix(".csv")
        in_rooms = any(target.is_relative_to(root / room) for room in ROOMS)
        if in_rooms and target.is_file():
            yield target


@cache
def values(file: Path) -> list[float]:
    """All numbers of a csv, sorted; those below zero without their sign too."""
    kept: set[float] = set()
    with file.open(newline="") as rows:
        for field in (field for row in csv.reader(rows) for field in row):
            try:
                number = float(field)
            except ValueError:
                continue
            if math.isfinite(number):
                kept |= {number, abs(number)}
    return sorted(kept)


def is_in(number: str, file: Path) -> bool:
    """Whether a value of the file is shown as this number."""
    shown = float(number.replace(",", ""))
    half = 0.5 * 10.0 ** -len(number.partition(".")[2]) + 1e-9
    known = values(file)
    index = bisect_left(known, shown - half)
    return index < len(known) and known[index] <= shown + half


def untraced(page: Path, root: Path) -> list[tuple[int, str]]:
    """Line and text of the numbers that no file named beside them has."""
    missing = []
    for block in blocks(page.read_text()):
        files = list(csv_files(page, block.links, root))
        missing += [(line, number) for line, number in numbers(block)
                    if not any(is_in(number, file) for file in files)]
    return missing


def record(root: Path) -> dict[str, list[dict[str, str]]]:
    """Entries of docs/_numbers.yaml by page."""
    return yaml.safe_load((root / RECORD).read_text()) or {}


def problems(page: Path, root: Path) -> list[str]:
    """What is wrong with the numbers of a page, with page, line, number and the way out."""
    name = page.relative_to(root).as_posix()
    entries = record(root).get(name, [])
    on_record = Counter(number for entry in entries for number in entry["numbers"].split())
    messages = []
    for line, number in untraced(page, root):
        if on_record[number] > 0:
            on_record[number] -= 1
            continue
        messages.append(
            f"{name}:{line}: {number} has no source. Link the csv (or its table or figure) that "
            f"has it in the same paragraph, correct the number, or add it with its source to "
            f"{RECORD}.")
    unused = " ".join((+on_record).elements())
    if unused:
        messages.append(f"{RECORD}: {name} has {unused} no more (or a csv has it now); take it out "
                        f"of its entry.")
    return messages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_decimal_number_of_a_page_has_a_source(page: Path) -> None:
    found = problems(page, ROOT)
    assert not found, "\n" + "\n".join(found)


def test_every_entry_on_record_names_a_page_and_a_source() -> None:
    pages = {page.relative_to(ROOT).as_posix() for page in PAGES}
    entries = record(ROOT)
    assert set(entries) <= pages
    assert all(entry["source"].strip() and entry["numbers"].split()
               for page in entries.values() for entry in page)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project with one page, one table and one number on record."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "tables" / "mine").mkdir(parents=True)
    (tmp_path / "tables" / "mine" / "rates.csv").write_text("codec,rate\na,-12.345\nb,1234.5\n")
    (tmp_path / "tables" / "mine" / "rates.md").write_text("")
    (tmp_path / RECORD).write_text(
        "docs/page.md:\n- {source: measured by `time make`, numbers: '7.5'}\n")
    return tmp_path


def found_on(root: Path, text: str) -> list[str]:
    page = root / "docs" / "page.md"
    page.write_text(text)
    return problems(page, root)


def test_numbers_of_a_linked_table_pass_in_prose_and_in_the_table_that_follows(small: Path) -> None:
    text = ("It took 7.5 s, and 12.3 or \N{MINUS SIGN}12.35 or 1,234.5 "
            "([all](../tables/mine/rates.md)).\n\n| a |\n|--|\n| -12.3 [-12.3, 1234.5] |\n")
    assert found_on(small, text) == []


def test_a_number_typed_anew_is_named_with_its_line_and_the_way_out(small: Path) -> None:
    (message,) = found_on(small, "It took 7.5 s.\n\nNow\n12.4 ([all](../tables/mine/rates.md)).\n")
    assert message.startswith("docs/page.md:4: 12.4 has no source. Link the csv")


def test_a_number_on_record_once_does_not_excuse_a_second_one(small: Path) -> None:
    (message,) = found_on(small, "It took 7.5 s.\n\nThat took 7.5 s, too.\n")
    assert message.startswith("docs/page.md:3: 7.5 has no source")


def test_an_entry_without_its_number_is_named(small: Path) -> None:
    (message,) = found_on(small, "It is quick.\n")
    assert message == ("docs/_numbers.yaml: docs/page.md has 7.5 no more (or a csv has it now); "
                       "take it out of its entry.")


def test_a_link_of_another_paragraph_does_not_count(small: Path) -> None:
    text = "It took 7.5 s.\n\n[All](../tables/mine/rates.csv).\n\nHere 12.3.\n"
    assert [message[:23] for message in found_on(small, text)] == ["docs/page.md:5: 12.3 ha"]


def test_code_addresses_and_versions_of_three_parts_are_no_numbers(small: Path) -> None:
    text = "It took 7.5 s.\n\n```sh\nrun 1.5\n```\n\nSay `--x 2.5`, [here](a_3.5.md), 1.2.3.\n"
    assert found_on(small, text) == []
