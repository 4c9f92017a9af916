"""How a table is written: csv contract, notes, groups of evidence, escaping, fixed bytes."""

import csv
import json
from pathlib import Path

import pytest

from lcpc.errors import MissingData
from lcpc.layout.numbers import DECIMALS
from lcpc.layout.numbers import shown as shown_value
from lcpc.layout.table import beyond_notes, laid_out
from lcpc.layout.tex import quoted
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.tables import bd_metrics
from lcpc.tables.render import render

WHY = "no rows; run `snakemake tables/demo/bd_metrics.csv`"


def table(stem: str = "bd_metrics") -> Table:
    def line(codec: str, own: Cell, evidence: Cell, note: str) -> dict[str, Cell]:
        printed, again = (
            Cell(-6.79, "as printed"),
            Cell(-6.7314159, "100 (R - R_static) / R_static"),
        )
        return {"codec": text(codec), "gain_percent": own, "evidence": evidence,
                "printed_gain_percent": printed,
                "recomputed_gain_percent": again, "note": text(note)}

    columns = ["codec", "gain_percent", "evidence", "printed_gain_percent",
               "recomputed_gain_percent", "note"]
    rows = [line("a_b", Cell(1234.5678, "mean"), text("measured"), "odd & new"),
            line("c", Cell(missing=WHY), Cell(missing=WHY), "")]
    return Table(stem, "Gain of 50 % & more", ["codec"], columns, rows)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    render(table(), tmp_path / "tables" / "demo", tmp_path)
    return tmp_path / "tables" / "demo"


def test_the_csv_has_six_digits_and_the_reason_in_its_last_column(written: Path) -> None:
    with (written / "bd_metrics.csv").open() as file:
        first, second = csv.DictReader(file)
    assert first["gain_percent"] == "1234.57"
    assert first["recomputed_gain_percent"] == "-6.73142"
    assert first["note"] == "odd & new"
    assert (second["gain_percent"], second["evidence"], second["note"]) == ("", "", WHY)


def test_markdown_aligns_groups_and_numbers_its_notes(written: Path) -> None:
    lines = (written / "bd_metrics.md").read_text().splitlines()
    grid = [line for line in lines if line.startswith("|")]
    assert len({len(line) for line in grid}) == 1
    assert [cell.strip() for cell in grid[0].strip("|").split("|")] == [
        "codec",
        "gain (%): printed",
        "recomputed",
        "measured",
    ]
    values = [cell.strip() for cell in grid[2].strip("|").split("|")]
    assert values == ["a_b [1]", "−6.79", "−6.73", "1,234.57"]
    assert grid[3].count("– [2]") == 1
    assert lines[-2:] == ["1. odd & new", f"2. {WHY}"]


def test_html_tells_evidence_apart_by_class_and_escapes(written: Path) -> None:
    page = (written / "bd_metrics.html").read_text()
    assert "Gain of 50 % &amp; more" in page
    for kind in ("printed", "recomputed", "measured"):
        assert f'<td class="{kind} number">' in page
    assert '<td class="missing number">–<sup><a href="#note-2">2</a></sup></td>' in page
    assert "prefers-color-scheme: dark" in page
    assert "http" not in page


def test_recorded_numbers_do_not_look_measured(tmp_path: Path) -> None:
    one = table()
    row = {**one.rows[0], "evidence": text("recorded")}
    render(Table(one.stem, one.caption, one.key, one.columns, [row]), tmp_path, tmp_path)
    assert '<td class="recorded number">1,234.57</td>' in (tmp_path / "bd_metrics.html").read_text()
    assert r"\textit{1,234.57}" in (tmp_path / "bd_metrics.tex").read_text()
    assert "recorded" in (tmp_path / "bd_metrics.md").read_text()


def test_tex_uses_booktabs_and_writes_special_letters_out(written: Path) -> None:
    tex = (written / "bd_metrics.tex").read_text()
    assert r"\toprule" in tex
    assert r"\caption{Gain of 50 \% \& more}" in tex
    assert r"\multicolumn{3}{c}{gain (\%)}" in tex
    assert r"a\_b$^{1}$" in tex
    assert "$-$6.79" in tex
    body = tex.split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
    assert {line.replace(r"\&", "").count("&") for line in body} == {3}


def test_every_letter_with_a_meaning_in_tex_is_quoted() -> None:
    assert quoted(r"\&%$#_{}~^") == (
        r"\textbackslash{}\&\%\$\#\_\{\}\textasciitilde{}\textasciicircum{}"
    )


def test_a_note_for_all_rows_is_said_once(tmp_path: Path) -> None:
    one = table()
    shared = Table(one.stem, one.caption, one.key, one.columns, one.rows, ["odd & new"])
    render(shared, tmp_path, tmp_path)
    assert (tmp_path / "bd_metrics.md").read_text().count("odd & new") == 1


@pytest.mark.parametrize(("note", "shown"), [
    ("Anchor TMC13.", ""), ("Anchor TMC13. Ends early.", "Ends early."), ("Draco", "Draco")])
