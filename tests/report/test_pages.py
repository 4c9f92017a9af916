"""The pages of a report: well formed, without a network, reproducible, deaf to hostile text."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urldefrag

import pytest

from lcpc.report.gaps import reasons
from lcpc.report.pages import PAGES
from lcpc.report.tableview import Gap

VOID = {"meta", "link", "img", "input", "br", "hr", "wbr"}
NAMES = [f"{name}.html" for name in PAGES]


class Page(HTMLParser):
    """What a page holds: its elements in order, its text, and faults of its nesting."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self.word_places: list[tuple[str, ...]] = []
        self.inside: list[tuple[str, ...]] = []
        self.feed(path.read_text())
        self.faults += [f"{tag} never ends" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.inside.append(tuple(self.open))
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.inside.append(tuple(self.open))
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} ends where another element is open, line {self.getpos()[0]}")

    def handle_data(self, data):
        self.words.append(data)
        self.word_places.append(tuple(self.open))

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


@pytest.fixture(scope="session")
def pages(folder) -> dict[str, Page]:
    return {name: Page(folder / name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_well_formed_and_its_ids_are_its_own(pages, name):
    assert pages[name].faults == []
    assert len(pages[name].ids) == len(set(pages[name].ids))


@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_stays_text(pages, name):
    page = pages[name]
    assert [one.get("src") for one in page.all("script")] == ["report.js"]
    assert not any(attribute.startswith("on") for _, attributes in page.elements
                   for attribute in attributes)
    assert not any(one.get("src") == "x" for one in page.all("img"))


def test_hostile_text_is_shown_as_it_is(pages):
    for name in ("index.html", "tables.html", "figures.html", "audit.html", "missing.html",
                 "costs.html"):
        assert "<script>alert('x')" in pages[name].text or "<script>alert('x')" in str(
            pages[name].elements
        ), name


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_something_inside_the_folder(pages, folder, name):
    for attributes in pages[name].all("a", "img", "link", "script"):
        address, anchor = urldefrag(attributes.get("href") or attributes.get("src")
                                    or "#missing-address")
        if address == "data:,":
            continue
        target = (folder / unquote(address)).resolve() if address else folder / name
        assert target.is_relative_to(folder.resolve()) or not address, address
        assert target.is_file(), address
        if anchor:
            assert unquote(anchor) in pages[target.name].ids, f"{address}#{anchor}"


def test_nothing_is_asked_of_a_network(folder):
    for path in folder.glob("*.*"):
        assert not re.findall(r"(?:https?:)?//[\w.-]+\.\w|@import|url\((?!#)",
                              path.read_text()), path.name


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_reader_finds_its_way(pages, name):
    page = pages[name]
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert page.all("nav")[0]["aria-label"] == "Pages"
    assert [one["href"] for one in page.all("a") if "aria-current" in one] == [name]
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(one.get("scope") in ("col", "row", "colgroup") for one in page.all("th"))
    assert all("alt" in one for one in page.all("img"))
    assert all("aria-label" in one for one in page.all("svg") if "aria-hidden" not in one)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels) if after != 2)


def test_a_figure_says_in_words_what_it_shows(pages):
    alternatives = [one["alt"] for one in pages["figures.html"].all("img")]
    assert alternatives[0].startswith("Accuracy and rate: proposed, micro: 5 plotted points of 2 series: ")


def test_reasons_that_differ_in_a_number_or_in_their_table_are_one(site):
    reason = "no rows at quality {}; then `snakemake --cores 8 tables/mini/{}.csv`"
    gaps = [Gap("row", "column", reason.format(quality, stem))
            for quality, stem in ((2, "first"), (4, "first"), (4, "second"))]
    first, second = (SimpleNamespace(product=SimpleNamespace(stem=stem), gaps=members)
                     for stem, members in (("first", gaps[:2]), ("second", gaps[2:])))
    merged, = reasons([first, second])
    assert merged.text == "no rows at quality 2, 4; then a command below"
    assert merged.commands == ["snakemake --cores 8 tables/mini/first.csv",
                               "snakemake --cores 8 tables/mini/second.csv"]
    assert [stem for stem, _, _ in merged.cells] == ["first", "first", "second"]


