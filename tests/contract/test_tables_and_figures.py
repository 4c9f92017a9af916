"""What every table and figure keeps: exact headers, cells with an origin, captions, light imports, fixed bytes."""

import json
import os
import subprocess
import sys
from functools import cached_property
from pathlib import Path

import pandas
import pytest

from lcpc import config
from lcpc.cli import main
from lcpc.errors import MissingData
from lcpc.registry import load, names
from lcpc.results.store import Results

CONTRACTS = {
    "bd_metrics": "codec,size,points,max_accuracy_percent,bd_rate_percent,bd_accuracy_percent,evidence",
    "rate_savings": "method,quality,ratio_percent,gap_percent,gain_percent,total_gain_percent,evidence",
    "complexity_image": "model,configuration,analysis,analysis_params,analysis_macs_per_pixel,"
                        "synthesis,synthesis_params,synthesis_macs_per_pixel",
    "layer_sizes": "codec,encoder_layer_sizes,decoder_layer_sizes,encoder_macs_per_point,decoder_macs",
    "steady_metrics": "codec,size,points,max_accuracy_percent,low_max_accuracy_percent,high_max_accuracy_percent,"
                      "steady_bd_accuracy_points,low_steady_bd_accuracy_points,high_steady_bd_accuracy_points,"
                      "overlap_bd_rate_percent,low_overlap_bd_rate_percent,high_overlap_bd_rate_percent,evidence",
    "rate_at_80": "codec,rate_bits,evidence",
    "reproduction": "codec,size,points,max_difference_points,bd_rate_against_published_percent,first_rate_bits,last_rate_bits,"
                    "mean_difference_points,least_difference_points,least_at_bits,greatest_difference_points,greatest_at_bits,"
                    "evidence",
}


def ends(*quantities: str) -> list[str]:
    return [f"{end}_{quantity}" for quantity in quantities for end in ("low", "high")]


APPENDED = {"complexity_image": ["total_params_without", "total_params_with"],
            "bd_metrics": [*ends("max_accuracy_percent", "bd_rate_percent", "bd_accuracy_percent"), "seeds"],
            "steady_metrics": ["seeds"],
            "rate_savings": ["gap_share_percent", *ends("gap_percent", "gain_percent", "total_gain_percent",
                                                        "gap_share_percent")],
            "rate_at_80": [*ends("rate_bits"), "seeds"],
            "reproduction": [*ends("max_difference_points", "bd_rate_against_published_percent",
                                   "mean_difference_points", "least_difference_points",
                                   "greatest_difference_points"), "seeds"]}
"""Columns after the printed and recomputed ones."""
TABLES = names("lcpc.tables")
FIGURES = list(config.load(Path(__file__).parents[2], "published").figures)
DIAGRAMS = {"architecture_standard", "architecture_adaptive", "distribution_transforms", "pointnet", "codec_architectures",
            "codec_architecture_detailed", "reconstruction_network"}