def test_a_row_repeats_no_note_of_the_table(note, shown) -> None:
    assert beyond_notes(note, ["Anchor TMC13.", "Others."]) == shown


def test_run_published_hides_its_own_columns_as_they_repeat_the_recomputed_ones(published) -> None:
    columns = laid_out(bd_metrics.build(published)).columns
    assert {column.group for column in columns} == {"", "printed", "recomputed"}


@pytest.mark.parametrize(("column", "value", "shown"), [
    ("bd_rate_percent", -0.04, "0.0"), ("bd_rate_percent", 780.748, "780.7"),
    ("analysis_params", 1_040_384, "1,040,384"),
    ("points", 1024, "1024"), ("side_information_bpp", 0.00040189, "0.00040"),
    ("printed_rate_bits", 30.0, "30"),
    ("tolerance", 2_396_160.0, "2,396,160"), ("gap_percent", -9.4503, "−9.45"),
    ("codec", "draco", "draco"), ("codec", None, ""),
])
def test_numbers_are_shown_with_the_decimals_of_print(column, value, shown) -> None:
    assert shown_value(column, column.removeprefix("printed_"), value) == shown


def test_every_value_with_an_interval_has_decimals_of_its_own(root: Path) -> None:
    headers = {path: path.read_text().partition("\n")[0].split(",") for path in root.glob("tables/*/*.csv")
               if path.stem != "audit"}
    quantities = {name.removeprefix("low_") for header in headers.values() for name in header if name.startswith("low_")}
    assert quantities
    assert quantities - set(DECIMALS) == set()


def test_equal_tables_give_equal_bytes(published, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        render(bd_metrics.build(published), folder, published.root)
    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert set(one) == {f"bd_metrics.{kind}" for kind in ("csv", "md", "tex", "html", "json")}
    assert one == two


def test_the_json_names_formula_lines_and_digests_and_neither_time_nor_machine(
    published, tmp_path: Path
) -> None:
    render(bd_metrics.build(published), tmp_path, published.root)
    told = json.loads((tmp_path / "bd_metrics.json").read_text())
    cell = told["rows"][4]["cells"]["bd_rate_percent"]
    assert told["rows"][4]["key"] == {"codec": "proposed", "size": "full", "points": 1024}
    assert "Akima" in cell["formula"]
    assert [source["file"]
            for source in cell["sources"]] == ["results/published/rate_accuracy_modelnet40.csv"]
    assert set(told["sources"]) == {"results/published/rate_accuracy_modelnet40.csv",
                                    "results/published/printed/table_2_bd_metrics.csv"}
    assert set(told) == {"stem", "caption", "columns", "key", "notes", "code", "sources", "rows"}
    assert str(tmp_path) not in json.dumps(told)


def test_a_source_that_is_gone_is_named(tmp_path: Path) -> None:
    one = table()
    row = {**one.rows[0],
           "gain_percent": Cell(1.0, "mean", (Source("results/demo/gone.csv", (2,)),))}
    with pytest.raises(
        MissingData,
        match=r"table bd_metrics: its source results/demo/gone\.csv is not in .*; evaluate again",
    ):
        render(Table(one.stem, one.caption, one.key, one.columns, [row]), tmp_path, tmp_path)


def with_ends(low: Cell, high: Cell) -> Table:
    columns = ["codec", "max_accuracy_percent", "low_max_accuracy_percent",
               "high_max_accuracy_percent", "note"]
    values = text("a"), Cell(-11.94, "highest"), low, high, text("")
    return Table("ends", "Ends", ["codec"], columns, [dict(zip(columns, values, strict=True))])


def test_an_interval_is_shown_with_its_value_and_kept_apart_in_the_csv(tmp_path: Path) -> None:
    folder = tmp_path / "tables" / "demo"
    built = with_ends(Cell(-13.04, "low end"), Cell(-10.0, "high end"))
    render(built, folder, tmp_path, code="of a test")
    assert "| a     | −11.9 [−13.0, −10.0] |" in (folder / "ends.md").read_text()
    assert ">−11.9 [−13.0, −10.0]</td>" in (folder / "ends.html").read_text()
    assert "$-$11.9 [$-$13.0, $-$10.0]" in (folder / "ends.tex").read_text()
    assert (folder / "ends.csv").read_text().splitlines()[1] == "a,-11.94,-13.04,-10,"


def test_a_value_without_an_interval_is_shown_with_the_reason_as_a_note() -> None:
    layout = laid_out(with_ends(Cell(missing="no clouds"), Cell(missing="no clouds")))
    field = layout.lines[0].fields[1]
    assert (field.text, layout.notes[field.note - 1]) == ("−11.9", "no clouds")


def test_values_keep_twelve_digits_so_that_processors_agree():
    sums = [Cell(value).value for value in (0.1 + 0.2, 0.3, 1 / 3 * 1e-20)]
    assert sums == [0.3, 0.3, 3.33333333333e-21]
    assert Cell(2**60).value == 2**60