def test_a_file_behind_several_numbers_stands_once_on_a_page(pages, told):
    for name in ("tables.html", "figures.html"):
        sources = [words for words, inside in zip(pages[name].words, pages[name].word_places,
                                                  strict=True)
                   if words == told.rows and inside[-2:] == ("h3", "code")]
        assert len(sources) == 1, name


def test_the_first_page_draws_the_workflow_with_its_jobs(pages):
    label, = [one["aria-label"] for one in pages["index.html"].all("svg")
              if one.get("class") == "graph"]
    assert "train proposed × 1 to proposed × 1" in label
    assert "proposed × 1 to tables × 2" in label
    assert "audit to report" in label


def test_the_banner_counts_in_words(pages):
    assert "Measured: 1 differ with a reason. Recomputed: 2 agree." in pages["index.html"].text


def test_the_reason_of_a_difference_is_told_by_the_audit_page_and_counted_on_the_first(pages):
    assert "1 difference from print, on record with the reason" in pages["index.html"].text
    assert "Until: more seeds" not in pages["index.html"].text
    assert pages["audit.html"].text.count("Until: more seeds") == 1


def test_equal_files_give_equal_bytes_and_only_costs_know_the_machine(site, told):
    first = {path: path.read_bytes() for path in site.build().rglob("*") if path.is_file()}
    second = {path: path.read_bytes() for path in site.build().rglob("*") if path.is_file()}
    assert first == second
    assert [path.name for path, content in first.items()
            if told.machine.encode() in content] == ["costs.html"]
    assert not any(told.started.encode() in content or str(site.root).encode() in content
                   for content in first.values())


def test_a_verdict_is_told_by_colour_sign_and_words(folder):
    cell, = re.findall(r'<td class="measured number known-difference".*?</td>',
                       (folder / "tables.html").read_text())
    assert '<span aria-hidden="true">≈</span><span class="sr"> known difference </span>' in cell
    assert '<a class="value" href="#rate_at_80-0-rate_bits">55.5</a>' in cell


def test_a_trace_tells_formula_run_seed_digest_rows_and_the_command(pages):
    text = pages["tables.html"].text
    for fact in ("value 55.5 measured", "print says 50 bits", "formula bits at 80 %", "lines 2–4",
                 "seed 7", "config digest c0ffee", "20.5 61.0",
                 "lcpc trace tables/mini/rate_at_80.csv --row codec=ours --column rate_bits"):
        assert fact in text, fact


def test_an_empty_cell_says_why_and_which_command_fills_it(pages, told):
    assert "nobody measured it" in pages["tables.html"].text
    text = pages["missing.html"].text
    assert '2 cells of Bits for 80 % accuracy' in text
    assert f"lcpc evaluate --{told.hostile}" in text


def test_costs_stand_longest_first_and_what_cannot_be_read_is_told(pages, told):
    text = pages["costs.html"].text
    longest, shortest = (
        "train_proposed micro_P8 2 min 06 s 3 min 20 s 2,048",
        "table rate_at_80 1.5 s 0.9 s not recorded",
    )
    assert text.index(longest) < text.index(shortest)
    assert "Not read, because they hold no time: benchmarks/mini/table/" in text
    assert f"1 min 01 s 512 {told.machine}, 3 cores" in text
    assert f"1 min 05 s not recorded {told.machine}, 5 cores" in text


def test_the_comparison_shows_both_numbers_their_difference_and_the_settings(pages):
    text = pages["compare.html"].text
    assert "ours rate (bits) 55.5 49.8 +5.7" in text
    assert "dataset asked for –" in text


def test_each_figure_names_the_commands_that_make_it_again(pages):
    text = pages["figures.html"].text
    assert "lcpc figure rate_accuracy_micro --run mini" in text
    assert "snakemake --cores 8 figures/mini/rate_accuracy_micro.pdf" in text


def test_names_of_claims_may_break_so_that_their_numbers_stay_in_sight(folder):
    assert ">bits.<wbr>ours &amp; co</th>" in (folder / "audit.html").read_text()