"""Drawn from built networks, in every run."""
MEASURED_FIGURES = [name for name in names("lcpc.figures") if name not in FIGURES]
DRAW = """
import sys
from pathlib import Path
from lcpc.figures.render import render
from lcpc.results.store import Results
for stem in sys.argv[3:]:
    render(stem, Results(Path(sys.argv[1]), "published"), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def published(root: Path) -> Results:
    return Results(root, "published")


@pytest.mark.parametrize("stem", TABLES)
def test_table_is_well_formed(stem: str, published: Results) -> None:
    module = load("lcpc.tables", stem)
    table = module.build(published)
    assert (table.stem, table.caption, list(table.key)) == (stem, module.CAPTION, list(module.KEY))
    assert list(table.columns) == list(module.COLUMNS)
    assert table.columns[-1] == "note"
    keys = [tuple(row[column].value for column in table.key) for row in table.rows]
    assert len(set(keys)) == len(keys) > 0


@pytest.mark.parametrize("stem", TABLES)
def test_a_table_reads_the_kinds_of_rows_that_it_names_and_no_others(stem: str, root: Path) -> None:
    kinds: set[str] = set()

    class Recorder(Results):
        def measured(self, kind: str) -> pandas.DataFrame:
            kinds.add(kind)
            return super().measured(kind)

    module = load("lcpc.tables", stem)
    module.build(Recorder(root, "workstation"))
    assert kinds == set(module.READS)


@pytest.mark.parametrize(("stem", "header"), CONTRACTS.items())
def test_header_begins_as_other_programs_expect_it(stem: str, header: str) -> None:
    columns = list(load("lcpc.tables", stem).COLUMNS)
    promised = header.split(",")
    assert columns[:len(promised)] == promised
    rest = [column for column in columns[len(promised):-1] if not column.startswith(("printed_", "recomputed_"))]
    assert rest == APPENDED.get(stem, [])


@pytest.mark.parametrize("stem", TABLES)
def test_every_number_has_an_origin_or_a_reason(stem: str, published: Results) -> None:
    table = load("lcpc.tables", stem).build(published)
    for row in table.rows:
        for column, cell in row.items():
            assert cell.missing or cell.formula or column in table.key or isinstance(cell.value, str), (column, cell)


@pytest.mark.parametrize("stem", FIGURES)
def test_figure_says_what_its_points_are(stem: str, published: Results) -> None:
    module = load("lcpc.figures", stem)
    points = module.points(published)
    assert module.CAPTION
    assert points.columns[0] == "series"
    assert set(points["evidence"]) == ({"measured"} if stem in DIAGRAMS else {"published"})
    assert not points["series"].isna().any()
    assert all((published.root / file).is_file() for file in set(points["_file"]))


@pytest.mark.parametrize("stem", MEASURED_FIGURES)
def test_a_figure_of_measurements_alone_says_which_command_fills_it(stem: str, published: Results) -> None:
    module = load("lcpc.figures", stem)
    assert module.CAPTION
    with pytest.raises(MissingData, match="snakemake --cores|lcpc "):
        module.points(published)


@pytest.fixture(scope="module")
def drawn(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All figures, drawn by two processes that hash differently."""
    folders = [tmp_path_factory.mktemp(f"figures{seed}") for seed in (1, 2)]
    for seed, folder in enumerate(folders, 1):
        subprocess.run([sys.executable, "-c", DRAW, str(root), str(folder), *FIGURES], check=True,
                       env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(root)})
    return folders


@pytest.mark.parametrize("stem", FIGURES)
@pytest.mark.parametrize("kind", ["pdf", "png", "csv", "json"])
def test_figure_has_the_same_bytes_in_every_process(stem: str, kind: str, drawn: list[Path]) -> None:
    one, two = ((folder / f"{stem}.{kind}").read_bytes() for folder in drawn)
    assert one == two


@pytest.mark.parametrize("stem", FIGURES)
def test_figure_file_is_whole_dateless_and_embeds_its_fonts(stem: str, drawn: list[Path]) -> None:
    pdf = (drawn[0] / f"{stem}.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"CreationDate" not in pdf
    assert b"/FontFile2" in pdf
    told = json.loads((drawn[0] / f"{stem}.json").read_text())
    assert set(told) == {"stem", "caption", "code", "sources", "series"}
    assert all(told["series"].values())


@pytest.mark.parametrize("room", ["tables", "figures"])
def test_no_table_or_figure_imports_torch(room: str, root: Path) -> None:
    code = (f"import sys; from lcpc.registry import load, names; [load('lcpc.{room}', name) for name in names('lcpc.{room}')]; "
            f"import lcpc.{room}.render; print([name for name in ('torch', 'compressai', 'seaborn') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(root)})
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("verb", "stem", "kinds"), [("table", "rate_savings", ("csv", "md", "tex", "html", "json")),
                                                     ("figure", "rd_curves_adaptive", ("csv", "pdf", "png", "json"))])
def test_verb_writes_below_the_root_that_it_is_given(
        verb: str, stem: str, kinds: tuple[str, ...], root: Path, tmp_path: Path) -> None:
    for folder in ("config", "results"):
        (tmp_path / folder).symlink_to(root / folder)
    assert main(["--root", str(tmp_path), verb, stem, "--run", "published"]) == 0
    assert {path.name for path in (tmp_path / f"{verb}s" / "published").iterdir()} == {f"{stem}.{kind}" for kind in kinds}


class Recording(Results):
    """Results that remember which kinds of rows they were asked for."""

    @cached_property
    def asked(self) -> set[str]:
        return set()

    def measured(self, kind: str) -> pandas.DataFrame:
        self.asked.add(kind)
        return super().measured(kind)


@pytest.mark.parametrize("stem", config.load(Path(__file__).parents[2], "workstation").figures)
def test_a_figure_reads_the_kinds_of_rows_that_it_declares(stem: str, root: Path) -> None:
    results = Recording(root, "workstation")
    module = load("lcpc.figures", stem)
    try:
        module.points(results)
    except MissingData as error:
        if "ModelNet40 is not complete" in str(error):
            pytest.skip(f"it draws clouds of the data set: {error}")
        raise
    assert results.asked == set(module.READS)
